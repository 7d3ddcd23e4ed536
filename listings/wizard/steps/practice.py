"""Name, address, phones and website. Changes of these wait for an editor when the listing is live."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinics.models import ZipCode
from clinics.states import state_names
from core.forms import PhoneField, WebsiteField
from listings.wizard.steps.base import Step

MOST_INTAKE_PHONES = 5


class PracticeStep(Step):
    slug, title, is_sensitive = "practice", _("Practice and address"), True
    name = forms.CharField(label=_("Name of the practice"), max_length=200)
    name_detail = forms.CharField(
        label=_("Program or site (optional)"),
        max_length=200,
        required=False,
        help_text=_("Distinguishes several sites of one organization."),
    )
    street = forms.CharField(label=_("Street address"), max_length=200)
    street_detail = forms.CharField(label=_("Suite or building (optional)"), max_length=200, required=False)
    city = forms.CharField(label=_("City"), max_length=80)
    state = forms.ChoiceField(
        label=_("State"), choices=lambda: [("", _("Choose")), *sorted(state_names().items(), key=lambda item: item[1])]
    )
    zip_code = forms.CharField(label=_("ZIP code"), max_length=10, help_text=_("Five digits, or ZIP+4"))

    def clean_zip_code(self):
        text = self.cleaned_data["zip_code"].strip()
        if not re.fullmatch(r"[0-9]{5}(-[0-9]{4})?", text):
            raise ValidationError(_("A ZIP code has five digits, or five and four: 02139 or 02139-1234."), "invalid")
        if not ZipCode.objects.filter(code=text[:5]).exists():
            raise ValidationError(
                _("We know no ZIP code %(code)s. Check it for a typo.") % {"code": text[:5]}, "unknown"
            )
        return text


class PhonesStep(Step):
    slug, title, is_sensitive = "phones", _("Phones and website"), True
    phone = PhoneField(
        label=_("Phone"),
        help_text=_("Your own number, as patients call it. Never a call center or a tracking number."),
    )
    intake_phones = forms.CharField(
        label=_("Phones for new patients (optional)"),
        required=False,
        max_length=200,
        help_text=_("Separated by commas"),
    )
    hotlines = forms.CharField(
        label=_("Hotlines for a crisis (optional)"), required=False, max_length=200, help_text=_("Separated by commas")
    )
    other_phones = forms.CharField(
        label=_("Other phones (optional)"), required=False, max_length=200, help_text=_("Separated by commas")
    )
    website = WebsiteField(label=_("Website (optional)"), required=False, max_length=300)

    def clean_intake_phones(self):
        return self._numbers("intake_phones")

    def clean_hotlines(self):
        return self._numbers("hotlines")

    def clean_other_phones(self):
        return self._numbers("other_phones")

    def _numbers(self, name):
        texts = [text for text in self.cleaned_data[name].split(",") if text.strip()]
        if len(texts) > MOST_INTAKE_PHONES:
            raise ValidationError(_("At most %(most)s, please."), "many", {"most": MOST_INTAKE_PHONES})
        return [PhoneField().clean(text) for text in texts]
