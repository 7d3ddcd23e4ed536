"""Name, address, phones and website. Changes of these wait for an editor when the listing is live."""

import re
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.locations.street_words import PO_BOX
from clinics.models import ZipCode
from clinics.states import state_names
from core.forms import OneLineField, PhoneField, WebsiteField, address_without_contacts
from listings.wizard.steps.asking import Doubt
from listings.wizard.steps.base import Step

MOST_INTAKE_PHONES = 5
PREMIUM_AREA_CODES, PREMIUM_EXCHANGES = ("900",), ("976",)
# Where practices are listed by others. A page on a social network may be all that a small practice has.
OTHER_DIRECTORIES = (
    *("psychologytoday.com", "zocdoc.com", "healthgrades.com", "yelp.com", "vitals.com", "webmd.com", "ratemds.com"),
    *("recovery.com", "rehabs.com", "rehab.com", "addictioncenter.com", "drugrehab.com", "opencounseling.com"),
    *("suboxone.com", "treatmentmatch.org", "findtreatment.gov", "samhsa.gov", "yellowpages.com", "mapquest.com"),
)


class PracticeStep(Step):
    slug, title = "practice", _("Practice and address")
    folded = ("name_detail",)
    name = OneLineField(label=_("Name of the practice"), max_length=200, validators=[address_without_contacts])
    name_detail = OneLineField(
        label=_("Program or site (optional)"),
        max_length=200,
        required=False,
        validators=[address_without_contacts],
        help_text=_("Distinguishes several sites of one organization."),
    )
    street = OneLineField(label=_("Street address"), max_length=200, validators=[address_without_contacts])
    street_detail = OneLineField(
        label=_("Suite or building (optional)"), max_length=200, required=False, validators=[address_without_contacts]
    )
    city = OneLineField(label=_("City"), max_length=80, validators=[address_without_contacts])
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

    def doubts(self) -> list[Doubt]:
        """A ZIP code of another state, and a mailbox as the place where patients go."""
        zip_code, state = self.cleaned_data.get("zip_code", "")[:5], self.cleaned_data.get("state", "")
        found, names = ZipCode.objects.filter(code=zip_code).first(), state_names()
        doubts = []
        if found and state and found.state != state:
            sentence = gettext("ZIP code %(code)s is in %(of_zip)s, and you chose %(chosen)s.")
            shown = {"code": zip_code, "of_zip": names.get(found.state, found.state), "chosen": names[state]}
            doubts.append(Doubt(f"zip:{zip_code} {state}", sentence % shown))
        street = self.cleaned_data.get("street", "")
        if PO_BOX.search(street):
            sentence = gettext("“%(street)s” is a mailbox: patients cannot go there, and it has no place on the map.")
            doubts.append(Doubt(f"box:{street}", sentence % {"street": street}))
        return [*super().doubts(), *doubts, *self._doubts_about_capitals()]

    def _doubts_about_capitals(self) -> list[Doubt]:
        """Small letters throughout: readers would see them as they were typed."""
        sentence = gettext("“%(text)s” has no capital letters, and readers see it so. Usual is “%(usual)s”.")
        typed = {name: self.cleaned_data.get(name, "") for name in ("street", "city")}
        return [
            Doubt(f"small:{name}:{text}"[:200], sentence % {"text": text, "usual": _with_capitals(text)})
            for name, text in typed.items()
            if text != text.upper() and text == text.lower()
        ]


class PhonesStep(Step):
    slug, title = "phones", _("Who should call which number")
    folded = ("hotlines", "other_phones")
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

    def clean_phone(self):
        return _without_premium(self.cleaned_data["phone"])

    def doubts(self) -> list[Doubt]:
        host = urlsplit(self.cleaned_data.get("website", "")).hostname or ""
        listed_at = next((name for name in OTHER_DIRECTORIES if host == name or host.endswith(f".{name}")), "")
        if not listed_at:
            return super().doubts()
        sentence = gettext("%(host)s is another directory. Leave the website empty if you have none of your own.")
        return [*super().doubts(), Doubt(f"website:{host}", sentence % {"host": listed_at})]

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
        return [_without_premium(PhoneField().clean(text)) for text in texts]


def _with_capitals(text: str) -> str:
    """Each word with a capital letter, and O'Brien with two."""
    return re.sub(r"(?<![\w'’])[^\W\d_]|(?<=\bo['’])[^\W\d_]", lambda letter: letter[0].upper(), text)


def _without_premium(phone: str) -> str:
    """Raises ValidationError for a number that costs its caller extra."""
    if phone[:3] in PREMIUM_AREA_CODES or phone[4:7] in PREMIUM_EXCHANGES:
        raise ValidationError(
            _("Calls to %(phone)s cost extra. Give a number that does not."), "premium", {"phone": phone}
        )
    return phone
