"""The fields of a clinic as its sources state them: a pure function of its records.

So the order in which files were imported does not matter, and an import can be undone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from clinics.imports.fields import PHONE_FIELDS, STATED_FIELDS, Fallback
from clinics.imports.names import display_name
from clinics.imports.normalization import is_withheld, place_key
from clinics.imports.plausibility import without_implausible_ages
from clinics.imports.rows import SUBSTANCE_USE, FacilityRow
from clinics.imports.staging import stated_codes
from clinics.models import FactGroup, Service, ServiceCode, Source
from clinics.models.clinic import city_slug
from clinics.models.services import columns_of
from clinics.search.statements import ALCOHOL, NALTREXONE, TREATS_ALCOHOL, denied_keys

# Of two records of one edition the one of the later source here counts more.
SOURCE_RANK = (
    Source.OTHER_LIST,
    Source.CMS_OTP,
    Source.SAMHSA_LOCATOR,
    Source.SAMHSA_OTP,
    Source.SAMHSA_DIRECTORY,
    Source.FINDTREATMENT,
)
# Lists that state one thing, the certification, and nothing of what else a program offers.
CERTIFICATION_SOURCES = (Source.SAMHSA_OTP, Source.CMS_OTP)
LONGEST_OTHER_SERVICE = 200

UNSTATED = {field.name: field.default for field in fields(FacilityRow)}


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A SourceRecord, as far as the fields of its clinic follow from it."""

    source: str
    edition: str
    directory: str
    record_key: str
    street_key: str
    row: Mapping[str, Any]

    @property
    def age(self) -> tuple[bool, str, int, bool, str]:
        """Sorts newer and better records last."""
        return (
            *edition_age(self.edition),
            SOURCE_RANK.index(Source(self.source)),
            self.directory == SUBSTANCE_USE,
            self.record_key,
        )

    @property
    def is_withheld(self) -> bool:
        return is_withheld(self.row["street"])

    @property
    def states_services(self) -> bool:
        return self.row["codes"] is not None or self.row["meanings"] is not None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A stated no, and what a record states against it: another source, or the same one."""

    denials: tuple[int, ...]  # service ids, as the others
    statements: tuple[int, ...]
    source: str
    edition: str


@dataclass(frozen=True, slots=True)
class DerivedFields:
    columns: dict[str, Any]  # of Clinic
    provenance: dict[str, tuple[str, str]] = field(default_factory=dict)  # {fact group: (source, edition)}
    dispute: Dispute | None = None
    printed_names: frozenset[tuple[str, str]] = frozenset()  # name and detail as the records print them


class CodeBook:
    """What codes mean, and what services count towards. Read once: an import looks into it a million times."""

    def __init__(self) -> None:
        self.by_id = Service.objects.in_bulk()
        self.editions: dict[str, dict[str, int]] = defaultdict(dict)  # {edition: {code: primary key of Service}}
        for edition, code, pk in ServiceCode.objects.values_list("edition", "code", "service"):
            self.editions[edition][code] = pk

    def read(self, record: "StoredRecord") -> tuple[set[int], set[str]]:
        """(ids of the services that a record states, codes that the code book does not know)."""
        meaning_of = self.editions[record.row["codebook"]]
        codes = set(stated_codes(record.row))
        return {meaning_of[code] for code in codes if code in meaning_of}, codes - meaning_of.keys()

    def contradictions(self, denied: Iterable[int], stated: Iterable[int]) -> list[int]:
        """Which of the services `stated` say yes where those `denied` say no, about opioids.

        Naltrexone treats alcohol use disorder too, so it contradicts only a clinic that treats neither, and so does a
        medicine that is not named.
        """
        no = frozenset[str]().union(*(self.by_id[pk].denied for pk in denied))
        explained = frozenset[str]() if TREATS_ALCOHOL in no else NALTREXONE
        refused = denied_keys(no).difference(ALCOHOL)
        services = (self.by_id[pk] for pk in sorted(stated))
        return [service.pk for service in services if not service.denied and not service.stated & refused <= explained]

    def service_columns(self, service_ids: set[int], other: Sequence[str]) -> dict[str, Any]:
        """The columns of Clinic that these services make, those that are a stated no among them."""
        known = (self.by_id[pk] for pk in service_ids if pk in self.by_id)
        return {"other_services": list(other), **columns_of(known)}


def edition_age(edition: str) -> tuple[bool, str]:
    """Sorts editions, years and days, from old to new; one without a date is the oldest."""
    return edition[:1].isdigit(), edition


def derive(records: Sequence[StoredRecord], codebook: CodeBook, newest: Mapping[str, str]) -> DerivedFields:
    """The fields of the clinic that all `records` describe, whatever their order.

    `newest`: {source: its newest whole edition}; a certification counts only if that edition still lists it.
    """
    latest_first = sorted(records, key=lambda record: record.age, reverse=True)
    contact = next((record for record in latest_first if record.row["street"]), latest_first[0])
    full, certified = _stating(latest_first, newest)
    used = [record for record in full if (record.source, record.edition) == (full[0].source, full[0].edition)]
    service_ids, other = _services([*used, *certified], codebook)
    service_ids = without_implausible_ages(service_ids, codebook.by_id)
    stated_by = next(iter([*used, *certified]), None)
    columns = _contact(contact, latest_first)
    columns |= codebook.service_columns(service_ids, other)
    columns["place_key"] = place_key(columns["name"], columns["street"], columns["zip_code"])
    provenance: dict[str, tuple[str, str]] = {FactGroup.CONTACT: (contact.source, contact.edition)}
    if stated_by:
        provenance[FactGroup.SERVICES] = (stated_by.source, stated_by.edition)
        if stated_by.source not in CERTIFICATION_SOURCES:
            provenance[FactGroup.PAYMENT] = (stated_by.source, stated_by.edition)
    dispute = _dispute(columns["denied_service_ids"], [*certified, *_latest_of_each_source(full)], codebook)
    printed_names = frozenset((record.row["name"], record.row["name_detail"]) for record in records)
    return DerivedFields(columns, provenance, dispute, printed_names)


def _contact(contact: StoredRecord, latest_first: Sequence[StoredRecord]) -> dict[str, Any]:
    """Name and address as one record states them; a gap is filled by the next record that may fill it."""
    records = [contact, *latest_first]
    fallbacks = {
        Fallback.NONE: [contact],
        Fallback.SAME_DOOR: [
            record
            for record in records
            if record is contact or (record.street_key == contact.street_key and not contact.is_withheld)
        ],
        Fallback.SAME_ZIP: [record for record in records if record.row["zip_code"] == contact.row["zip_code"]],
        Fallback.ANY: records,
        Fallback.TOGETHER: [_with_phones(records)],
    }
    columns = {field.name: _first_stated(field.name, fallbacks[field.fallback]) for field in STATED_FIELDS}
    columns["name"], columns["name_detail"] = display_name(columns["name"], columns["name_detail"], columns["city"])
    columns["city_slug"] = city_slug(columns["city"])
    if contact.is_withheld:
        columns["street"] = columns["street_detail"] = ""
    return columns


def _with_phones(records: Sequence[StoredRecord]) -> StoredRecord:
    """The record whose numbers are the clinic's: a line of an older list never stands beside a number of a newer one.

    One with words alone ("211") counts only if no record has a number.
    """
    numbers = [name for name in PHONE_FIELDS if name != "phone_as_written"]
    stating = (record for names in (numbers, PHONE_FIELDS) for record in records if any(map(record.row.get, names)))
    return next(stating, records[0])


def _first_stated(name: str, records: Sequence[StoredRecord]) -> Any:
    stated = [record.row.get(name) for record in records]  # a record that is older than the field does not have it
    return next((value for value in stated if value), UNSTATED[name])


def _stating(
    latest_first: Sequence[StoredRecord], newest: Mapping[str, str]
) -> tuple[list[StoredRecord], list[StoredRecord]]:
    """(records that state services, certifications that the newest list of certified programs still has).

    The services of a clinic are those of the newest list, both its halves, and the certification.
    """
    stating = [record for record in latest_first if record.states_services]
    full = [record for record in stating if record.source not in CERTIFICATION_SOURCES]
    certified = [
        record
        for record in stating
        if record.source in CERTIFICATION_SOURCES
        and edition_age(record.edition) >= edition_age(newest.get(record.source, ""))
    ]
    return full, certified


def _services(records: Sequence[StoredRecord], codebook: CodeBook) -> tuple[set[int], list[str]]:
    """(service ids, texts that the code book does not know)."""
    service_ids, other = set[int](), set[str]()
    for record in records:
        known, unknown = codebook.read(record)
        service_ids |= known
        other.update(code[:LONGEST_OTHER_SERVICE] for code in unknown)
    return service_ids, sorted(other)


def _latest_of_each_source(latest_first: Sequence[StoredRecord]) -> list[StoredRecord]:
    """Other sources than the newest before it: who contradicts itself is named only if nobody else contradicts."""
    editions = {record.source: record.edition for record in reversed(latest_first)}
    latest = [record for record in latest_first if editions[record.source] == record.edition]
    return sorted(latest, key=lambda record: record.source == latest_first[0].source)


def _dispute(denied: Sequence[int], records: Sequence[StoredRecord], codebook: CodeBook) -> Dispute | None:
    """The first of `records` that states what the services `denied` say no to."""
    about_opioids = tuple(pk for pk in denied if not codebook.by_id[pk].denied <= set(ALCOHOL))
    if not about_opioids:
        return None
    for record in records:
        stated, _unknown = codebook.read(record)
        if against := codebook.contradictions(denied, stated):
            return Dispute(about_opioids, tuple(against), record.source, record.edition)
    return None
