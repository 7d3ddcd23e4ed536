"""Street addresses that owners type: in the spelling of the post office, and as points on the map."""

from scourgify import normalize_address_record
from scourgify.exceptions import AddressNormalizationError

from clinics.imports.normalization import street_key
from clinics.locations.geocoding import geocode_clinic

DIRECTIONS = {"N", "S", "E", "W", "NE", "NW", "SE", "SW"}
ADDRESS_FIELDS = ("street", "street_detail", "city", "state", "zip_code")


def normalized(address: dict) -> dict:
    """Street and detail as the USPS writes them, in usual letters; {} if the address is to stay as typed.

    It stays if it cannot be parsed, or if an import would take the new spelling for another street and would no longer
    find the clinic: "3292 CR 220", a county road, is not "3292 Crk 220".
    """
    record = {
        "address_line_1": address["street"],
        "address_line_2": address["street_detail"] or None,
        "city": address["city"],
        "state": address["state"],
        "postal_code": address["zip_code"],
    }
    try:
        found = normalize_address_record(record)
    except (AddressNormalizationError, ValueError):
        return {}
    street, detail = found["address_line_1"], found["address_line_2"] or ""
    if street_key(street, detail) != street_key(address["street"], address["street_detail"]):
        return {}
    return {"street": _usual_letters(street), "street_detail": _usual_letters(detail)}


def _usual_letters(text: str) -> str:
    """ "120 E NORTH AVE" as "120 E North Ave"."""
    return " ".join(word if word in DIRECTIONS else word.capitalize() for word in text.split())


def locate_clinic(clinic_id: int) -> str:
    """A job: ask the geocoder for the street address of a clinic."""
    return geocode_clinic(clinic_id)
