from collections.abc import Sequence
from typing import cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from clinics.models import Correction


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
