"""Record linkage: which clinic a row describes.

Rules in order; the first one that matches decides. In each, a clinic is matched to one row of a file and directory
only, since two rows of one list are two clinics:
1. the same name, street and ZIP in any edition of the same source,
2. the same name, street and ZIP in another source, or in the other half of the file,
3. similar names at one place, as `classify` compares them.

A pair is a match, a possible match, which a person decides, or a non-match. Blocking, the choice of the pairs that are
compared at all, is the query CANDIDATES. Measured on the real files (tests/data/pairs.csv): docs/imports.md.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from enum import Enum

from django.db.backends.utils import CursorWrapper
from psycopg2.extras import execute_values

from clinics.geo import METRES_PER_MILE, POINT_IN_SPACE_SQL
from clinics.imports import normalization
from clinics.imports.staging import BATCH_ROWS, batches, stream
from clinics.models import Clinic
from core.csv import copy_rows

UNCHANGED = "unchanged"
SAME_RECORD = "same name, street and ZIP in the same source"
SAME_ADDRESS = "same name, street and ZIP"
SAME_BUILDING = "same name and building, another door"
SIMILAR_ADDRESS = "similar name at the same address"
SIMILAR_STREET = "similar name, same house number, street written otherwise"
SIMILAR_PHONE = "similar name, same phone and house number, another ZIP"
SIMILAR_NEAR = "similar name within 200 metres"
NEW = "new"

NEAR_METRES = 200
# A number that more clinics share belongs to a call centre: it identifies an organization, not a place.
CROWDED_PHONE = 20
CROWDED_ADDRESS = 100

# Similarity of names (pg_trgm, 0 to 1) from which a pair at one place is a match ...
SIMILARITY_ALONE = 0.5  # no other clinic there has a similar name
SIMILARITY_ALONE_AT_DOOR = 0.4  # and the suite or floor is the same
SIMILARITY_ALONE_WITH_PHONE = 0.3  # and the phone is the same
SIMILARITY_BESIDE_SIBLINGS = 0.75  # siblings, the programs of one owner under one roof, have similar names
SIMILARITY_SIBLING = 0.4
SIMILARITY_ACROSS_STREETS = 0.6  # the house number is the same, the street is spelled differently
SIMILARITY_NEAR = 0.75
# ... from which it is a possible match, and by how much a match must beat the next pair.
SIMILARITY_POSSIBLE = 0.3
SIMILARITY_MOVED = 0.9
STREET_SIMILARITY = 0.4
MARGIN = 0.1

# Words that make two names two programs: if both names have words of one kind, they must share a number of it.
CONFLICTING_WORDS = (
    {
        "inpatient": 1,
        "residential": 1,
        "residence": 1,
        "detox": 2,
        "detoxification": 2,
        "withdrawal": 2,
        "outpatient": 3,
        "iop": 3,
        "intensive": 3,
    },
    {"men": 1, "male": 1, "women": 2, "female": 2},
    {"adolescent": 1, "adolescents": 1, "youth": 1, "child": 1, "children": 1, "teen": 1, "adult": 2, "adults": 2},
    {"methadone": 1, "otp": 1, "mmtp": 1, "opioid": 1, "mat": 1, "prevention": 2, "dui": 3, "court": 4},
)
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}

CREATE_KNOWN = f"""
    DROP TABLE IF EXISTS known;
    CREATE TEMPORARY TABLE known (
        id bigserial PRIMARY KEY, clinic_id bigint, source text, edition text, directory text, record_key text,
        name_key text, street_key text, address text, house text, zip_code text, phone text,
        latitude float8, longitude float8, position cube GENERATED ALWAYS AS ({POINT_IN_SPACE_SQL}) STORED)
"""
FILL_KNOWN = """
    INSERT INTO known (clinic_id, source, edition, directory, record_key, name_key, street_key, address, house,
                       zip_code, phone, latitude, longitude)
    SELECT r.clinic_id, r.source, r.edition, r.directory, r.record_key, r.name_key, r.street_key,
           split_part(r.street_key, ' # ', 1), coalesce(substring(r.street_key FROM '^[0-9][^ ]*'), ''),
           r.zip_code, split_part(r.row->>'phone', ' ', 1),
           CASE WHEN r.street_key <> '' OR r.row->>'street' = '' THEN (r.row->>'latitude')::float8 END,
           CASE WHEN r.street_key <> '' OR r.row->>'street' = '' THEN (r.row->>'longitude')::float8 END
    FROM clinics_sourcerecord r
"""
INDEX_KNOWN = """
    CREATE INDEX ON known (record_key);
    CREATE INDEX ON known (zip_code, name_key);
    CREATE INDEX ON known (zip_code, address);
    CREATE INDEX ON known (zip_code, house);
    CREATE INDEX ON known (phone);
    CREATE INDEX ON known (clinic_id);
    CREATE INDEX ON known USING gist (position)
"""
KNOWN_COLUMNS = [
    *("clinic_id", "source", "edition", "directory", "record_key", "name_key", "street_key"),
    *("address", "house", "zip_code", "phone", "latitude", "longitude"),
]
ADD_MATCHED = f"""
    INSERT INTO known ({", ".join(KNOWN_COLUMNS)})
    SELECT clinic_id, %(source)s, %(edition)s, directory, record_key, name_key, street_key, address, house,
           zip_code, phone, latitude, longitude
    FROM staged WHERE directory = %(directory)s AND rule <> %(unchanged)s
"""  # noqa: S608 - our own column names

MARK_UNCHANGED = """
    UPDATE staged s SET clinic_id = r.clinic_id, rule = %(unchanged)s
    FROM clinics_sourcerecord r
    WHERE r.source = %(source)s AND r.edition = %(edition)s AND r.record_key = s.record_key
      AND r.content_hash = s.content_hash
"""
# Of several rows that match a clinic, the one that matches its newest record wins, then the first row.
MATCH_EXACTLY = """
    WITH matches AS (
        SELECT DISTINCT ON (s.n) s.n, k.clinic_id, k.edition
        FROM staged s JOIN known k ON {condition}
        WHERE s.clinic_id IS NULL AND s.directory = %(directory)s
          AND NOT EXISTS (SELECT FROM staged taken
                          WHERE taken.clinic_id = k.clinic_id AND taken.directory = %(directory)s)
        ORDER BY s.n, k.edition COLLATE "C" DESC, k.clinic_id),
    winners AS (
        SELECT DISTINCT ON (clinic_id) n, clinic_id FROM matches ORDER BY clinic_id, edition COLLATE "C" DESC, n)
    UPDATE staged s SET clinic_id = w.clinic_id, rule = %(rule)s FROM winners w WHERE w.n = s.n
"""
EXACT_RULES = {
    SAME_RECORD: "k.record_key = s.record_key AND k.source = %(source)s",
    SAME_ADDRESS: "k.zip_code = s.zip_code AND k.name_key = s.name_key AND k.street_key = s.street_key"
    " AND (s.street_key <> '' OR s.latitude IS NULL)",
}

# Blocking: each way to become a candidate is narrow enough for an index, and crowds are left out.
CANDIDATES = """
    WITH open AS NOT MATERIALIZED (SELECT * FROM staged WHERE clinic_id IS NULL AND directory = %(directory)s),
    crowds AS (
        SELECT zip_code, address FROM known WHERE address <> '' GROUP BY 1, 2
        HAVING count(DISTINCT clinic_id) > %(crowded_address)s),
    call_centres AS (
        SELECT phone FROM known GROUP BY phone HAVING count(DISTINCT clinic_id) > %(crowded_phone)s),
    pairs AS (
        SELECT o.n, k.id FROM open o JOIN known k USING (zip_code, address) WHERE address <> ''
        UNION
        SELECT o.n, k.id FROM open o JOIN known k USING (zip_code, house)
            WHERE house <> '' AND similarity(o.name_key, k.name_key) >= %(possible)s
        UNION
        SELECT o.n, k.id FROM open o JOIN known k USING (phone)
            WHERE phone <> '' AND phone NOT IN (SELECT phone FROM call_centres)
        UNION
        SELECT o.n, k.id FROM open o JOIN known k ON k.position <@ cube_enlarge(o.position, %(near_miles)s, 3)
            WHERE o.position IS NOT NULL
        UNION
        SELECT o.n, k.id FROM open o JOIN known k USING (zip_code)
            WHERE similarity(o.name_key, k.name_key) >= %(moved)s)
    SELECT o.n, k.clinic_id, o.name_key, k.name_key, similarity(o.name_key, k.name_key),
           o.address, k.address, o.zip_code = k.zip_code,
           o.house <> '' AND o.house = k.house, similarity(o.address, k.address),
           o.phone <> '' AND o.phone = k.phone, (o.position <-> k.position) * %(metres_per_mile)s,
           o.street_key = k.street_key AND o.street_key <> o.address,
           (SELECT count(*) FROM staged x WHERE x.directory = %(directory)s AND x.zip_code = o.zip_code
                AND x.address = o.address AND x.n <> o.n AND similarity(x.name_key, k.name_key) >= %(sibling)s)
           + (SELECT count(DISTINCT x.clinic_id) FROM known x WHERE x.zip_code = k.zip_code
                AND x.address = k.address AND x.clinic_id <> k.clinic_id
                AND similarity(x.name_key, o.name_key) >= %(sibling)s)
    FROM pairs JOIN staged o USING (n) JOIN known k USING (id)
    WHERE (k.zip_code, k.address) NOT IN (SELECT zip_code, address FROM crowds) AND NOT EXISTS (
        SELECT FROM staged taken WHERE taken.clinic_id = k.clinic_id AND taken.directory = %(directory)s)
    ORDER BY o.n, k.clinic_id, k.id
"""


class MatchStatus(Enum):
    MATCH = "match"
    POSSIBLE = "possible"
    NON_MATCH = "non-match"


@dataclass(frozen=True, slots=True)
class Pair:
    """A row and a clinic that may be one place, with the evidence for it."""

    n: int
    clinic_id: int
    our_name: str
    their_name: str
    name_similarity: float  # of the names, 0 to 1
    our_address: str
    their_address: str
    same_zip: bool
    same_house: bool
    street_similarity: float
    same_phone: bool
    metres: float | None
    same_door: bool  # both state a suite, floor or building, and it is the same
    siblings: int  # others at the address with a name like these, in the file and among the clinics we have

    @property
    def same_address(self) -> bool:
        return self.same_zip and self.our_address != "" and self.our_address == self.their_address

    @property
    def strength(self) -> float:
        return self.name_similarity + 0.2 * self.same_phone + 0.1 * self.same_address


def classify(pair: Pair) -> tuple[MatchStatus, str]:
    """Whether the pair is one place, and by which rule, or what a person should decide."""
    rule, needed = _place_of(pair)
    similarity = pair.name_similarity
    if rule:
        if names_conflict(pair.our_name, pair.their_name):
            return _possible_from(SIMILARITY_ALONE, similarity, f"{rule}, another program")
        if similarity >= needed:
            same_name = pair.our_name == pair.their_name
            return MatchStatus.MATCH, SAME_BUILDING if same_name and rule == SIMILAR_ADDRESS else rule
        return _possible_from(SIMILARITY_POSSIBLE, similarity, f"{rule}?")
    if pair.same_phone and similarity >= SIMILARITY_ACROSS_STREETS and (pair.same_zip or pair.metres is not None):
        return MatchStatus.POSSIBLE, "similar name and same phone, another street"
    if pair.same_zip:
        return _possible_from(SIMILARITY_MOVED, similarity, "same name in one ZIP, another street: moved?")
    return MatchStatus.NON_MATCH, ""


def _possible_from(least: float, similarity: float, reason: str) -> tuple[MatchStatus, str]:
    return (MatchStatus.POSSIBLE, reason) if similarity >= least else (MatchStatus.NON_MATCH, "")


def _place_of(pair: Pair) -> tuple[str, float]:
    """The rule by which both are at one place, and how similar their names must be; ("", 1) if they are not."""
    if pair.same_address:
        if pair.siblings:
            return SIMILAR_ADDRESS, SIMILARITY_BESIDE_SIBLINGS
        if pair.same_phone:
            return SIMILAR_ADDRESS, SIMILARITY_ALONE_WITH_PHONE
        return SIMILAR_ADDRESS, SIMILARITY_ALONE_AT_DOOR if pair.same_door else SIMILARITY_ALONE
    if pair.same_house and pair.street_similarity >= STREET_SIMILARITY:
        needed = SIMILARITY_BESIDE_SIBLINGS if pair.siblings else SIMILARITY_ACROSS_STREETS
        if pair.same_zip:
            return SIMILAR_STREET, needed
        if pair.same_phone:
            return SIMILAR_PHONE, needed
    # Two house numbers are two houses, however near, unless both have one phone.
    one_house = pair.same_house or pair.same_phone or not (pair.our_address and pair.their_address)
    if pair.metres is not None and pair.metres <= NEAR_METRES and one_house:
        return SIMILAR_NEAR, SIMILARITY_NEAR
    return "", 1.0


def names_conflict(one: str, other: str) -> bool:
    """Whether two names contradict each other: clinic 1 and clinic 2, men and women, inpatient and outpatient."""
    ours, theirs = one.split(), other.split()
    for kind in CONFLICTING_WORDS:
        if _differ({kind[word] for word in ours if word in kind}, {kind[word] for word in theirs if word in kind}):
            return True
    return _differ(numbers_in(ours), numbers_in(theirs))


def _differ(ours: Set[object], theirs: Set[object]) -> bool:
    """Both state something, and nothing in common."""
    return bool(ours and theirs and not ours & theirs)


def numbers_in(words: list[str]) -> set[str]:
    return {ROMAN.get(word, word) for word in words if word in ROMAN or re.fullmatch(r"[0-9]+[a-z]?", word)}


def resolve(pairs: Iterable[Pair]) -> tuple[dict[int, tuple[int, str]], list[tuple[Pair, str]]]:
    """({row: (clinic, rule)}, [(possible match, reason)]): one clinic for a row, and one row for a clinic.

    A pair is a match if it is clearly better than every other pair of its row and of its clinic; the rest are
    possible matches.
    """
    open_pairs, possible = _strongest_pairs(pairs)
    matches: dict[int, tuple[int, str]] = {}
    matched: set[int] = set()
    while best := _clearly_best(open_pairs):
        for pair, rule in best:
            matches[pair.n] = (pair.clinic_id, rule)
            matched.add(pair.clinic_id)
        open_pairs = [
            (pair, rule) for pair, rule in open_pairs if pair.n not in matches and pair.clinic_id not in matched
        ]
    possible = [(pair, reason) for pair, reason in possible if pair.n not in matches and pair.clinic_id not in matched]
    return matches, possible + [(pair, f"{rule}, but others fit as well") for pair, rule in open_pairs]


def _strongest_pairs(pairs: Iterable[Pair]) -> tuple[list[tuple[Pair, str]], list[tuple[Pair, str]]]:
    """The strongest pair of each row and clinic, as (matches, possible matches)."""
    best: dict[tuple[int, int], tuple[Pair, MatchStatus, str]] = {}
    for pair in pairs:
        status, text = classify(pair)
        key = (pair.n, pair.clinic_id)
        rank = (status is MatchStatus.MATCH, pair.strength)
        if status is not MatchStatus.NON_MATCH and (
            key not in best or rank > (best[key][1] is MatchStatus.MATCH, best[key][0].strength)
        ):
            best[key] = (pair, status, text)
    matches = [(pair, text) for pair, status, text in best.values() if status is MatchStatus.MATCH]
    return matches, [(pair, text) for pair, status, text in best.values() if status is MatchStatus.POSSIBLE]


def _clearly_best(pairs: list[tuple[Pair, str]]) -> list[tuple[Pair, str]]:
    by_row, by_clinic = defaultdict(list), defaultdict(list)
    for pair, _ in pairs:
        by_row[pair.n].append(pair.strength)
        by_clinic[pair.clinic_id].append(pair.strength)

    def runner_up(strengths: list[float]) -> float:
        return sorted(strengths)[-2] if len(strengths) > 1 else 0.0

    return [
        (pair, rule)
        for pair, rule in pairs
        if pair.strength >= max(runner_up(by_row[pair.n]), runner_up(by_clinic[pair.clinic_id])) + MARGIN
    ]


def prepare(cursor: CursorWrapper) -> None:
    """Fill the table `known`: every record that we have, and the clinics that no list has, normalized."""
    cursor.execute(CREATE_KNOWN)
    cursor.execute(FILL_KNOWN)
    ours = Clinic.objects.filter(source_records=None, merged_into=None).iterator(chunk_size=BATCH_ROWS)
    for clinics in batches(map(_known_row, ours)):
        copy_rows(cursor, "known", KNOWN_COLUMNS, clinics)
    cursor.execute(INDEX_KNOWN)


def _known_row(clinic: Clinic) -> tuple[object, ...]:
    """The values of KNOWN_COLUMNS for a clinic without a record."""
    street = normalization.street_key(clinic.street, clinic.street_detail)
    point = (None, None) if clinic.is_approximate else (clinic.latitude, clinic.longitude)
    return (
        clinic.pk,
        *("", "", "", ""),  # source, edition, directory, record_key
        normalization.name_key(clinic.name, clinic.name_detail),
        street,
        normalization.address_of(street),
        normalization.house_of(street),
        clinic.zip_code,
        clinic.phone.partition(" ")[0],
        *point,
    )


def match(cursor: CursorWrapper, params: dict[str, str | int]) -> list[tuple[Pair, str]]:
    """Give the rows of `staged` in one directory their clinics; returns the possible matches with their reasons.

    `params`: source, edition, directory. Rows without a match keep clinic_id null.
    """
    cursor.execute("ANALYZE known; ANALYZE staged")
    for rule, condition in EXACT_RULES.items():
        cursor.execute(MATCH_EXACTLY.format(condition=condition), params | {"rule": rule})
    limits = {
        "crowded_address": CROWDED_ADDRESS,
        "crowded_phone": CROWDED_PHONE,
        "possible": SIMILARITY_POSSIBLE,
        "moved": SIMILARITY_MOVED,
        "sibling": SIMILARITY_SIBLING,
        "near_miles": NEAR_METRES / METRES_PER_MILE,
        "metres_per_mile": METRES_PER_MILE,
    }
    matches, possible = resolve(Pair(*row) for row in stream(CANDIDATES, {**params, **limits}))
    rows = [(n, clinic_id, rule) for n, (clinic_id, rule) in matches.items()]
    execute_values(
        cursor.cursor,
        "UPDATE staged s SET clinic_id = m.clinic_id, rule = m.rule FROM (VALUES %s) AS m (n, clinic_id, rule)"
        " WHERE m.n = s.n",
        rows,
        page_size=BATCH_ROWS,
    )
    return possible
