"""Where each clinic stands: the one place that decides it, and the only writer of the columns of PointFields.

A point belongs to an address, whoever states it: a record of a list, a list read for its points alone, a geocoder, or
the pin of an owner or editor. The judge (judge.py) says which of them are believed; of those a pin comes first, then
the nearer to the door, then a list before a geocoder, then the newer. So nothing depends on what was imported first,
and to place a clinic again changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, dataclass
from itertools import groupby, islice
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from clinics.geo import Coordinates
from clinics.imports.derive import SOURCE_RANK, edition_age
from clinics.imports.normalization import address_of, street_key
from clinics.imports.readers import UNDATED
from clinics.locations import obstacles
from clinics.locations.judge import Candidate, Stated, Verdict, judge
from clinics.locations.known_places import KnownPlaces
from clinics.models import AddressPoint, Clinic, PointQuality
from clinics.models.clinic_queries import ClinicQuerySet
from clinics.models.points import LONGEST_ADDRESS, LONGEST_REASON
from core.csv import copy_rows

EDITOR, OWNER = "editor", "owner"  # the sources of pins
PINS = (OWNER, EDITOR)
LISTS = tuple(source.value for source in SOURCE_RANK)
QUALITY_RANK = (PointQuality.ZIP, PointQuality.STREET, PointQuality.ROOFTOP)
FEW = 50  # clinics, for which not every place is read
BATCH_ROWS = 2000
# The address of a clinic without a street: its own, so that nobody else's point is its.
NO_STREET = "clinic {pk}"
# The address of an owner's pin: the neighbors' owners neither move nor remove it, and a clinic that moves leaves it.
OWN_ADDRESS = "clinic {pk}: {address}"
# First of all, so that an import, which locks the table, does not wait for rows of one that waits for the table.
LOCK = "LOCK TABLE clinics_clinic IN ROW EXCLUSIVE MODE"

PLACING = ["clinic_id", "zip_code", "address", "own_address", "is_street", "is_private"]
CREATE_PLACING = """
    DROP TABLE IF EXISTS to_place;
    CREATE TEMPORARY TABLE to_place (
        clinic_id bigint PRIMARY KEY, zip_code text, address text, own_address text, is_street boolean,
        is_private boolean)
"""
CREATE_PLACED = """
    DROP TABLE IF EXISTS placed;
    CREATE TEMPORARY TABLE placed (
        clinic_id bigint PRIMARY KEY, latitude float8, longitude float8, point_quality text, point_source text,
        point_as_of text, point_address text, point_problem text)
"""
# A clinic that keeps its address private has a record with a street, if only of dashes; one of a list that prints no
# streets has none, and the point that such a list prints is meant for readers.
CANDIDATES = """
    CREATE TEMPORARY TABLE point_candidates ON COMMIT DROP AS
    SELECT p.clinic_id, 'street' AS quality, r.source::text, r.edition::text AS as_of,
           (r.row->>'latitude')::float8 AS latitude, (r.row->>'longitude')::float8 AS longitude
    FROM to_place p JOIN clinics_sourcerecord r
      ON r.zip_code = p.zip_code AND split_part(r.street_key, ' # ', 1) = p.address
    WHERE p.is_street AND r.row->>'latitude' IS NOT NULL
    UNION
    SELECT p.clinic_id, 'street', r.source, r.edition, (r.row->>'latitude')::float8, (r.row->>'longitude')::float8
    FROM to_place p JOIN clinics_sourcerecord r USING (clinic_id, zip_code)
    WHERE NOT p.is_street AND r.row->>'latitude' IS NOT NULL AND NOT EXISTS (
        SELECT FROM clinics_sourcerecord s WHERE s.clinic_id = p.clinic_id AND s.row->>'street' <> ''
        AND (p.zip_code <> '' OR s.street_key = ''))
    UNION
    SELECT p.clinic_id, a.quality, a.source, a.as_of, a.latitude, a.longitude
    FROM to_place p JOIN clinics_addresspoint a USING (zip_code, address)
    UNION
    SELECT p.clinic_id, a.quality, a.source, a.as_of, a.latitude, a.longitude
    FROM to_place p JOIN clinics_addresspoint a ON a.zip_code = p.zip_code AND a.address = p.own_address
"""
PLACED_BEFORE = """
    SELECT c.id, c.state, c.zip_code, c.county, c.city, p.address, p.is_street, p.is_private,
           c.latitude, c.longitude, c.point_quality, c.point_source, c.point_as_of, c.point_address, c.point_problem,
           n.quality, n.source, n.as_of, n.latitude, n.longitude
    FROM to_place p JOIN clinics_clinic c ON c.id = p.clinic_id LEFT JOIN point_candidates n USING (clinic_id)
    ORDER BY c.id
"""
MOVED = """
    SELECT c.id FROM placed n JOIN clinics_clinic c ON c.id = n.clinic_id
    WHERE (c.latitude, c.longitude) IS DISTINCT FROM (n.latitude, n.longitude) ORDER BY 1 LIMIT %s
"""
WRITE = """
    UPDATE clinics_clinic c
    SET latitude = n.latitude, longitude = n.longitude, point_quality = n.point_quality,
        point_source = n.point_source, point_as_of = n.point_as_of, point_address = n.point_address,
        point_problem = n.point_problem, updated_at = clock_timestamp()
    FROM placed n WHERE c.id = n.clinic_id
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """The columns of PointFields."""

    latitude: float | None = None
    longitude: float | None = None
    point_quality: str = ""
    point_source: str = ""
    point_as_of: str = ""
    point_address: str = ""
    point_problem: str = ""


def address_key(clinic: Clinic) -> tuple[str, str]:
    """The (ZIP code, address) under which points of the clinic's address are kept."""
    return clinic.zip_code, _address(clinic.pk, clinic.zip_code, clinic.street)


def pin_key(clinic: Clinic, source: str) -> tuple[str, str]:
    """The same for a pin: an editor's is of the address, an owner's of the own clinic there."""
    zip_code, address = address_key(clinic)
    return zip_code, _own_address(clinic.pk, address) if source == OWNER else address


def point_keys(clinic: Clinic) -> list[tuple[str, str]]:
    """Every key under which points of the clinic are kept."""
    return list(dict.fromkeys([address_key(clinic), pin_key(clinic, OWNER)]))


@transaction.atomic
def pin(clinic: Clinic, source: str, point: Coordinates | None) -> None:
    """Set the pin of an owner or editor, or take it away; then place again who may stand there.

    An owner's is the own clinic's alone. An editor's is of the address, and comes before it; an editor who takes the
    pin away takes the owner's too.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    # Of two at once the second waits, and replaces the first.
    list(
        Clinic.objects.select_for_update(no_key=True).filter(zip_code=clinic.zip_code).order_by("pk").values_list("pk")
    )
    replaced = PINS if source == EDITOR and point is None else (source,)
    for one in replaced:
        zip_code, address = pin_key(clinic, one)
        AddressPoint.objects.filter(zip_code=zip_code, address=address, source=one).delete()
    if point is not None:
        zip_code, address = pin_key(clinic, source)
        AddressPoint.objects.create(
            zip_code=zip_code,
            address=address,
            source=source,
            as_of=timezone.localdate().isoformat(),
            quality=PointQuality.ROOFTOP,
            latitude=point.latitude,
            longitude=point.longitude,
        )
    if source == EDITOR:
        place_addresses([address_key(clinic)])
    else:
        place_clinics([clinic.pk])


def pin_of(clinic: Clinic) -> Coordinates | None:
    for source in (EDITOR, OWNER):
        zip_code, address = pin_key(clinic, source)
        pins = AddressPoint.objects.filter(zip_code=zip_code, address=address, source=source)
        if found := pins.order_by("-as_of").first():
            return Coordinates(found.latitude, found.longitude)
    return None


def place_clinics(clinic_ids: Iterable[int] | None = None) -> int:
    """Decide again where these clinics stand, or all; returns how many stand elsewhere, or for another reason."""
    chosen = Clinic.objects.order_by("pk")
    if clinic_ids is not None:
        chosen = chosen.filter(pk__in=list(clinic_ids))
    return _place(chosen)


def place_addresses(keys: Iterable[tuple[str, str]]) -> int:
    """The same for the clinics at these addresses, each a ZIP code and a street as addresses are compared."""
    keys = set(keys)
    chosen = Clinic.objects.filter(zip_code__in={zip_code for zip_code, _address in keys}).order_by("pk")
    return _place(chosen, keys)


def _located(clinics: ClinicQuerySet, keys: Collection[tuple[str, str]] | None) -> Iterator[tuple[Any, ...]]:
    """The rows of `to_place`, of which nobody changes the address or decides the point until the transaction ends."""
    locked = clinics.select_for_update(no_key=True).values_list("pk", "zip_code", "street")
    for pk, zip_code, street in list(locked):
        address = _address(pk, zip_code, street)
        if keys is None or (zip_code, address) in keys:
            is_private = not address_of(street_key(street, ""))
            yield pk, zip_code, address, _own_address(pk, address), address != NO_STREET.format(pk=pk), is_private


def _address(pk: int, zip_code: str, street: str) -> str:
    """A street without a ZIP code may be in any town: then it is the clinic's own."""
    return (zip_code and address_of(street_key(street, ""))) or NO_STREET.format(pk=pk)


def _own_address(pk: int, address: str) -> str:
    own = NO_STREET.format(pk=pk)
    return own if address == own else OWN_ADDRESS.format(pk=pk, address=address)[:LONGEST_ADDRESS]


def _place(chosen: ClinicQuerySet, keys: Collection[tuple[str, str]] | None = None) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(CREATE_PLACING)
        rows = list(_located(chosen, keys))
        copy_rows(cursor, "to_place", PLACING, rows)
        cursor.execute("ANALYZE to_place")
        cursor.execute("DROP TABLE IF EXISTS point_candidates")
        cursor.execute(CANDIDATES)
        cursor.execute("ANALYZE point_candidates")
        cursor.execute(CREATE_PLACED)
        places = _places_of(cursor)
        for batch in _batches(_changed(places)):
            copy_rows(cursor, "placed", ["clinic_id", *Placed.__slots__], batch)
        cursor.execute(MOVED, [obstacles.FEW + 1])
        obstacles.find_soon([pk for (pk,) in cursor.fetchall()])
        # The triggers of words join the old and the new rows of a statement, by a plan that a session keeps from its
        # first update. If that was of no row, the plan is a nested loop: minutes for a whole directory.
        cursor.execute("DISCARD PLANS")
        cursor.execute(WRITE)
        changed: int = cursor.rowcount
        cursor.execute("DROP TABLE point_candidates, to_place, placed")
    return changed


def _places_of(cursor: CursorWrapper) -> KnownPlaces:
    """Every place, or for a few clinics those that they need."""
    cursor.execute(
        "SELECT c.state, c.zip_code, c.city, c.county FROM to_place p JOIN clinics_clinic c ON c.id = p.clinic_id"
        " LIMIT %s",
        [FEW + 1],
    )
    addresses = cursor.fetchall()
    if len(addresses) > FEW:
        return KnownPlaces.everywhere()
    if not addresses:
        return KnownPlaces()
    cursor.execute("SELECT latitude, longitude FROM point_candidates")
    return KnownPlaces.for_addresses(addresses, [Coordinates(*point) for point in cursor.fetchall()])


def _changed(places: KnownPlaces) -> Iterator[tuple[Any, ...]]:
    """The rows of `placed`: clinics that stand otherwise than before."""
    for (pk, *facts), rows in groupby(_stream(PLACED_BEFORE), key=lambda row: row[:15]):
        state, zip_code, county, city, address, is_street, is_private, *before = facts
        candidates = sorted((_candidate(row[15:]) for row in rows if row[15]), key=_rank, reverse=True)
        if is_private:  # a pin would publish the door of a clinic that keeps its address to itself
            candidates = [candidate for candidate in candidates if candidate.source not in PINS]
        verdict = judge(places, Stated(state, zip_code, county, city), candidates)
        placed = astuple(_as_columns(verdict, address if is_street else ""))
        if placed != tuple(before):
            yield (pk, *placed)


def _candidate(row: tuple[Any, ...]) -> Candidate:
    quality, source, as_of, latitude, longitude = row
    return Candidate(Coordinates(latitude, longitude), quality, source, as_of)


def _rank(candidate: Candidate) -> tuple[Any, ...]:
    """Sorts the better ones last."""
    source = candidate.source
    return (
        PINS.index(source) if source in PINS else -1,  # an editor's whatever the day
        QUALITY_RANK.index(PointQuality(candidate.quality)),
        source in LISTS,
        edition_age(candidate.as_of),
        LISTS.index(source) if source in LISTS else -1,
        source,
        candidate.point,
    )


def _as_columns(verdict: Verdict, address: str) -> Placed:
    problem = verdict.problem[:LONGEST_REASON]
    if verdict.point is None:
        return Placed(point_problem=problem)
    quality, as_of = PointQuality.ZIP.value, ""
    if verdict.candidate:
        quality, as_of = verdict.candidate.quality, verdict.candidate.as_of.removeprefix(UNDATED)
    at = address if quality != PointQuality.ZIP else ""
    return Placed(*verdict.point, quality, verdict.source, as_of, at, problem)


def _stream(sql: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, a few at a time."""
    with connection.connection.cursor(name="placing_stream") as cursor:
        cursor.itersize = BATCH_ROWS
        cursor.execute(sql)
        yield from cursor


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch
