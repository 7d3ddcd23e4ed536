"""Street addresses from a sheet of gridpin on this machine: a file that is read in place. Nobody is asked.

The sheet has the doors of many states, and ranges of house numbers elsewhere, and does not say which is which: its
points are along the street. One is believed only at the house number and street that was asked for, for the engine
offers the likeliest instead. Package and sheet are optional: docs/settings.md, GRIDPIN_SHEET.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from localflavor.us.us_states import STATES_NORMALIZED

from clinics.geo import Coordinates
from clinics.imports.normalization import address_of, street_key, words_of
from clinics.locations.address_forms import Address
from clinics.locations.answers import Answer, Geocoder, GeocoderUnavailable
from clinics.models import AddressLookup

NAME = "gridpin"  # the value of settings.GEOCODER, and the source of its points
BATCH_SIZE = 200  # addresses of clinics between two commits
NO_HOUSE = "the sheet has no such house"
MOST_HITS = 5
OF_A_HOUSE = ("house", "interp")  # what the engine calls a house number that it has, and one between two
DIRECTIONS = {"n": "North", "s": "South", "e": "East", "w": "West"}
STREET_TYPES = {
    **{"ave": "Avenue", "blvd": "Boulevard", "cir": "Circle", "ct": "Court", "dr": "Drive", "hwy": "Highway"},
    **{"ln": "Lane", "pkwy": "Parkway", "pl": "Place", "rd": "Road", "sq": "Square", "st": "Street", "ter": "Terrace"},
}


class SheetUnavailable(GeocoderUnavailable):
    """The package or the sheet is not there; str() is one plain sentence for the operator."""


class Found(NamedTuple):
    """A house of the sheet, and how the sheet writes its address."""

    point: Coordinates
    address: Address


def is_chosen() -> bool:
    return settings.GEOCODER == NAME


def service() -> Geocoder:
    """For the addresses of clinics (geocoding.py)."""
    return Geocoder(NAME, ask, batch_size=BATCH_SIZE)


def ask(rows: Iterable[tuple[str, Address]]) -> Iterator[Answer]:
    for row, address in rows:
        if found := find(address):
            yield Answer(row, AddressLookup.Outcome.MATCH, "", str(found.address), found.point)
        else:
            yield Answer(row, AddressLookup.Outcome.NO_MATCH, NO_HOUSE)


def find(address: Address) -> Found | None:
    """The house at an address, None if the sheet does not have it. Raises SheetUnavailable."""
    sheet = open_sheet(settings.GRIDPIN_SHEET)
    for question in _questions(address):
        for hit in sheet.geocode(question, MOST_HITS):
            if _is_it(hit, address):
                return _found(hit, address)
    return None


@cache
def open_sheet(path: str) -> Any:
    """Takes no memory and a moment. A sheet that is replaced is read after a restart."""
    if not path:
        raise SheetUnavailable("GEOCODER=gridpin needs GRIDPIN_SHEET, the path of a sheet of the United States.")
    try:
        from gridpin import Geocoder
    except ImportError as error:
        raise SheetUnavailable(
            "GEOCODER=gridpin needs the package gridpin: pip install --require-hashes -r requirements/gridpin.txt."
        ) from error
    try:
        return Geocoder(path)
    except OSError as error:
        raise SheetUnavailable(f"GRIDPIN_SHEET={path} cannot be read: {error}.") from error


def _questions(address: Address) -> list[str]:
    """With the street written out, by ZIP code alone, as it is, and as the post office writes it: the quickest first.

    The engine compares whole words in a moment and abbreviations in some milliseconds; the post office's city is not
    always that of the sheet, and a sheet of few places takes "MA" for a part of the city's name.
    """
    street, city, _state, zip_code = address
    full, place = written_out(street), f"{city} {zip_code}".strip()
    asked = [f"{full}, {place}", f"{full}, {zip_code or place}", f"{street}, {place}", str(address)]
    return list(dict.fromkeys(asked if zip_code else reversed(asked)))


def written_out(street: str) -> str:
    """ "12 N Main St" as "12 North Main Street"."""
    words = [DIRECTIONS.get(word.casefold().strip("."), word) for word in street.split()]
    words[-1] = STREET_TYPES.get(words[-1].casefold().strip("."), words[-1])
    return " ".join(words)


def _is_it(hit: dict[str, Any], asked: Address) -> bool:
    """Whether the engine found the house that was asked for, and not one that is only like it."""
    if hit["precision"] not in OF_A_HOUSE:
        return False
    region = hit.get("region", "")
    if region and STATES_NORMALIZED.get(region.casefold(), asked.state) != asked.state:
        return False
    if hit["postcode"] != asked.zip_code and words_of(hit["commune"]) != words_of(asked.city):
        return False
    return address_of(street_key(_street(hit), "")) == address_of(street_key(asked.street, ""))


def _street(hit: dict[str, Any]) -> str:
    return f"{hit.get('housenumber', '')} {hit['street']}".strip()


def _found(hit: dict[str, Any], asked: Address) -> Found:
    written = Address(_street(hit), hit["commune"] or asked.city, asked.state, hit["postcode"] or asked.zip_code)
    return Found(Coordinates(hit["lat"], hit["lon"]), written)
