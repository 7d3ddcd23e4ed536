"""The geocoders of geopy, one address at a time. The only module that asks one."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderInsufficientPrivileges,
    GeocoderNotFound,
    GeocoderQuotaExceeded,
    GeocoderTimedOut,
    GeopyError,
)
from geopy.geocoders import get_geocoder_for_service

from clinics.geo import Coordinates
from clinics.locations.address_forms import Address
from clinics.locations.answers import Answer, Geocoder, GeocoderUnavailable
from clinics.models import AddressLookup, PointQuality

TIMEOUT_SECONDS = 10
PAUSE_SECONDS = 1  # what OpenStreetMap's Nominatim asks for: at most one request a second, with a name of one's own
QUESTIONS: dict[str, dict[str, Any]] = {"nominatim": {"addressdetails": True}}  # else it does not say what it found
NO_HOUSE = "the answer is no house but a street, a ZIP code or a city"
OTHER_HOUSE = "the answer is another house"
NOWHERE = "the geocoder knows no such address"
BROKEN = "the answer is none that we understand"
# What a library raises that takes an answer apart which has another shape, or numbers that are no place on earth.
OF_A_BROKEN_ANSWER = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
# Why it did not answer. Never the text of the error: it has the URL, and with it the key of GEOCODER_OPTIONS.
KINDS = (
    (GeocoderTimedOut, "it took too long"),
    (GeocoderQuotaExceeded, "it was asked too often"),
    ((GeocoderAuthenticationFailure, GeocoderInsufficientPrivileges), "it does not accept GEOCODER_OPTIONS"),
)
# What two services say of their points: Google, "location_type"; ArcGIS, "Addr_type".
QUALITY_WORDS = {
    "ROOFTOP": PointQuality.ROOFTOP,
    "RANGE_INTERPOLATED": PointQuality.STREET,
    "GEOMETRIC_CENTER": None,
    "APPROXIMATE": None,
    "PointAddress": PointQuality.ROOFTOP,
    "Subaddress": PointQuality.ROOFTOP,
    "StreetAddress": PointQuality.STREET,
}


def service() -> Geocoder:
    """The geocoder of settings.GEOCODER. Raises GeocoderUnavailable if geopy knows none of that name."""
    try:
        get_geocoder_for_service(settings.GEOCODER)
    except GeocoderNotFound as error:
        raise GeocoderUnavailable(f"GEOCODER={settings.GEOCODER}: no geocoder has that name.") from error
    return Geocoder(settings.GEOCODER, ask, pause_seconds=PAUSE_SECONDS)


def ask(rows: Iterable[tuple[str, Address]]) -> Iterator[Answer]:
    """Callers pace themselves. Raises GeocoderUnavailable, perhaps after some answers."""
    try:
        geocoder = get_geocoder_for_service(settings.GEOCODER)(timeout=TIMEOUT_SECONDS, **settings.GEOCODER_OPTIONS)
    except (GeopyError, OSError, TypeError, ValueError) as error:  # TypeError: GEOCODER_OPTIONS lack a key, say
        raise _unavailable(error) from None
    for row, address in rows:
        yield _asked(geocoder, row, address)


def _asked(geocoder: Any, row: str, address: Address) -> Answer:
    """An answer that cannot be read is the matter of its address: the others are asked for."""
    try:
        found = geocoder.geocode(str(address), **QUESTIONS.get(settings.GEOCODER, {}))
        return _answer(row, address, found) if found else Answer(row, AddressLookup.Outcome.NO_MATCH, NOWHERE)
    except (GeopyError, OSError) as error:
        raise _unavailable(error) from None
    except OF_A_BROKEN_ANSWER:
        return Answer(row, AddressLookup.Outcome.REFUSED, BROKEN)


def _unavailable(error: Exception) -> GeocoderUnavailable:
    kind = next((words for kinds, words in KINDS if isinstance(error, kinds)), type(error).__name__)
    return GeocoderUnavailable(f"The geocoder {settings.GEOCODER} did not answer: {kind}.")


def _answer(row: str, address: Address, found: Any) -> Answer:
    raw, text = found.raw or {}, str(found.address or "")
    if _is_another_house(raw, address):
        return Answer(row, AddressLookup.Outcome.REFUSED, OTHER_HOUSE, text)
    if quality := _quality(raw, text, address):
        point = Coordinates(found.latitude, found.longitude)
        return Answer(row, AddressLookup.Outcome.MATCH, "", text, point, quality)
    return Answer(row, AddressLookup.Outcome.REFUSED, NO_HOUSE, text)


def _is_another_house(raw: dict[str, Any], asked: Address) -> bool:
    """Whether Nominatim gives the neighbor's house, as it does where the map lacks the one that was asked for."""
    if not isinstance(raw.get("address"), dict) or "house_number" not in raw["address"]:
        return False
    return str(raw["address"]["house_number"]).casefold() != _house(asked).casefold()


def _house(asked: Address) -> str:
    return asked.street.partition(" ")[0]


def _quality(raw: dict[str, Any], text: str, asked: Address) -> PointQuality | None:
    """What the service says of its point; None for one of a whole street, a ZIP code or a city.

    The building only if it says so. A service that says nothing has to repeat the house number.
    """
    for part, name in (("geometry", "location_type"), ("attributes", "Addr_type")):
        if isinstance(raw.get(part), dict) and name in raw[part]:
            return QUALITY_WORDS.get(raw[part][name])
    if isinstance(raw.get("address"), dict):  # of Nominatim
        if "house_number" not in raw["address"]:
            return None
        is_building = "building" in (raw.get("class"), raw.get("category"), raw.get("addresstype"))
        return PointQuality.ROOFTOP if is_building else PointQuality.STREET
    return PointQuality.STREET if _house(asked) in text.replace(",", " ").split() else None
