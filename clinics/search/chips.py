"""The chips above a list: links that turn what people ask most often on and off, and all other filters that are on."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from clinics.search import facets, treats
from clinics.search.results import Search

# What a chip says, and the filters that it turns on together.
QUICK: tuple[tuple[Promise, tuple[str, ...]], ...] = (
    (gettext_lazy("Open now"), ("access/open-now",)),
    (gettext_lazy("Takes Medicaid"), ("payment/medicaid",)),
    (gettext_lazy("No insurance"), ("assistance/sliding-scale",)),
    (gettext_lazy("Stay there"), ("setting/residential", "setting/hospital-inpatient")),
)


@dataclass(frozen=True)
class Chip:
    text: str | Promise
    query: str  # behind "?"
    is_on: bool


def chips_of(search: Search, data: QueryDict) -> list[Chip]:
    """The chips of a search that `data` asks for; none that would leave nothing, unless it is on."""
    pairs = [(name, value) for name, values in data.lists() if name != "page" for value in values]
    on = {value.key for values in search.filters.selection.values() for value in values}
    quick: list[Chip] = []
    shown: set[str] = set()
    for text, keys in QUICK:
        is_on = on.issuperset(keys)
        if is_on or any(search.counts.by_value[key] for key in keys):
            quick.append(Chip(text, turned(pairs, keys, off=is_on), is_on))
            shown.update(keys if is_on else ())
    others = [facets.VALUES[key] for key in sorted(on - shown)]
    return [  # a phone shows the first ones: those that the reader turned on
        *(chip for chip in quick if chip.is_on),
        *(Chip(value.label, turned(pairs, (value.key,), off=True), True) for value in others),
        *treats_chips(search, pairs),
        *(chip for chip in quick if not chip.is_on),
    ]


def treats_chips(search: Search, pairs: list[tuple[str, str]]) -> list[Chip]:
    """What the search is about: on by default, and one more where it also shows those that treat nobody."""
    about = search.criteria.treats
    others = [pair for pair in pairs if pair[0] != treats.PARAMETER]
    is_on = about == treats.MEDICINE
    other = treats.OPIOIDS if is_on else treats.MEDICINE
    chips = [Chip(gettext("Gives medicine"), urlencode([*others, (treats.PARAMETER, other)]), is_on)]
    if about == treats.ANY:
        text = gettext("Also those that do not treat opioid use")
        chips.append(Chip(text, urlencode([*others, (treats.PARAMETER, treats.OPIOIDS)]), True))
    return chips


def turned(pairs: list[tuple[str, str]], keys: tuple[str, ...], *, off: bool) -> str:
    """The query `pairs` with the filters `keys`, or without them.

    Of alternatives they take the place of the others: a chip that is turned on never makes the list longer.
    """
    values = [(facets.VALUES[key].group, facets.VALUES[key].slug) for key in keys]
    kept = [pair for pair in pairs if pair not in values]
    if off:
        return urlencode(kept)
    alternatives = {name for name, _slug in values if facets.GROUPS_BY_SLUG[name].combines == facets.Combines.OR}
    return urlencode([*(pair for pair in kept if pair[0] not in alternatives), *values])
