"""Loads files of the register of NPIs into the tables of this machine: main, practice-location and other-name files.

Safe to run again: a provider is written again by its number, a place by its number, street and ZIP code. A weekly
file brings what changed in that week. The columns: clinics/verification/nppes.py.
"""

import csv
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from django.db import transaction

from clinics.models import RegisteredPlace, RegisteredProvider
from clinics.npi import is_npi
from clinics.postal_codes import POSTAL_CODES
from clinics.verification.nppes import PRIMARY, SECONDARY, NppesUnavailable, is_active, plain_heading
from core.phones import NotAPhone, normalise_phone

ROWS_AT_ONCE = 2_000
TAXONOMIES = 15  # groups of columns in a main file
MAIN, PLACES, NAMES = (
    "provider organization name legal business name",
    f"{SECONDARY} address line 1",
    "provider other organization name",
)
Read = Callable[..., str]


def load(path: Path) -> tuple[int, int]:
    """(providers, places) that were written. Raises NppesUnavailable for any other file."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        columns = {plain_heading(heading): place for place, heading in enumerate(next(rows, []))}
        if "npi" not in columns or not columns.keys() & {MAIN, PLACES, NAMES}:
            raise NppesUnavailable(f"{path} is no main, practice-location or other-name file of NPPES.")
        providers = places = 0
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            reads = [_reader(row, columns) for row in batch]
            reads = [read for read in reads if is_npi(read("npi"))]
            with transaction.atomic():
                if MAIN in columns:
                    providers += _write_main(reads)
                elif NAMES in columns:
                    providers += _write_names(reads)
                places += _write_places(reads, PRIMARY if MAIN in columns else SECONDARY)
        return providers, places


def _reader(row: list[str], columns: dict[str, int]) -> Read:
    def read(*headings: str) -> str:
        """The first of these columns that the file has; a blank one where it has none."""
        for heading in headings:
            if (place := columns.get(heading)) is not None and place < len(row):
                return row[place].strip()
        return ""

    return read


def _write_main(reads: list[Read]) -> int:
    gone = [read("npi") for read in reads if not _is_active(read)]
    RegisteredProvider.objects.filter(npi__in=gone).delete()
    RegisteredPlace.objects.filter(npi__in=gone).delete()
    fields = ("name", "is_person", "credentials", "taxonomy", "license_number", "license_state")
    return _upsert({read("npi"): _provider(read) for read in reads if _is_active(read)}, fields)


def _write_names(reads: list[Read]) -> int:
    named = {read("npi"): RegisteredProvider(npi=read("npi"), other_name=read(NAMES)[:200]) for read in reads}
    return _upsert(named, ("other_name",))


def _upsert(providers: dict[str, RegisteredProvider], fields: tuple[str, ...]) -> int:
    """Write these fields; the others of a provider that is known stay."""
    known = RegisteredProvider.objects.in_bulk(providers)
    written = []
    for npi, provider in providers.items():
        row = known.get(npi, provider)
        for name in fields:
            setattr(row, name, getattr(provider, name))
        row.searched = f"{row.name} {row.other_name}".strip().upper()
        written.append(row)
    providers_written = RegisteredProvider.objects.bulk_create(
        written, update_conflicts=True, unique_fields=["npi"], update_fields=[*fields, "searched"]
    )
    return len(providers_written)


def _is_active(read: Read) -> bool:
    return is_active(read("npi deactivation date"), read("npi reactivation date"))


def _provider(read: Read) -> RegisteredProvider:
    person = f"{read('provider first name')} {read('provider last name legal name')}".strip()
    groups = range(1, TAXONOMIES + 1)
    main = next((n for n in groups if read(f"healthcare provider primary taxonomy switch {n}") == "Y"), 1)
    state = read(f"provider license number state code {main}")
    return RegisteredProvider(
        npi=read("npi"),
        name=(read(MAIN) or person)[:200],
        is_person=read("entity type code") == "1",
        credentials=read("provider credential text")[:60],
        taxonomy=read(f"healthcare provider taxonomy code {main}")[:10],
        license_number=read(f"provider license number {main}")[:40],
        license_state=state if state in POSTAL_CODES else "",
    )


def _write_places(reads: list[Read], prefix: str) -> int:
    places = {}
    for read in reads:
        ordinal = {"1": "first", "2": "second"}
        street, detail = (
            read(f"{prefix} address line {line}", f"provider {ordinal[line]} line business practice location address")
            for line in ordinal
        )
        state = read(f"{prefix} state name", f"{prefix} state code")
        if not street or state not in POSTAL_CODES or not _is_active(read):
            continue
        place = RegisteredPlace(
            npi=read("npi"),
            street=street[:200],
            street_detail=detail[:200],
            city=read(f"{prefix} city name")[:80],
            state=state,
            zip_code=read(f"{prefix} postal code")[:5],
            phone=_phone(read(f"{prefix} telephone number")),
        )
        places[place.npi, place.street, place.zip_code] = place
    places_written = RegisteredPlace.objects.bulk_create(
        places.values(),
        update_conflicts=True,
        unique_fields=["npi", "street", "zip_code"],
        update_fields=["street_detail", "city", "state", "phone"],
    )
    return len(places_written)


def _phone(text: str) -> str:
    try:
        return normalise_phone(text)[:30]
    except NotAPhone:
        return ""
