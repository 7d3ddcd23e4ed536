"""What can be asked of the directory: place, radius and facets; form values in, QuerySet methods out."""

from functools import cache, cached_property
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy, ngettext
from django_filters import ChoiceFilter, Filter, FilterSet

from clinics.models import Clinic
from clinics.search import facets, treats
from clinics.search.characters import LONGEST_TEXT
from clinics.search.gazetteer import Place
from clinics.search.names import LONGEST_NAME, SHORTEST_WHOLE_NUMBER, Wanted, normalised
from clinics.search.names import read as read_name
from clinics.search.queries import Criteria
from clinics.search.typed import Typed, understand

RADII_MILES = (5, 10, 25, 50, 100)
ANY = "any"
ENOUGH_CLINICS = 10  # without a stated radius, the smallest one that holds so many is taken
SORTS = [
    ("distance", gettext_lazy("Nearest first")),
    ("minutes", gettext_lazy("Shortest drive first")),
    ("name", gettext_lazy("Name, A to Z")),
]


class SharedField:
    """A form copies its fields; these hold nothing of one search, and copying them took as long as reading them."""

    def __deepcopy__(self, memo):
        return self


class PlaceField(SharedField, forms.CharField):
    """A place that someone typed; SearchForm has what was understood of it."""

    def __init__(self, **options):
        super().__init__(max_length=LONGEST_TEXT, **options)
        self.error_messages["max_length"] = gettext_lazy("That is too long for a place. Type a ZIP code, or a city.")
        self.error_messages["null_characters_not_allowed"] = gettext_lazy(
            "Some characters of that cannot be read. Type a ZIP code, or a city and state."
        )


class SearchForm(forms.Form):
    """The form of a search; clean value of `near`: a Place, or None. Any other outcome is an error with a way on."""

    typed: Typed | None = None

    def clean_near(self) -> Place | None:
        if self.typed and not self.typed.place and self.typed.outcome != "empty":
            raise PlaceError(self.typed)
        return self.typed.place if self.typed else None


class NameField(SharedField, forms.CharField):
    """The name or number of a clinic; clean value: what is looked for, or None."""

    def __init__(self, **options):
        super().__init__(max_length=LONGEST_NAME, **options)
        self.error_messages["max_length"] = gettext_lazy("That is too long for a name. Type a part of it.")
        self.error_messages["null_characters_not_allowed"] = gettext_lazy("Some characters of that cannot be read.")

    def clean(self, value):
        text = super().clean(value)
        if text and len(normalised(text)) > LONGEST_NAME:
            raise ValidationError(self.error_messages["max_length"], "max_length")
        if text and (wanted := read_name(printable(text))) is None:
            raise ValidationError(gettext("Type a part of the clinic's name, or its phone number."), "too-short")
        return wanted if text else None


def asked_place(request) -> Place | None:
    """The place of the search that led to this page, which only the address carries; None without a readable one."""
    text = request.GET.get("near", "")
    return understand(text).place if text else None


class PlaceError(ValidationError):
    """No place was named, none is known, or several are; `suggestions` are texts that would be found."""

    def __init__(self, typed: Typed):
        super().__init__(typed.problem, typed.outcome)
        self.suggestions = list(typed.choices)


class RadiusField(SharedField, forms.ChoiceField):
    def __init__(self, **options):
        options.pop("empty_label", None)
        super().__init__(choices=[(str(miles), miles) for miles in RADII_MILES] + [(ANY, ANY)], **options)
        self.error_messages["invalid_choice"] = format_lazy(
            gettext_lazy("Choose a radius of {others} or {largest} miles, or any."),
            others=", ".join(map(str, RADII_MILES[:-1])),
            largest=RADII_MILES[-1],
        )


class SortField(SharedField, ChoiceFilter.field_class):
    pass


class FacetField(SharedField, forms.Field):
    """Slugs of one facet group; unknown ones are an error that names them. Clean value: a list of FacetValue."""

    widget = forms.MultipleHiddenInput  # reads a list; the page draws its own boxes, with counts

    def __init__(self, *, group: facets.FacetGroup, **options):
        super().__init__(**options)
        self.known = {value.slug: value for value in group.values}

    def clean(self, value):
        asked = [slug for slug in value or () if slug]  # an empty one was not filled in
        unknown = [slug for slug in asked if slug not in self.known]
        if unknown:
            named = ", ".join(f"“{printable(slug)[:40]}”" for slug in unknown[:3])
            message = ngettext(
                "%(values)s is not a choice of this filter, so it was left out.",
                "%(values)s are not choices of this filter, so they were left out.",
                len(unknown),
            )
            raise ValidationError(message % {"values": named}, "invalid_choice")
        return [self.known[slug] for slug in asked]


def printable(text: str) -> str:
    """What someone typed, without characters that would break the line it is quoted in."""
    return "".join(character for character in text if character.isprintable())


class SearchFilter(Filter):
    """A FilterSet copies its filters, to tell each its `parent`; their labels and choices can be shared."""

    def __deepcopy__(self, memo):
        clone = object.__new__(type(self))
        clone.__dict__.update(self.__dict__)
        return clone


class PlaceFilter(SearchFilter):
    field_class = PlaceField

    def filter(self, clinics, place):
        if place is None:
            return clinics
        if place.state_only:
            return clinics.filter(state=place.state)
        radius = self.parent.asked_radius
        return clinics.near(place.coordinates, None if radius in ("", ANY) else int(radius))


class NameFilter(SearchFilter):
    """Read by the search by name (clinics/search/by_name.py)."""

    field_class = NameField

    def filter(self, clinics, wanted):
        return clinics


class RadiusFilter(SearchFilter):
    """Read by PlaceFilter: a radius without a place says nothing."""

    field_class = RadiusField

    def filter(self, clinics, radius):
        return clinics


class TreatsFilter(SearchFilter, ChoiceFilter):
    """Read by the FilterSet: it applies without a value too."""

    field_class = SortField

    def filter(self, clinics, value):
        return clinics


class SortFilter(SearchFilter, ChoiceFilter):
    field_class = SortField

    def filter(self, clinics, sort):
        """A state is listed by city: miles from its middle would say nothing about the reader."""
        place = self.parent.place
        if not place or sort == "name":
            return clinics.order_by("name", "pk")
        if place.state_only:
            return clinics.order_by("city_slug", "name", "pk")
        if sort == "minutes" and place.zip_code:
            return clinics.with_journey_from(place.zip_code).shortest_drive_first()
        return clinics


class FacetFilter(SearchFilter):
    field_class = FacetField

    def __init__(self, group: facets.FacetGroup):
        super().__init__(field_name=group.slug, label=group.label, group=group)

    def filter(self, clinics, values):
        return clinics.with_facets({self.field_name: values}) if values else clinics


def with_new_names(data: QueryDict) -> QueryDict:
    """The parameters under the names that their facets have now: an address that someone kept goes on working.

    In place, without a redirect: one would repeat where the reader is to every cache on the way.
    """
    for old, new in facets.RENAMED.items():
        (group, slug), (new_group, new_slug) = old.split(facets.SEPARATOR), new.split(facets.SEPARATOR)
        if slug not in data.getlist(group):
            continue
        data = data.copy()
        if kept := [value for value in data.getlist(group) if value != slug]:
            data.setlist(group, kept)
        else:
            del data[group]
        if new_slug not in data.getlist(new_group):
            data.appendlist(new_group, new_slug)
    return data


def in_parameters(data: QueryDict, typed: Typed) -> QueryDict:
    """The parameters with a `near` that is a place alone, and the words beside it as facets."""
    if typed.outcome == "unknown" or (not typed.filters and data["near"] == typed.near):
        return data  # words of a text that is no place may be those of a clinic's name
    data = data.copy()
    data["near"] = typed.near
    for value in typed.filters:
        if value.slug not in data.getlist(value.group):
            data.appendlist(value.group, value.slug)
    return data


class ClinicFilter(FilterSet):
    """The parameters of a search, and the clinics they select.

    A field that cannot be read has an error and is left out; the rest still answers. `qs` holds the clinics within the
    stated radius, in the stated order. The page of results chooses a radius where none is stated, and asks in SQL of
    its own (clinics/search/results.py).
    """

    near = PlaceFilter(label=gettext_lazy("ZIP code or city"))
    q = NameFilter(label=gettext_lazy("Name or phone number of a clinic"))
    radius = RadiusFilter(label=gettext_lazy("Distance"))
    sort = SortFilter(
        choices=SORTS,
        empty_label=None,
        label=gettext_lazy("Order"),
        error_messages={"invalid_choice": gettext_lazy("Choose the order distance or name.")},
    )

    treats = TreatsFilter(
        choices=[(name, name) for name in treats.BITS],
        empty_label=None,
        label=gettext_lazy("Medicine"),
        error_messages={
            "invalid_choice": format_lazy(
                gettext_lazy("Choose for treats one of {choices}."), choices=", ".join(treats.BITS)
            )
        },
    )

    class Meta:
        model = Clinic
        fields: ClassVar[list[str]] = []

    def __init__(self, data):
        """`self.data` has the words of `near` as if they had been ticked: links made of it can take them off."""
        data = with_new_names(data)
        self.typed = understand(data["near"]) if "near" in data else None
        super().__init__(in_parameters(data, self.typed) if self.typed else data)

    @classmethod
    def get_filters(cls):
        return super().get_filters() | {group.slug: FacetFilter(group) for group in facets.GROUPS}

    def get_form_class(self):
        return search_form()

    @property
    def form(self):
        form = super().form
        form.typed = self.typed
        return form

    def filter_queryset(self, queryset):
        """Listed clinics that the search is about; `availability_now` is of this moment, for a reader at the place."""
        at = self.place.state if self.place else ""
        about = queryset.listed().treating(self.asked_treats)
        return super().filter_queryset(about.with_availability(state=at))

    def _clean(self, name):
        """The value of a field that could be read, else None."""
        return self.form.cleaned_data.get(name) if self.form.errors is not None else None

    @property
    def place(self):
        """The Place that was found, or None."""
        return self._clean("near")

    @property
    def question(self) -> str:
        """The sentence that asks for a place, if nothing was typed where one is asked for; else ""."""
        return self.typed.problem if self.typed and self.typed.outcome == "empty" else ""

    @property
    def wanted(self) -> Wanted | None:
        """The name or number that is looked for, or None."""
        return self._clean("q")

    @cached_property
    def unknown_place(self) -> "PlaceError | None":
        """The error, if the text in `near` names no place that we know, or several."""
        errors = self.form.errors.get("near")
        [error, *_] = errors.data if errors else [None]
        return error if isinstance(error, PlaceError) else None

    @property
    def name_in_place(self) -> Wanted | None:
        """A name or whole number that was typed where a place is asked for; digits may be those of a ZIP code."""
        if self.typed is None or self.typed.outcome != "unknown":
            return None
        wanted = read_name(printable(self.typed.name)[:LONGEST_NAME])
        return wanted if wanted and (not wanted.digits or len(wanted.digits) >= SHORTEST_WHOLE_NUMBER) else None

    @property
    def asked_radius(self) -> str:
        """ "25", "any" or "" if none was stated. A state is searched whole."""
        if self.place and self.place.state_only:
            return ANY
        return self._clean("radius") or ""

    @property
    def asked_sort(self) -> str:
        return self._clean("sort") or "distance"

    @property
    def stated_treats(self) -> str:
        """What the search says it is about: a key of `treats.BITS`, or "" if it says nothing that can be read."""
        return self._clean("treats") or ""

    @property
    def asked_treats(self) -> str:
        return self.stated_treats or treats.DEFAULT

    @cached_property
    def selection(self) -> dict[str, list[facets.FacetValue]]:
        """The chosen facet values by group, those of a field with an unknown value included."""
        chosen = {}
        for group in facets.GROUPS:
            asked = self.data.getlist(group.slug)
            values = [value for value in group.values if value.slug in asked]
            if values:
                chosen[group.slug] = values
        return chosen

    @property
    def criteria(self) -> Criteria:
        place, masks = self.place, facets.masks_of(self.selection)
        if place is None:
            return Criteria(masks=masks, treats=self.asked_treats)
        is_measured = self.asked_sort != "name"
        by_minutes = self.asked_sort == "minutes" and bool(place.zip_code)
        return Criteria(
            place.coordinates,
            place.state,
            place.state if place.state_only else "",
            masks,
            by_distance=is_measured and not by_minutes and not place.state_only,
            by_minutes=by_minutes,
            by_city=is_measured and place.state_only,
            treats=self.asked_treats,
            journeys_from=place.journeys_from,
        )


@cache
def search_form() -> type[forms.Form]:
    """The form of the search, made once: django-filter would make the class anew for each reader."""
    fields = {name: each.field for name, each in ClinicFilter.base_filters.items()}
    return type("ClinicSearchForm", (SearchForm,), fields)
