"""The pages of the form that ask for a part of a step: a few questions, whose meaning in the code book is derived."""

from typing import Self, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.availability import STATE_BITS
from clinics.models import Service
from clinics.questions.kinds import form_field
from clinics.questions.registry import QUESTIONS
from clinics.states import state_names
from listings.wizard import derived
from listings.wizard.steps.base import DeniedField, ServicesField, Step, as_data, flat
from listings.wizard.steps.offers import AccessStep, ServicesStep, clash_text

LONGEST_SEARCH = 100  # characters
# Facet groups of the step "services" that a choice may write into.
GROUPS = ("medication", "setting", "care")


def code_book() -> dict[str, tuple[str, str]]:
    """{key: (slug, group)} of the services that a choice may stand for, and of those beside them."""
    services = Service.objects.filter(group__in=GROUPS)
    return {str(pk): (slug, group) for pk, slug, group in services.values_list("pk", "slug", "group")}


class ChoicesPage(Step):
    """Ticks of `choices` in place of the codes that the step "services" keeps."""

    part_of = "services"
    choices: tuple[derived.Choice, ...] = ()
    folded_choices: tuple[str, ...] = ()
    chosen = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        before = derived.ticked(self.choices, self.stored_codes)
        asked = [choice for choice in self.choices if not choice.is_leftover or choice.slug in before]
        shown = [(choice.slug, choice.label) for choice in asked if choice.slug not in self.folded_choices]
        folded = [(choice.slug, choice.label) for choice in asked if choice.slug in self.folded_choices]
        self.ticks.choices = [*shown, *([(gettext("Other ways"), folded)] if folded else [])]

    @classmethod
    def of(cls, typed, **options) -> Self:
        if typed is None:
            return cls(None, **options)
        form = cls(None, **options)
        own = {name: values for name, values in typed.items() if name in cls.base_fields}
        data = as_data(own | {"chosen": derived.ticked(cls.choices, form._codes_in(typed))})
        return cls(data, **options)

    @property
    def ticks(self) -> forms.MultipleChoiceField:
        return cast("forms.MultipleChoiceField", self.fields["chosen"])

    @cached_property
    def _book(self) -> dict[str, tuple[str, str]]:
        return code_book()

    def _codes_in(self, stored: dict) -> set[str]:
        return {self._book[pk][0] for group in GROUPS for pk in stored.get(group, []) if pk in self._book}

    @property
    def stored_codes(self) -> set[str]:
        return self._codes_in(self.answers.get(self.part_of, {}))

    def to_store(self):
        stored = self.answers.get(self.part_of, {})
        known = {slug for slug, _label in flat(self.ticks.choices)}
        slugs = [slug for slug in self.data.getlist("chosen") if slug in known]
        now = derived.with_ticks(self.choices, self.stored_codes, slugs)
        own = {name: values for name, values in self.typed().items() if name != "chosen"}
        answers = {name: values for name, values in stored.items() if name not in self.base_fields} | own
        for group in GROUPS:
            others = [pk for pk in stored.get(group, []) if pk not in self._book]
            answers[group] = others + [
                pk for pk, (slug, its_group) in self._book.items() if its_group == group and slug in now
            ]
        return answers

    def clean(self):
        """Nobody can both offer a thing and say no to it."""
        answers = super().clean() or self.cleaned_data
        whole = ServicesStep(as_data(self.to_store()))
        whole.is_valid()
        for denial, contradicted in whole.clashes:
            if names := self._names_of(contradicted):
                self.add_error("denied" if "denied" in self.fields else "chosen", clash_text(denial, names))
        return answers

    def _names_of(self, services: list[Service]) -> list[str]:
        """In the words of the ticks of this page; where the no stands, also what was ticked elsewhere."""
        slugs, ticked = {service.slug for service in services}, self.data.getlist("chosen")
        guilty = [choice for choice in self.choices if choice.slug in ticked and slugs & {*choice.adds, *choice.signs}]
        told = frozenset[str]().union(*(choice.family.union(choice.adds) for choice in guilty))
        others = [service for service in services if service.slug not in told] if "denied" in self.fields else []
        return [*(str(choice.label) for choice in guilty), *(gettext(service.name) for service in others)]


class MedicinesPage(ChoicesPage):
    slug, title = "medicines", _("Medicines")
    choices = derived.STARTS
    denied = DeniedField(
        label=_("What you do not do"),
        help_text=_("Your page says so. A no about opioid use also leaves you out of searches for its treatment."),
    )
    folded = ("denied",)

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        self.fields["chosen"].label = _("Which medicines do you start here?")
        self.fields["chosen"].help_text = _(
            "Tick what a new patient can begin with you. What you do not tick is shown as “not stated”, never as no."
        )


class SettingPage(ChoicesPage):
    slug, title = "setting", _("Visits or stay")
    choices = derived.PLACES
    folded_choices = ("intensive-outpatient", "day-treatment")

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        self.fields["chosen"].label = _("Do patients visit you, or stay with you?")


class TelehealthPage(Step):
    """Whether a patient can start by phone or video; other states are asked for only after a yes."""

    slug, title, part_of = "telehealth", _("Phone or video"), "access"
    NO, HERE, STATES = "no", "here", "states"
    start = forms.ChoiceField(label=_("Can a patient start by phone or video?"), required=False)
    telehealth_states = forms.MultipleChoiceField(
        label=_("In which states?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(_("States"), [item for item in state_names().items() if item[0] in STATE_BITS])],
    )

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        names = state_names()
        where = ", ".join(names[code] for code in self.home)
        same = gettext("Yes, for people in %(states)s, as the license says") % {"states": where}
        cast("forms.ChoiceField", self.fields["start"]).choices = [
            ("", _("Not stated")),
            (self.NO, _("No, in person only")),
            *([(self.HERE, same)] if self.home else []),
            (self.STATES, _("Yes, for people in other states too") if self.home else _("Yes")),
        ]
        if not self.asks_states:
            del self.fields["telehealth_states"]

    @classmethod
    def of(cls, typed, **options) -> Self:
        if typed is None:
            return cls(None, **options)
        home = cls(None, **options).home
        start, states = cls._start(typed, home), typed.get("telehealth_states") or home
        return cls(as_data({"start": [start], "telehealth_states": states}), **options)

    @classmethod
    def _start(cls, typed: dict, home: list[str]) -> str:
        [*_, word] = typed.get("telehealth") or [""]
        if word != "yes":
            return cls.NO if word == "no" else ""
        states = typed.get("telehealth_states", [])
        return cls.HERE if states and sorted(states) == sorted(home) else cls.STATES

    @property
    def home(self) -> list[str]:
        """The states of the licenses named so far, else that of the practice."""
        people, practice = self.answers.get("practitioners", {}), self.answers.get("practice", {})
        named = [values[-1] for name, values in people.items() if name.endswith("-license_state") and values]
        typed = [code for code in named if code in STATE_BITS] or practice.get("state", [])[-1:]
        if not typed and self.listing and self.listing.clinic:
            typed = [self.listing.clinic.state]
        return sorted({code for code in typed if code in STATE_BITS})

    @property
    def asks_states(self) -> bool:
        return self.is_bound and self.data.get("start") == self.STATES

    def answers_after_button(self):
        """The first yes that the license does not answer: the page asks for the states."""
        stored = self.answers.get(self.part_of, {})
        if not self.asks_states or "states_asked" in self.data or stored.get("telehealth_states"):
            return None
        return self.to_store()

    def typed(self):
        start, states = self.data.get("start", ""), []
        if start == self.HERE:
            states = self.home
        elif start == self.STATES:
            states = self.data.getlist("telehealth_states")
            if "states_asked" not in self.data:
                states = states or self.answers.get(self.part_of, {}).get("telehealth_states", [])
        word = {self.NO: "no", self.HERE: "yes", self.STATES: "yes"}.get(start, "")
        return {"telehealth": [word]} | ({"telehealth_states": states} if states else {})

    def to_store(self):
        stored = self.answers.get(self.part_of, {})
        return {
            name: v for name, v in stored.items() if name not in ("telehealth", "telehealth_states")
        } | self.typed()

    def clean_telehealth_states(self):
        states = self.cleaned_data["telehealth_states"]
        if not states:
            raise ValidationError(_("Choose the states whose residents can start by telehealth."), "states")
        return states

    template = "listings/_step_telehealth.html"


class StartPage(Step):
    slug, title, part_of = "access", _("New patients"), "access"
    accepting_new_patients = form_field(QUESTIONS["accepting_new_patients"])
    days_to_first_visit = AccessStep.base_fields["days_to_first_visit"]
    medication_at_first_visit = form_field(QUESTIONS["medication_at_first_visit"])
    counseling_required = form_field(QUESTIONS["counseling_required"])
    folded = ("counseling_required",)


class EverythingElsePage(Step):
    """The rest of the code book, folded by category; a search shows what fits, and saves that alone."""

    slug, title, part_of = "services", _("Everything else you offer"), "services"
    template = "listings/_step_services.html"
    care = ServicesField("care", label=_("Care"))
    program = ServicesField("program", label=_("Programs for"))
    age = ServicesField("age", label=_("Ages and genders"))
    medication = ServicesField("medication", label=_("Medications"))
    setting = ServicesField("setting", label=_("Where and how"))

    def __init__(self, data=None, *, search="", **options):
        self.search = " ".join(search.split())[:LONGEST_SEARCH]
        super().__init__(data, **options)
        for name in list(self.fields) if self.search else ():
            if not cast("ServicesField", self.fields[name]).offered():
                del self.fields[name]

    @property
    def is_answered(self) -> bool:
        """Whether more is said than what the questions about medicines and places imply."""
        said = {pk for name in self.fields for pk in self.data.getlist(name)} if self.is_bound else set()
        implied = {slug for choice in (*derived.STARTS, *derived.PLACES) for slug in (*choice.adds, *choice.family)}
        book = code_book()
        return any(pk not in book or book[pk][0] not in implied for pk in said)

    @property
    def shown_fields(self):
        return list(self) if self.search else []

    def folds(self):
        return [] if self.search else [(field.label, [field], bool(field.errors)) for field in self]

    def arrange(self, field: ServicesField) -> None:
        field.search = self.search
        super().arrange(field)

    def to_store(self):
        """What was not shown stays."""
        answers = dict(self.answers.get(self.part_of, {}))
        for name, field in self.fields.items():
            shown = {str(pk) for pk, _label in cast("ServicesField", field).offered()}
            kept = [pk for pk in answers.get(name, []) if pk not in shown] if self.search else []
            answers[name] = kept + self.data.getlist(name)
        return answers

    def clean(self):
        answers = super().clean() or self.cleaned_data
        whole = ServicesStep(as_data(self.to_store()))
        for sentence in whole.errors.get("denied", []):
            self.add_error(None, sentence)
        return answers
