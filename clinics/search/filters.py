"""What can be asked of the directory: place, radius and facets; form values in, QuerySet methods out."""

from functools import cache, cached_property

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, ngettext
from django_filters import CharFilter, ChoiceFilter, Filter, FilterSet, MultipleChoiceFilter

from clinics.models import Clinic
from clinics.search import facets
from clinics.search.criteria import Criteria
from clinics.search.places import LONGEST_TEXT, AmbiguousPlace, Place, PlaceNotFound, locate

RADII_MILES = (5, 10, 25, 50, 100)
ANY = "any"
ENOUGH_CLINICS = 10  # without a stated radius, the smallest one that holds so many is taken
SORTS = [("distance", gettext_lazy("Nearest first")), ("name", gettext_lazy("Name, A to Z"))]


class PlaceField(forms.CharField):
    """A place that someone typed; clean value: a Place, or None. Not found and ambiguous are errors with a way on."""

    def __init__(self, **options):
        super().__init__(max_length=LONGEST_TEXT, **options)
        self.error_messages["max_length"] = gettext_lazy("That is too long for a place. Type a ZIP code, or a city.")
        self.error_messages["null_characters_not_allowed"] = gettext_lazy(
            "Some characters of that cannot be read. Type a ZIP code, or a city and state."
        )

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            return locate(text)
        except AmbiguousPlace as error:
            raise PlaceError(str(error), "ambiguous", [place.label for place in error.choices]) from error
        except PlaceNotFound as error:
            raise PlaceError(str(error), "not-found", list(error.suggestions)) from error


def asked_place(request) -> Place | None:
    """The place of the search that led to this page, which only the address carries; None without a readable one."""
    try:
        return PlaceField(required=False).clean(request.GET.get("near", ""))
    except ValidationError:
        return None


class PlaceError(ValidationError):
    """We know no such place, or several; `suggestions` are texts that would be found."""

    def __init__(self, message: str, code: str, suggestions: list[str]):
        super().__init__(message, code)
        self.suggestions = suggestions


class PlaceFilter(CharFilter):
    field_class = PlaceField


class RadiusField(forms.ChoiceField):
    def __init__(self, **options):
        options.pop("empty_label", None)
        super().__init__(choices=[(str(miles), miles) for miles in RADII_MILES] + [(ANY, ANY)], **options)
        self.error_messages["invalid_choice"] = format_lazy(
            gettext_lazy("Choose a radius of {others} or {largest} miles, or any."),
            others=", ".join(map(str, RADII_MILES[:-1])),
            largest=RADII_MILES[-1],
        )


class RadiusFilter(Filter):
    field_class = RadiusField


class FacetField(forms.MultipleChoiceField):
    """Values of one facet group; unknown ones are an error that names them, and says which are known."""

    def to_python(self, value):
        return [item for item in super().to_python(value) if item]  # an empty one was not filled in

    def validate(self, value):
        known = dict(self.choices)
        unknown = [item for item in value if item not in known]
        if unknown:
            named = ", ".join(f"“{printable(item)[:40]}”" for item in unknown[:3])
            message = ngettext(
                "%(values)s is not a choice of this filter, so it was left out.",
                "%(values)s are not choices of this filter, so they were left out.",
                len(unknown),
            )
            raise ValidationError(message % {"values": named}, "invalid_choice")


def printable(text: str) -> str:
    """What someone typed, without characters that would break the line it is quoted in."""
    return "".join(character for character in text if character.isprintable())


class FacetFilter(MultipleChoiceFilter):
    field_class = FacetField

    def __init__(self, group: facets.FacetGroup):
        choices = [(value.slug, value.label) for value in group.values]
        super().__init__(field_name=group.slug, label=group.label, choices=choices)


class Shared(dict):
    """Filters or fields that nobody changes: copying a dozen of them for each search took as long as the search."""

    def __deepcopy__(self, memo):
        return self


class ClinicFilter(FilterSet):
    """The search. A field that cannot be read has an error and is left out; the rest still answers."""

    near = PlaceFilter(label=gettext_lazy("ZIP code or city"))
    radius = RadiusFilter(label=gettext_lazy("Within"))
    sort = ChoiceFilter(
        choices=SORTS,
        empty_label=None,
        label=gettext_lazy("Order"),
        error_messages={"invalid_choice": gettext_lazy("Choose the order distance or name.")},
    )

    class Meta:
        model = Clinic
        fields = []

    @classmethod
    def get_filters(cls):
        return Shared(super().get_filters() | {group.slug: FacetFilter(group) for group in facets.GROUPS})

    def __init__(self, data):
        """`data` is a QueryDict of the parameters; which clinics they select, `criteria` tells."""
        super().__init__(data)
        for shared in self.filters.values():
            shared.parent = None  # it would keep the search in memory after its answer

    def get_form_class(self):
        return search_form()

    def _clean(self, name):
        """The value of a field that could be read, else None."""
        return self.form.cleaned_data.get(name) if self.form.errors is not None else None

    @property
    def place(self):
        """The Place that was found, or None."""
        return self._clean("near")

    @property
    def asked_radius(self) -> str:
        """ "25", "any" or "" if none was stated. A state is searched whole."""
        if self.place and self.place.state_only:
            return ANY
        return self._clean("radius") or ""

    @property
    def asked_sort(self) -> str:
        return self._clean("sort") or "distance"

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
            return Criteria(masks=masks)
        return Criteria(
            place.coordinates,
            place.state,
            place.state if place.state_only else "",
            masks,
            self.asked_sort == "distance",
        )


@cache
def search_form() -> type[forms.Form]:
    """The form of the search, made once, as its filters are."""
    fields = {name: shared.field for name, shared in ClinicFilter.base_filters.items()}
    form = type("SearchForm", (forms.Form,), fields)
    form.base_fields = Shared(form.base_fields)
    return form
