from collections.abc import Sequence
from typing import cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinics.closings import day_text
from clinics.models import Clinic, Closure, Correction
from clinics.models.closures import MOST_DAYS, check_days, local_day, local_zone


class CorrectionForm(forms.ModelForm):
    """What a reader found wrong; asks for nothing about the reader."""

    class Meta:
        model = Correction
        fields = ["problem", "phone", "note"]
        widgets = {"problem": forms.RadioSelect, "note": forms.Textarea(attrs={"rows": 4})}
        labels = {"problem": _("What is wrong?"), "note": _("What should it say? (optional)")}
        help_texts = {"note": _("Please leave out anything about your own health, and names of patients or staff.")}
        error_messages = {
            "problem": {
                "required": _("Choose what is wrong."),
                "invalid_choice": _("Choose one of the problems below."),
            }
        }

    phone = forms.ChoiceField(label=_("If it is the phone: which number?"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args, phones: Sequence[str], **options):
        super().__init__(*args, **options)
        if len(phones) > 1:
            cast("forms.ChoiceField", self.fields["phone"]).choices = [(phone, phone) for phone in phones]
            self.initial.setdefault("phone", phones[0])
        else:
            del self.fields["phone"]
        # A problem has no "unset" choice: the first would be a guess.
        cast("forms.ChoiceField", self.fields["problem"]).choices = Correction.Problem.choices

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(*map(Field, self.fields), Submit("send", _("Send the report")))
        helper.attrs = {"novalidate": True}
        helper.form_error_title = _("The report was not sent yet.")
        return helper


class ClosureForm(forms.Form):
    """Until when a clinic is closed: to the end of today, unless another last day is given."""

    last_day = forms.DateField(
        label=_("Last day closed"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=format_lazy(_("At most {days} days from today. It ends by itself."), days=MOST_DAYS),
    )
    reason = forms.ChoiceField(label=_("Why (optional)"), required=False, choices=[("", "—"), *Closure.Reason.choices])
    # The date on the page that was sent: "today" of a page that stood open overnight is yesterday.
    day = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, clinic: Clinic):
        self.clinic, self.today = clinic, local_day(local_zone(clinic))
        super().__init__(data, label_suffix="", auto_id="id_closure_%s")

    @property
    def today_text(self) -> str:
        return day_text(self.today, get_language())

    def clean_last_day(self):
        last = self.cleaned_data["last_day"]
        if last is not None:
            check_days(self.today, last, self.today, MOST_DAYS)
        return last

    def clean(self):
        facts = super().clean() or {}
        if "last_day" not in facts or facts["last_day"]:
            return
        if not self.data.get("day"):
            self.add_error("last_day", _("Choose the last day."))
        elif facts.get("day") != self.today:
            sentence = _("At the clinic it is %(day)s now. If you are closed today, press the button again.")
            raise ValidationError(sentence % {"day": self.today_text})

    def close(self, source: Closure.Source, by) -> None:
        """Of a form that is valid."""
        facts = self.cleaned_data
        self.clinic.close_through(facts["last_day"] or self.today, source=source, by=by, reason=facts["reason"])
