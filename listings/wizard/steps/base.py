"""A step of the wizard, and the field for services that several steps use."""

from typing import TYPE_CHECKING, ClassVar, Self

from django import forms
from django.http import QueryDict
from django.utils.choices import normalize_choices
from django.utils.translation import gettext

from clinics.form_fields import WeekFormField
from clinics.hours import NotHours, parse_week, readable_week
from clinics.models import Service
from core.forms import anchor_of

if TYPE_CHECKING:
    from django.utils.datastructures import MultiValueDict
    from django_stubs_ext import StrOrPromise


class ServicesField(forms.TypedMultipleChoiceField):
    """The services of some facet groups, by their plain names."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *groups, **options):
        super().__init__(coerce=int, required=False, choices=self.offered, **options)
        self.groups = groups

    def offered(self) -> list[tuple[int, str]]:
        services = Service.objects.filter(group__in=self.groups).exclude(facet="").order_by("name")
        return [(service.pk, gettext(service.name)) for service in services]


class DeniedField(ServicesField):
    """What a practice says no to: a list may have said so of it, and its own answer replaces that."""

    def offered(self) -> list[tuple[int, str]]:
        services = Service.objects.exclude(denies="").order_by("-name")  # opioids first
        return [(service.pk, gettext(service.name)) for service in services]


class Step(forms.Form):
    """One page of the wizard. `answers` are those of all steps so far, `listing` is the one they are for."""

    slug: ClassVar[str] = ""
    title: ClassVar["StrOrPromise"] = ""
    is_sensitive: ClassVar[bool] = False
    template: ClassVar[str] = ""  # for its part of the page; "" where the fields alone are enough
    data: "MultiValueDict[str, str]"

    def __init__(self, data=None, *, answers=None, listing=None, **options):
        super().__init__(data, label_suffix="", **options)
        self.answers, self.listing = answers or {}, listing

    @classmethod
    def of(cls, typed: dict[str, list[str]] | None, **options) -> Self:
        """The form bound to what was typed before; unbound if that is None."""
        return cls(as_data(typed) if typed is not None else None, **options)

    def answers_after_button(self) -> dict[str, list[str]] | None:
        """The answers after a button that stays on this page; None if the button leads to the next page."""
        return None

    def typed(self) -> dict[str, list[str]]:
        """What was typed into this form's own fields."""
        return {name: self.data.getlist(name) for name in self.fields if name in self.data}

    def lines(self) -> list[tuple[str, str]]:
        """(question, answer) pairs for a page that shows what was typed."""
        return [(str(field.label), display_value(field)) for field in self]

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


def readable_hours(value) -> str:
    """Weekly hours as the clinic's page will show them, so that "9-5" is seen to be understood; else as typed."""
    try:
        return readable_week(parse_week(value)) if value else ""
    except NotHours:
        return str(value)


def display_value(field) -> str:
    """What was typed, as a reader sees it: labels in place of values."""
    value = field.value()
    if isinstance(field.field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in normalize_choices(field.field.choices) if key != ""}
        values = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(str(item), str(item)) for item in values if item not in ("", None))
    if isinstance(field.field, WeekFormField):
        return readable_hours(value)
    if isinstance(field.field, forms.BooleanField):
        return gettext("yes") if value in (True, "on", "True") else ""
    return "" if value is None else str(value)
