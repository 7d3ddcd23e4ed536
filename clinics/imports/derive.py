"""What we say of a clinic: a pure function of what its sources say.

So it does not matter in which order files were imported, and an import can be taken back.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clinics.imports.normalization import is_withheld
from clinics.imports.rows import SUBSTANCE_USE
from clinics.imports.staging import stated_codes
from clinics.models import FactGroup, Service, ServiceCode, Source
from clinics.models.clinic import city_slug
from clinics.search import facets

# Of two records of one edition the one of the later source here counts more.
SOURCE_RANK = (
    Source.CMS_OTP,
    Source.SAMHSA_LOCATOR,
    Source.SAMHSA_OTP,
    Source.SAMHSA_DIRECTORY,
    Source.FINDTREATMENT,
)
# Lists that state one thing, the certification, and nothing of what else a program offers.
CERTIFICATION_SOURCES = (Source.SAMHSA_OTP, Source.CMS_OTP)

CONTACT_FIELDS = (
    *("name", "name_detail", "street", "street_detail", "city", "city_slug", "state", "zip_code", "zip4", "county"),
    *("phone", "intake_phones", "website", "latitude", "longitude", "is_approximate"),
)
SERVICE_FIELDS = ("service_ids", "other_services", *facets.STORED)
LONGEST_OTHER = 200

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Record:
    """A SourceRecord with the points that are known for its address and its ZIP."""

    source: str
    edition: str
    directory: str
    record_key: str
    street_key: str
    row: Mapping
    address_point: Point | None  # of that street address, in any record of any clinic
    zip_point: Point | None

    @property
    def age(self) -> tuple:
        """Sorts newer and better records last."""
        return (
            *edition_age(self.edition),
            SOURCE_RANK.index(self.source),
            self.directory == SUBSTANCE_USE,
            self.record_key,
        )

    @property
    def is_withheld(self) -> bool:
        return is_withheld(self.row["street"])

    @property
    def own_point(self) -> Point | None:
        return None if self.row["latitude"] is None else (self.row["latitude"], self.row["longitude"])

    @property
    def states_services(self) -> bool:
        return self.row["codes"] is not None or self.row["meanings"] is not None


@dataclass(frozen=True, slots=True)
class Facts:
    columns: dict  # of Clinic
    vouchers: dict[str, tuple[str, str]] = field(default_factory=dict)  # {fact group: (source, edition)}


class CodeBook:
    """What codes mean, and what services count towards: read once, for it is asked a million times."""

    def __init__(self):
        self.by_id = Service.objects.in_bulk()
        self.facet_of = {pk: service.facet for pk, service in self.by_id.items() if service.facet}
        self.editions: dict[str, dict[str, int]] = defaultdict(dict)  # {edition: {code: primary key of Service}}
        for edition, code, pk in ServiceCode.objects.values_list("edition", "code", "service"):
            self.editions[edition][code] = pk

    def service_columns(self, service_ids: set[int], other: Sequence[str]) -> dict:
        stated = {self.facet_of[pk] for pk in service_ids if pk in self.facet_of}
        return {"service_ids": sorted(service_ids), "other_services": list(other), **facets.masks(stated)}


def edition_age(edition: str) -> tuple[bool, str]:
    """Sorts editions, years and days, from old to new; one that tells no date is the oldest."""
    return edition[:1].isdigit(), edition


def derive(records: Sequence[Record], codebook: CodeBook, newest: Mapping[str, str]) -> Facts:
    """The facts of the clinic that all `records` describe, whatever their order.

    `newest`: {source: its newest whole edition}; a certification counts only if that edition still lists it.
    """
    latest_first = sorted(records, key=lambda record: record.age, reverse=True)
    contact = next((record for record in latest_first if record.row["street"]), latest_first[0])
    service_ids, other, voucher = _services(latest_first, codebook, newest)
    columns = _contact(contact, latest_first) | _place(contact, latest_first)
    columns |= codebook.service_columns(service_ids, other)
    vouchers = {FactGroup.CONTACT: (contact.source, contact.edition)}
    if voucher:
        vouchers[FactGroup.SERVICES] = (voucher.source, voucher.edition)
        if voucher.source not in CERTIFICATION_SOURCES:
            vouchers[FactGroup.PAYMENT] = (voucher.source, voucher.edition)
    return Facts(columns, vouchers)


def _contact(contact: Record, latest_first: Sequence[Record]) -> dict:
    """Name and address as one record states them; what it leaves out, as the next one does."""
    row, ours = contact.row, [contact, *latest_first]
    same_zip = [record.row for record in ours if record.row["zip_code"] == row["zip_code"]]
    same_door = [record.row for record in ours if record.street_key == contact.street_key and not contact.is_withheld]

    def first(rows, name, default=""):
        return next((row[name] for row in rows if row[name]), default)

    everywhere = [record.row for record in ours]
    return {
        "name": row["name"],
        "name_detail": row["name_detail"],
        "street": "" if contact.is_withheld else row["street"],
        "street_detail": "" if contact.is_withheld else row["street_detail"],
        "city": row["city"],
        "city_slug": city_slug(row["city"]),
        "state": row["state"],
        "zip_code": row["zip_code"],
        "zip4": row["zip4"] or first(same_door, "zip4"),
        "county": row["county"] or first(same_zip, "county"),
        "phone": first(everywhere, "phone"),
        "intake_phones": list(first(everywhere, "intake_phones", ())),
        "website": first(everywhere, "website"),
    }


def _place(contact: Record, latest_first: Sequence[Record]) -> dict:
    """The point of the address, if any list has one; else that of the ZIP, said to be approximate."""
    point, is_approximate = None, False
    if contact.street_key:
        point = contact.own_point or contact.address_point
    elif not contact.is_withheld:  # a list that prints points, but no streets
        alike = [record for record in [contact, *latest_first] if not record.row["street"]]
        points = [record.own_point for record in alike if record.row["zip_code"] == contact.row["zip_code"]]
        point = next((point for point in points if point), None)
    if point is None:
        point = contact.zip_point or contact.own_point
        is_approximate = point is not None
    latitude, longitude = point or (None, None)
    return {"latitude": latitude, "longitude": longitude, "is_approximate": is_approximate}


def _services(latest_first: Sequence[Record], codebook: CodeBook, newest: Mapping[str, str]):
    """(service ids, texts that the code book does not know, the record that vouches): the newest list that states
    services, both its halves, and the certification of the lists of certified programs."""
    stating = [record for record in latest_first if record.states_services]
    full = [record for record in stating if record.source not in CERTIFICATION_SOURCES]
    certified = [
        record
        for record in stating
        if record.source in CERTIFICATION_SOURCES
        and edition_age(record.edition) >= edition_age(newest.get(record.source, ""))
    ]
    used = [record for record in full if (record.source, record.edition) == (full[0].source, full[0].edition)]
    service_ids, other = set(), set()
    for record in [*used, *certified]:
        meaning_of = codebook.editions[record.row["codebook"]]
        for code in stated_codes(record.row):
            if code in meaning_of:
                service_ids.add(meaning_of[code])
            else:
                other.add(code[:LONGEST_OTHER])
    return service_ids, sorted(other), next(iter([*used, *certified]), None)
