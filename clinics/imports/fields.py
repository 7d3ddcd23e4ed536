"""The fields of a clinic that an import writes: the one list that every step of it, the export and the admin read.

docs/how-to/column.md tells how to add one.
"""

from dataclasses import dataclass
from enum import Enum, auto

from clinics.search import facets


class Fallback(Enum):
    """Which other records of the clinic may fill a gap that the newest record with an address leaves."""

    NONE = auto()
    SAME_DOOR = auto()  # the same street, suite and ZIP
    SAME_ZIP = auto()
    ANY = auto()
    TOGETHER = auto()  # all such fields from one record: the newest that states a number that can be called


@dataclass(frozen=True, slots=True)
class ContactField:
    """A column of Clinic that a record states in the field of the same name, unless `is_derived`."""

    name: str
    fallback: Fallback = Fallback.NONE
    is_derived: bool = False  # follows from what is stated: see clinics/imports/derive.py
    is_compared: bool = True  # a list that states it otherwise than a person confirmed is shown to an editor


CONTACT = (
    ContactField("name"),
    ContactField("name_detail"),
    ContactField("street"),
    ContactField("street_detail"),
    ContactField("city"),
    ContactField("city_slug", is_derived=True, is_compared=False),
    ContactField("state"),
    ContactField("zip_code"),
    ContactField("zip4", Fallback.SAME_DOOR, is_compared=False),
    ContactField("county", Fallback.SAME_ZIP, is_compared=False),
    ContactField("place_key", is_derived=True, is_compared=False),
    ContactField("phone", Fallback.TOGETHER),
    ContactField("other_phones", Fallback.TOGETHER),
    ContactField("intake_phones", Fallback.TOGETHER),
    ContactField("hotlines", Fallback.TOGETHER),
    ContactField("phone_as_written", Fallback.TOGETHER, is_compared=False),
    ContactField("website", Fallback.ANY),
)
CONTACT_FIELDS = tuple(field.name for field in CONTACT)
STATED_FIELDS = tuple(field for field in CONTACT if not field.is_derived)
PHONE_FIELDS = tuple(field.name for field in CONTACT if field.fallback is Fallback.TOGETHER)
COMPARED_FIELDS = tuple(field.name for field in CONTACT if field.is_compared)
# What an export states and an editor may change: all but what always follows from another field.
EDITABLE_FIELDS = tuple(name for name in CONTACT_FIELDS if name not in ("city_slug", "place_key"))
SERVICE_FIELDS = ("service_ids", "denied_service_ids", "other_services", *facets.MASKS)
DERIVED_FIELDS = (*CONTACT_FIELDS, *SERVICE_FIELDS)
