"""What a geocoder says of an address, whichever it is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from clinics.geo import Coordinates
from clinics.locations.address_forms import Address
from clinics.models import AddressLookup, PointQuality


class GeocoderUnavailable(Exception):  # noqa: N818 - what happened, not a fault of ours
    """It cannot be reached, or did not answer for all that it was asked; str() is one plain sentence."""


@dataclass(frozen=True)
class Answer:
    """Of one row: a point if the outcome is a match, else perhaps a reason."""

    row: str
    outcome: AddressLookup.Outcome
    reason: str = ""
    matched: str = ""  # the address that it found, as it writes it
    point: Coordinates | None = None
    quality: str = PointQuality.STREET


@dataclass(frozen=True)
class Geocoder:
    """Who is asked. `ask` takes (row, address), yields an Answer a row in any order, or raises GeocoderUnavailable.

    The name is the source of its points and the value of settings.GEOCODER.
    """

    name: str
    ask: Callable[[Iterable[tuple[str, Address]]], Iterator[Answer]]
    batch_size: int = 1  # addresses at once
    pause_seconds: float = 0  # in which it is left alone, between two times
