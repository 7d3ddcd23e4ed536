"""The practitioners: people who agreed to be named, each with a form of their own."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.forms import formset_factory
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.models.practitioners import validate_npi
from clinics.states import state_names
from core.forms import OneLineField, address_without_contacts, anchor_of
from listings.wizard.steps.asking import AsksBack, Doubt
from listings.wizard.steps.base import Step, display_value

MOST_PRACTITIONERS = 30
LICENSE_YEARS = 5  # longer than any state gives one for


class PractitionerForm(AsksBack):
    name = OneLineField(label=_("Name"), max_length=120, validators=[address_without_contacts])
    credentials = OneLineField(
        label=_("Credentials (optional)"),
        max_length=60,
        required=False,
        validators=[address_without_contacts],
        help_text=_("Such as MD, DO, NP, PA"),
    )
    npi = forms.CharField(label=_("NPI"), max_length=10, validators=[validate_npi], help_text=_("Ten digits"))
    license_state = forms.ChoiceField(
        label=_("State of the license"),
        choices=lambda: [("", _("Choose")), *sorted(state_names().items(), key=lambda item: item[1])],
    )
    license_number = OneLineField(label=_("License number"), max_length=40)
    license_expires_on = forms.DateField(
        label=_("License ends on"), input_formats=["%Y-%m-%d", "%m/%d/%Y"], help_text=_("Such as 06/30/2028")
    )
    consented = forms.BooleanField(
        label=_("This person has agreed to be named in a public directory"),
        error_messages={"required": _("Nobody is named who has not agreed.")},
    )

    def clean_license_expires_on(self):
        day = self.cleaned_data["license_expires_on"]
        if day < timezone.localdate():
            raise ValidationError(_("This license has ended."), "ended")
        return day

    def doubts(self) -> list[Doubt]:
        day = self.cleaned_data.get("license_expires_on")
        if day is None or day.year <= timezone.localdate().year + LICENSE_YEARS:
            return super().doubts()
        sentence = gettext("A license rarely lasts until %(year)s.") % {"year": day.year}
        return [*super().doubts(), Doubt(f"license:{day}", sentence)]


# `absolute_max`: Django's own is a thousand more, and a body of 30 bytes would have all of them built.
PractitionerFormSet = formset_factory(
    PractitionerForm,
    extra=1,
    max_num=MOST_PRACTITIONERS,
    validate_max=True,
    absolute_max=MOST_PRACTITIONERS + 1,
)


class PractitionersStep(Step):
    """One form for each practitioner; an empty form names nobody."""

    slug, title = "practitioners", _("You and your license")
    template = "listings/_step_people.html"

    @classmethod
    def facts(cls):
        return ("practitioners",)

    @cached_property
    def people(self):
        return PractitionerFormSet(
            self.data if self.is_bound else None, prefix="people", form_kwargs={"label_suffix": ""}
        )

    def typed(self):
        return {
            name: self.data.getlist(name)
            for name in self.data
            if re.fullmatch(r"people-([0-9]{1,3}-[a-z_]+|(TOTAL|INITIAL)_FORMS)", name)
        }

    def answers_after_button(self):
        """The button that adds a form for another person."""
        if "more" not in self.data:
            return None
        typed = self.typed()
        count = int("".join(filter(str.isdigit, self.data.get("people-TOTAL_FORMS", "")))[:3] or 1)
        return typed | {"people-TOTAL_FORMS": [str(min(count + 1, MOST_PRACTITIONERS))]}

    def is_valid(self):
        return self.is_bound and self.people.is_valid() and not self._has_duplicate_npi

    @property
    def _has_duplicate_npi(self) -> bool:
        npis = [person["npi"] for person in self.filled]
        return len(npis) != len(set(npis))

    @property
    def filled(self) -> list[dict]:
        return [form.cleaned_data for form in self.people.forms if getattr(form, "cleaned_data", {}).get("npi")]

    @property
    def cleaned_data(self):
        return {"practitioners": self.filled}

    @cleaned_data.setter
    def cleaned_data(self, value):
        """Ignores what the cleaning of the form itself sets: it has no fields."""

    def hide_errors(self):
        self.people.full_clean()
        for form in self.people.forms:
            form.hide_errors()

    @property
    def flags(self):
        self.is_valid()
        return [doubt.sentence for form in self.people.forms for doubt in form.asked]

    def lines(self):
        names = [
            " ".join(
                filter(
                    None,
                    [
                        display_value(form["name"]),
                        display_value(form["credentials"]),
                        f"NPI {display_value(form['npi'])}",
                        display_value(form["license_state"]),
                        display_value(form["license_number"]),
                        display_value(form["license_expires_on"]),
                    ],
                )
            )
            for form in self.people.forms
            if form.has_changed()
        ]
        return [(gettext("Practitioners"), "; ".join(names))]

    @property
    def linked_errors(self):
        if not self.is_bound:
            return []
        if self.people.is_valid():
            repeated = [("id_people-0-npi", gettext("One person is named twice."))]
            return repeated if self._has_duplicate_npi else []
        return [
            (anchor_of(form[name]), f"{form[name].label}: {error}")
            for form in self.people.forms
            for name, errors in form.errors.items()
            if name in form.fields
            for error in errors
        ]
