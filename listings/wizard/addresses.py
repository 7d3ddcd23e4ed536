"""Street addresses that owners type: kept as they are, compared in their normal form, and looked up.

The geocoder is asked in the background (clinics/locations/geocoding.py). What it answered is read here, for the page
that asks "Is it here?".
"""

from dataclasses import dataclass

from django.conf import settings

from clinics.geo import Coordinates
from clinics.imports.normalization import address_of, street_key
from clinics.locations import geocoding
from clinics.locations.lookups import lookups_at
from clinics.models import AddressLookup, AddressPoint
from clinics.models.points import QUALITIES

ADDRESS_FIELDS = ("street", "street_detail", "city", "state", "zip_code")
WAITING = (AddressLookup.Outcome.WAITING, AddressLookup.Outcome.SENT)


@dataclass(frozen=True)
class LookUp:
    """What is known of a typed address: its point, or why there is none."""

    point: Coordinates | None = None
    is_waiting: bool = False
    is_unknown: bool = False  # the geocoder was asked and knows no such house


def typed_address(practice: dict) -> dict[str, str]:
    """The address in the answers of a step, {field: [values]}, as it was typed."""
    return {name: " ".join("".join(practice.get(name) or [""][-1:]).split()) for name in ADDRESS_FIELDS}


def look_up(address: dict[str, str]) -> LookUp:
    """What the geocoder answered; a point that a list or a person states for the same address will do, too."""
    zip_code, key = address["zip_code"][:5], address_of(street_key(address["street"], address["street_detail"]))
    if not key:
        return LookUp()
    points = list(AddressPoint.objects.filter(zip_code=zip_code, address=key))
    if points:
        best = min(points, key=lambda point: (QUALITIES.index(point.quality), -point.pk))
        return LookUp(Coordinates(best.latitude, best.longitude))
    if not settings.GEOCODER:
        return LookUp()
    lookup = lookups_at(settings.GEOCODER, [(zip_code, key)]).get((zip_code, key))
    if lookup is None or lookup.outcome in WAITING:
        return LookUp(is_waiting=True)
    return LookUp(is_unknown=True)


def enqueue_look_up(address: dict[str, str]) -> None:
    """Ask for it after the commit, if there is a geocoder."""
    values = {name: address[name] for name in ADDRESS_FIELDS}
    geocoding.enqueue_typed(**values | {"zip_code": address["zip_code"][:5]})


def locate_clinic(clinic_id: int) -> str:
    """A job: ask the geocoder for the street address of a clinic."""
    return geocoding.geocode_clinic(clinic_id)
