"""The form of one clinic: services as checkboxes, phones in any spelling, and which facts an editor has changed."""

from typing import cast

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator, ModelChoiceIteratorValue
from django.forms.renderers import TemplatesSetting

from clinics.form_fields import DeskLanguagesField, StatesField, WeekFormField
from clinics.imports.fields import EDITABLE_FIELDS
from clinics.locations.judge import Stated, why_not
from clinics.locations.pasted_points import LONGEST_PASTED, NO_POINT, point_in
from clinics.locations.placing import pin_of
from clinics.models import Clinic, FactGroup, Service, Source
from clinics.models.availability import FIELDS_BY_GROUP
from clinics.models.services import SHOWN_GROUPS
from clinics.questions import stated
from clinics.questions.forms import QuestionFields
from clinics.states import state_names
from core.forms import DollarsField, PhoneField, WebsiteField

Choice = tuple[ModelChoiceIteratorValue, str]


class GroupedServices(ModelChoiceIterator):
    """The services by patient group; those that the search can filter by come first in each."""

    def __iter__(self):
        by_group: dict[str, list[Choice]] = {group: [] for group in SHOWN_GROUPS}
        for service in sorted(self.queryset, key=lambda service: (not service.facet, service.name)):
            by_group[service.group].append(self.choice(service))
        return ((Service.Group(group).label, choices) for group, choices in by_group.items() if choices)


class ServiceCheckboxes(forms.CheckboxSelectMultiple):
    """Groups of checkboxes that open; the heading of each names what is ticked."""

    template_name = "admin/clinics/clinic/_service_checkboxes.html"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["groups"] = [
            {
                "label": label,
                "options": options,
                "ticked": [option["label"] for option in options if option["selected"]],
            }
            for label, options, _index in context["widget"]["optgroups"]
        ]
        return context

    def render(self, name, value, attrs=None, renderer=None):
        return super().render(name, value, attrs, TemplatesSetting())  # our template is among those of the site


class ServicesField(forms.ModelMultipleChoiceField):
    iterator = GroupedServices
    widget = ServiceCheckboxes


class ClinicForm(QuestionFields, forms.ModelForm):
    state = forms.ChoiceField(label="State")
    phone = PhoneField(
        label="Phone",
        required=False,
        help_text="The clinic's own number, never a call center: 617-555-0100 x12",
    )
    intake_phones = SimpleArrayField(
        PhoneField(),
        label="Intake phones",
        required=False,
        help_text="Lines for new patients, separated by commas",
    )
    hotlines = SimpleArrayField(
        PhoneField(), label="Hotlines", required=False, help_text="Lines for a crisis, separated by commas"
    )
    other_phones = SimpleArrayField(
        PhoneField(), label="Other phones", required=False, help_text="Separated by commas"
    )
    pin = forms.CharField(
        label="Pin on the map",
        max_length=LONGEST_PASTED,
        required=False,
        help_text="Latitude and longitude, such as 39.29080, -76.61080, or the address of a map's page. It stays at "
        "this address, whatever lists and geocoders say. Empty: the best of those, else the middle of its ZIP.",
    )
    services = ServicesField(
        Service.objects.all(),
        label="Services",
        required=False,
        help_text="Tick only what the clinic or a source states. A dot marks what the search can filter by.",
    )

    class Meta:
        model = Clinic
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets name them
        field_classes = {
            "website": WebsiteField,
            "open_hours": WeekFormField,
            "walk_in_hours": WeekFormField,
            "first_visit_cents": DollarsField,
            "telehealth_states": StatesField,
            "desk_languages": DeskLanguagesField,
        }
        help_texts = {
            "name_detail": "Distinguishes the sites of one organization",
            "street": "Empty: the clinic keeps its address private. A pin stays with the address it was set at.",
            "zip_code": "Five digits",
            "days_to_first_visit": "0: the same day. Empty: not stated.",
            "first_visit_cents": "In US dollars; 0: free. Empty: not stated.",
            "telehealth_states": "Two letters each, such as MA, NH; none: nobody can start by telehealth",
            "desk_languages": "Such as english, spanish",
            "open_hours": WeekFormField.default_help_text,
            "walk_in_hours": "When people are seen without an appointment; none: by appointment only",
            "is_listed": "Readers can find it. Unlist a clinic instead of deleting it: its records stay.",
            "closed_on": "A closed clinic is not listed; its page says so and names the nearest others.",
            "missing_from": "The newer list that no longer has it. Empty it once you know that the clinic is open.",
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        states = state_names()
        if self.instance.state and self.instance.state not in states:
            states = states | {self.instance.state: "as the source states it"}
        labels = ((code, f"{code} {name}") for code, name in states.items())
        cast("forms.ChoiceField", self.fields["state"]).choices = [("", "---------"), *labels]
        pinned = pin_of(self.instance) if self.instance.pk else None
        self.initial["pin"] = f"{pinned.latitude}, {pinned.longitude}" if pinned else ""
        self.initial["services"] = self.instance.all_service_ids
        self.start_with(self.instance)
        self.services_before = set(self.instance.all_service_ids)

    def clean_zip_code(self):
        zip_code = self.cleaned_data["zip_code"]
        if zip_code and not (len(zip_code) == 5 and zip_code.isascii() and zip_code.isdigit()):
            raise ValidationError("A ZIP code has five digits; the four after a dash go to ZIP+4.")
        return zip_code

    def clean(self):
        super().clean()
        facts = self.cleaned_data
        if facts.get("is_listed") and facts.get("closed_on"):
            self.add_error("is_listed", "A closed clinic cannot be listed: untick this, or empty the day it closed.")
        if facts.get("is_listed") and self.instance.merged_into_id:
            self.add_error("is_listed", "It was merged into another clinic, which is the one that readers find.")
        if facts.get("pin") and not {"state", "zip_code", "city", "county"} & self.errors.keys():
            stated = Stated(facts["state"], facts["zip_code"], facts["county"], facts["city"])
            if reason := why_not(facts["pin"], stated):
                self.add_error("pin", f"That is {reason}: mend the address or the pin, whichever is wrong.")
        return facts

    def clean_pin(self):
        """However a map writes it; the same text is the same pin to the last digit."""
        text = self.cleaned_data["pin"].strip()
        if "pin" not in self.changed_data:
            return pin_of(self.instance) if self.instance.pk else None
        found = point_in(text) if text else None
        if text and found is None:
            raise ValidationError(NO_POINT)
        return found

    def save(self, commit=True):
        if "services" in self.changed_data:
            self.instance.set_services(self.cleaned_data["services"])
        stated.state(self.instance, self.changed_answers, Source.EDITOR)
        return super().save(commit)

    @property
    def changed_fact_groups(self) -> list[str]:
        """The groups of facts that the editor changed."""
        changed: list[str] = []
        if set(EDITABLE_FIELDS).intersection(self.changed_data):
            changed.append(FactGroup.CONTACT)
        services = Service.objects.filter(
            pk__in=self.services_before.symmetric_difference(self.instance.all_service_ids)
        )
        changed += [group for group, names in FIELDS_BY_GROUP.items() if set(names).intersection(self.changed_data)]
        of_payment = {group in Service.PAYMENT_GROUPS for group in services.values_list("group", flat=True)}
        if False in of_payment:
            changed.append(FactGroup.SERVICES)
        if True in of_payment:
            changed.append(FactGroup.PAYMENT)
        return changed

    @property
    def left_its_pin(self) -> bool:
        """Whether the address changed and the pin, which belongs to the old one, was not set again."""
        changed = set(self.changed_data)
        return bool(self.initial["pin"] and changed & {"street", "zip_code"} and "pin" not in changed)
