"""The form on which a clinic corrects its facts, on the page of a reconfirmation link."""

from collections.abc import Callable
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Fieldset, Layout, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from clinics import availability
from clinics.form_fields import DeskLanguagesField, StatesField, WeekFormField
from clinics.models import Clinic, FactGroup
from clinics.questions.forms import QuestionFields
from clinics.questions.registry import labels
from clinics.questions.stated import asked_of
from core.forms import DollarsField, PhoneField, WebsiteField, YesNoUnknownField


class ConfirmForm(QuestionFields, forms.ModelForm):
    """The facts that change most. An editor changes the address, since the place on the map depends on it."""

    GONE = [("", _("No, it is still here")), ("moved", _("It has moved")), ("closed", _("It has closed"))]

    gone = forms.ChoiceField(label=_("Has the clinic moved or closed?"), choices=GONE, required=False)
    gone_note = forms.CharField(
        label=_("The new address, or anything an editor should know"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Please leave out the names of patients and staff."),
    )

    class Meta:
        model = Clinic
        fields = ["phone", "website", *availability.AVAILABILITY_FIELDS, *availability.HOURS_FIELDS]
        labels = {
            "phone": _("Phone"),
            "website": _("Website"),
            "desk_languages": _("Languages at the desk"),
            "open_hours": _("Opening hours"),
            **labels(
                *("accepting_new_patients", "days_to_first_visit", "medication_at_first_visit", "counseling_required"),
                *("first_visit_cents", "walk_in_hours", "telehealth_states"),
            ),
        }
        help_texts = {
            "phone": _("We call the number shown now before a new one is shown."),
            "website": _("A new one is shown once an editor has checked it."),
            "days_to_first_visit": _("0: the same day. Empty: not stated."),
            "telehealth_states": _("Two letters each, such as MA, NH; none: not by phone or video."),
            "first_visit_cents": _("0: free. Empty: not stated."),
            "desk_languages": _("Such as english, spanish."),
        }
        field_classes = {
            "phone": PhoneField,
            "website": WebsiteField,
            "accepting_new_patients": YesNoUnknownField,
            "medication_at_first_visit": YesNoUnknownField,
            "counseling_required": YesNoUnknownField,
            "first_visit_cents": DollarsField,
            "telehealth_states": StatesField,
            "desk_languages": DeskLanguagesField,
            "open_hours": WeekFormField,
            "walk_in_hours": WeekFormField,
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        cast("WebsiteField", self.fields["website"]).known = self.instance.website
        self.start_with(self.instance)
        self.ask_only(asked_of(self.instance))

    def take_out(self, is_taken: Callable[[str], bool]) -> dict[str, Any]:
        """The changed columns for which `is_taken`, which the form then leaves as they are."""
        taken = {name: self.cleaned_data[name] for name in self.changed_data if is_taken(name)}
        for name in taken:
            setattr(self.instance, name, self.initial[name])
        return taken

    @property
    def stated_groups(self) -> set[str]:
        """The groups that the form states; the clinic saw all of them."""
        stated: set[str] = {FactGroup.CONTACT}
        for group, names in (
            (FactGroup.AVAILABILITY, availability.AVAILABILITY_FIELDS),
            (FactGroup.HOURS, availability.HOURS_FIELDS),
        ):
            if any(self.cleaned_data[name] is not None for name in names):
                stated.add(group)
        return stated

    @property
    def helper(self):
        helper = FormHelper()
        helper.disable_csrf = True  # the link itself is the secret
        helper.layout = Layout(
            Fieldset(_("How to reach the clinic"), "phone", "website"),
            Fieldset(_("Whether a patient can start soon"), *availability.AVAILABILITY_FIELDS),
            Fieldset(_("Hours"), *availability.HOURS_FIELDS),
            Fieldset(_("The first visit"), *self.question_names),
            Fieldset(_("Moved or closed"), "gone", Field("gone_note")),
            Submit("correct", _("Save, and confirm the rest")),
        )
        helper.attrs = {"novalidate": True}
        helper.form_error_title = _("Not saved yet: see the fields that are marked.")
        return helper
