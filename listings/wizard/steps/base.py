"""A step of the wizard, and the field for services that several steps use.

A step keeps its answers as typed, {field: [values]}. A page of the form may ask for a part of a step (`part_of`): it
writes that part and leaves the rest as it is.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Self

from django import forms
from django.http import QueryDict
from django.utils.choices import normalize_choices
from django.utils.translation import gettext

from clinics.models import Service
from clinics.verification.lock import Writer, waits
from core.forms import anchor_of
from listings.wizard.steps.asking import SURE, AsksBack

if TYPE_CHECKING:
    from django.utils.datastructures import MultiValueDict
    from django_stubs_ext import StrOrPromise


class ServicesField(forms.TypedMultipleChoiceField):
    """The services of some facet groups, by their plain names: `main` (slugs) first, the others folded by category."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *groups, main: tuple[str, ...] = (), fold=None, search="", **options):
        self.groups, self.main, self.fold, self.search = groups, main, fold, search
        super().__init__(coerce=int, required=False, choices=self.arranged, **options)

    def arranged(self) -> list[tuple]:
        found = stateable(*self.groups).select_related("category").order_by("category__name", "name")
        services, wanted = list(found), self.search.casefold().split()
        if wanted:
            return [_option(each) for each in services if _is_found(each, wanted)]
        main = sorted(
            (each for each in services if each.slug in self.main), key=lambda each: self.main.index(each.slug)
        )
        rest = [each for each in services if each.slug not in self.main]
        if self.fold:
            folds = [(self.fold, [_option(each) for each in rest])] if rest else []
        else:
            by_category = groupby(rest, key=lambda each: each.category.name)
            folds = [(gettext(name), [_option(each) for each in found]) for name, found in by_category]
        return [*(_option(each) for each in main), *folds]

    def arrange(self) -> None:
        self.choices = self.arranged()
        self.known = {str(pk) for pk, _label in self.offered()}

    def valid_value(self, value):
        return str(value) in self.known

    def offered(self) -> list[tuple[int, str]]:
        return list(flat(self.choices))


# Of a list, about what it says itself; nobody states them of a practice.
REMARKS = (
    *("ages-to-check", "prescribes-buprenorphine-or-naltrexone", "medication-from-network-prescriber"),
    *("medication-from-contracted-prescriber", "medication-from-unconnected-prescriber"),
)


def stateable(*groups: str):
    """The services of these groups that an owner may state: a no has a field of its own."""
    return Service.objects.filter(group__in=groups, denies="").exclude(slug__in=REMARKS)


def _option(service: Service) -> tuple[int, str]:
    return service.pk, gettext(service.name)


def _is_found(service: Service, words: list[str]) -> bool:
    text = f"{service.name} {service.explanation} {service.category.name}"
    known = f"{text} {gettext(service.name)} {gettext(service.explanation or ' ')}".casefold()
    return all(word in known for word in words)


def flat(choices) -> Iterator[tuple]:
    """Choices without their groups."""
    for key, label in normalize_choices(choices):
        if isinstance(label, list | tuple):
            yield from flat(label)
        else:
            yield key, label


class DeniedField(ServicesField):
    """What a practice says no to: a list may have said so of it, and its own answer replaces that."""

    def arranged(self) -> list[tuple]:
        services = Service.objects.exclude(denies="").order_by("-name")  # opioids first
        return [_option(service) for service in services]


class Step(AsksBack):
    """One page of the wizard. `answers` are those of all steps so far, `listing` is the one they are for."""

    slug: ClassVar[str] = ""
    title: ClassVar["StrOrPromise"] = ""
    part_of: ClassVar[str] = ""  # the step that keeps the answers, if it is not itself
    inputs: ClassVar[dict[str, tuple[str, ...]]] = {}  # of answers that several fields make
    template: ClassVar[str] = "listings/_step_fields.html"  # for its part of the page
    folded: ClassVar[tuple[str, ...]] = ()  # fields that few need
    data: "MultiValueDict[str, str]"

    def __init__(self, data=None, *, answers=None, listing=None, **options):
        super().__init__(data, label_suffix="", **options)
        self.answers, self.listing = answers or {}, listing
        for field in self.fields.values():
            if isinstance(field, ServicesField):
                self.arrange(field)

    def arrange(self, field: ServicesField) -> None:
        """Read its choices once: a callable is asked again for each value that was sent."""
        field.arrange()

    @classmethod
    def of(cls, typed: dict[str, list[str]] | None, **options) -> Self:
        """The form bound to what was typed before; unbound if that is None."""
        return cls(as_data(typed) if typed is not None else None, **options)

    @classmethod
    def stored_in(cls) -> str:
        """The slug of the step that keeps the answers."""
        return cls.part_of or cls.slug

    @classmethod
    def facts(cls) -> tuple[str, ...]:
        """The facts of the clinic that it writes."""
        return tuple(cls.base_fields)

    @classmethod
    def waits_for_editor(cls) -> bool:
        """Whether its changes to a live listing wait."""
        return waits(Writer.OWNER, cls.facts())

    def answers_after_button(self) -> dict[str, list[str]] | None:
        """The answers after a button that stays on this page; None if the button leads to the next page."""
        return None

    def typed(self) -> dict[str, list[str]]:
        """What was typed into this form's own fields."""
        return {name: self.data.getlist(name) for name in (*self.fields, SURE) if name in self.data}

    @property
    def flags(self) -> list[str]:
        """What an editor should look at, sentences: the owner was asked and says that it is right."""
        self.is_valid()
        return [doubt.sentence for doubt in self.asked]

    def to_store(self) -> dict[str, list[str]]:
        """The answers of the step that keeps them, with what was typed here."""
        if not self.part_of:
            return self.typed()
        stored = self.answers.get(self.part_of, {})
        kept = {name: values for name, values in stored.items() if name not in (*self.base_fields, SURE)}
        return kept | self.typed() | self.ticks_with(stored)

    def ticks_with(self, stored: dict[str, list[str]]) -> dict[str, list[str]]:
        """The boxes that were ticked here, with those of the other pages that write into the same step.

        A key begins with the field that it asks about.
        """
        others = [key for key in stored.get(SURE, []) if key.partition(":")[0] not in self.base_fields]
        ticks = list(dict.fromkeys([*others, *self.typed().get(SURE, [])]))
        return {SURE: ticks} if ticks else {}

    @property
    def was_sent(self) -> bool:
        """Whether the page itself sent these answers: a browser sends each required field, even an empty one."""
        return self.is_bound and all(name in self.data for name, field in self.fields.items() if field.required)

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.folded]

    def folds(self) -> Iterable[tuple["StrOrPromise", list[forms.BoundField], bool]]:
        """(heading, its fields, whether it is open): what is folded below the fields that all need."""
        fields = [field for field in self if field.name in self.folded]
        return [(gettext("More, if it applies"), fields, any(field.errors for field in fields))] if fields else []

    @property
    def is_answered(self) -> bool:
        return self.is_bound and any(answer for _label, answer in self.lines())

    def lines(self) -> list[tuple[str, str]]:
        """(question, answer) pairs for a page that shows what was typed."""
        return [(str(field.label), display_value(field)) for field in self if field.name != SURE]

    @property
    def linked_errors(self) -> list[tuple[str, str]]:
        """(id of the field, message), for the summary at the top of the page."""
        return [
            (anchor_of(self[name]), f"{self[name].label}: {error}")
            for name, errors in self.errors.items()
            if name in self.fields
            for error in errors
        ]


def as_data(typed: dict[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data


def display_value(field) -> str:
    """What was typed, as a reader sees it: labels in place of values."""
    value = field.value()
    if isinstance(field.field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in flat(field.field.choices) if key != ""}
        values = value if isinstance(value, list) else [value]
        chosen = dict.fromkeys(str(item) for item in values if item not in ("", None))
        in_order = [key for key in labels if key in chosen] + [key for key in chosen if key not in labels]
        return ", ".join(labels.get(key, key) for key in in_order)
    if isinstance(field.field, forms.BooleanField):
        return gettext("yes") if value in (True, "on", "True") else ""
    return "" if value is None else str(value)
