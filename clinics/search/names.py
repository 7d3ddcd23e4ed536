"""Clinics by their name or phone number, spelled as people remember it: `q=` of a search.

Each typed word is compared with every word that clinics are known by (clinics/models/words.py), by the trigrams that
the two share. A word that few clinics have says more than one that many have: "Hope" finds more than "Center". One
query answers with the clinics that fit best and their masks, so the counts of the facets need none of their own.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, replace

from clinics.models.expressions import NEARNESS
from clinics.models.word_triggers import WORDS_OF
from clinics.search import facets, queries
from clinics.search.queries import Criteria, Query
from core.phones import NotAPhone, normalise_phone

LONGEST_NAME = 100  # characters
SHORTEST_NUMBER = 4  # digits: fewer are part of a name, as in "24/7"
SHORTEST_WHOLE_NUMBER = 7  # without the area code
MOST_MATCHES = 500  # clinics; beyond, the count says "at least"
MOST_WORDS = 12
# Of the words that many people leave out or add.
SMALL_WORDS = [
    "the",
    "of",
    "and",
    "for",
    "in",
    "at",
    "a",
    "an",
    "to",
    "by",
    "inc",
    "llc",
    "de",
    "del",
    "la",
    "el",
    "y",
]
# What readers shorten; the sources' own short forms are words of the clinics already.
SHORT_FORMS = {
    **{
        "ctr": "center",
        "cntr": "center",
        "svcs": "services",
        "svc": "service",
        "servs": "services",
        "tx": "treatment",
    },
    **{"trt": "treatment", "trtmt": "treatment", "rec": "recovery", "recov": "recovery", "rehab": "rehabilitation"},
    **{"hlth": "health", "bh": "behavioral", "mh": "mental", "med": "medical", "comm": "community", "cty": "county"},
    **{"co": "county", "assoc": "associates", "saint": "st", "st": "saint", "couns": "counseling", "prog": "program"},
    **{"progs": "programs", "hosp": "hospital", "cl": "clinic", "op": "outpatient", "univ": "university"},
    **{
        "natl": "national",
        "dept": "department",
        "mt": "mount",
        "ft": "fort",
        "amer": "american",
        "psych": "psychiatric",
    },
}

# How much a word is worth that was found in another way than letter by letter.
_LIKE, _SHORT, _JOINED, _IN_CITY = 0.95, 0.9, 0.95, 0.9
_LEAST_OF_JOINED = 0.66  # of their trigrams: "selddiscovery" is not "discovery"
_LARGE = 20_000  # clinics, for the weight of a word; that of the directory need not be counted for it
STEPS = 20  # those of one step fit equally well: the nearest first
_LEAST, _BEHIND_THE_BEST = 8, 5  # steps below which a clinic is no answer
WELL = 13  # steps from which a clinic is shown to somebody who may have meant a place
ALIKE_IN_NAME = f"""
    typed AS (
        SELECT n, word FROM unnest({WORDS_OF.format(text="%(typed)s::text")}) WITH ORDINALITY AS typed (word, n)
        WHERE word <> ''),
    kept AS (
        SELECT row_number() OVER (ORDER BY n) AS n, word FROM typed
        WHERE word <> ALL(%(small)s) OR NOT EXISTS (SELECT FROM typed WHERE word <> ALL(%(small)s))
        LIMIT {MOST_WORDS}),
    reading AS (
        SELECT n, word, 1 AS worth, 0 AS least FROM kept
        UNION ALL
        SELECT n, long, {_SHORT}, 1 FROM kept JOIN unnest(%(short)s::text[], %(long)s::text[]) AS form (short, long)
            ON short = word
        UNION ALL
        SELECT n + part, joined, {_JOINED}, {_LEAST_OF_JOINED}
        FROM (SELECT n, word || lead(word) OVER (ORDER BY n) AS joined FROM kept) AS pair,
            generate_series(0, 1) AS part
        WHERE joined IS NOT NULL),
    compared AS MATERIALIZED (
        SELECT n, known.word, worth, least,
            CASE WHEN known.word = reading.word THEN 1 ELSE similarity(known.word, reading.word) END AS shared
        FROM reading JOIN clinics_knownword known ON known.word %% reading.word),
    alike AS MATERIALIZED (
        SELECT n, word, worth * CASE WHEN shared = 1 THEN 1 ELSE {_LIKE} * 2 * shared / (1 + shared) END AS likeness
        FROM compared WHERE shared >= least)
"""  # noqa: S608 - our own constants
ALIKE_IN_NUMBER = """
    kept AS (SELECT 1 AS n),
    alike AS MATERIALIZED (
        SELECT 1 AS n, word,
            CASE WHEN word = %(digits)s THEN 1 WHEN word LIKE '%%' || %(digits)s THEN 0.95 ELSE 0.9 END AS likeness
        FROM clinics_knownword WHERE word LIKE '%%' || %(digits)s || '%%' AND word ~ '^[0-9]{10}$')
"""
MATCHES = f"""
    WITH {{alike}},
    hit AS MATERIALIZED (
        SELECT n, clinic_id, max(CASE WHEN in_name THEN likeness ELSE likeness * {_IN_CITY} END) AS likeness
        FROM alike, LATERAL (
            SELECT clinic_id, in_name FROM clinics_clinicword WHERE word = alike.word OFFSET 0) AS of_word
        GROUP BY n, clinic_id),
    weight AS (
        SELECT n, ln(1 + {_LARGE}.0 / (1 + coalesce(sum(likeness * likeness * likeness), 0))) AS weight
        FROM kept LEFT JOIN hit USING (n) GROUP BY n),
    scored AS (
        SELECT clinic_id, round({STEPS} * sum(likeness * weight) / (SELECT sum(weight) FROM weight)) AS fit
        FROM hit JOIN weight USING (n) GROUP BY clinic_id),
    found AS (
        SELECT id, fit, max(fit) OVER () AS best, {{masks}}, {{distance}} AS distance,
            length(name) + length(name_detail) AS letters, name
        FROM scored JOIN clinics_clinic ON id = clinic_id WHERE fit >= {_LEAST} AND {{conditions}})
    SELECT id, fit, {{columns}} FROM found WHERE fit >= best - {_BEHIND_THE_BEST}
    ORDER BY fit DESC, distance, letters, name, id LIMIT %(limit)s
"""  # noqa: S608 - our own constants
ROWS_OF = "clinics_clinic.id = ANY(%(named)s)"
IN_THAT_ORDER = "array_position(%(named)s::bigint[], clinics_clinic.id)"
DISTANCE = NEARNESS.format(position="position")
_COMPUTED = {"availability_now": queries.AVAILABILITY}


@dataclass(frozen=True)
class Wanted:
    """A name or number that someone typed."""

    text: str
    digits: str = ""  # of a phone number, without the country's 1 and an extension


def normalised(text: str) -> str:
    """Of at most LONGEST_NAME characters, of which one may become several."""
    return " ".join(unicodedata.normalize("NFKC", text[:LONGEST_NAME]).split())


def read(text: str) -> Wanted | None:
    """What to look for; None if the text has neither two letters nor the digits of a number.

    No more than LONGEST_NAME characters of what it is once it is normalised.
    """
    text = normalised(text)[:LONGEST_NAME]
    if re.match(r"[+(]*[0-9]", text):  # 888-304-HOPE too
        with suppress(NotAPhone):
            return Wanted(text, re.sub("[^0-9]", "", normalise_phone(text).partition(" x")[0]))
    digits = "".join(character for character in text if character.isdecimal())
    if not any(character.isalpha() for character in text) and len(digits) >= SHORTEST_NUMBER:
        return Wanted(text, digits)
    return Wanted(text) if sum(map(str.isalnum, text)) > 1 else None


def anywhere(criteria: Criteria, radius_miles: float | None) -> Criteria:
    """The same for a search without a radius: a clinic that is not on the map can be found by its name."""
    return criteria if radius_miles is not None else replace(criteria, origin=None)


def matches(criteria: Criteria, wanted: Wanted, radius_miles: float | None) -> Query:
    """(id, fit, masks) of the clinics that fit best."""
    sql = MATCHES.format(
        alike=ALIKE_IN_NUMBER if wanted.digits else ALIKE_IN_NAME,
        masks=", ".join(f"{_COMPUTED.get(column, column)} AS {column}" for column in facets.COLUMNS),
        columns=", ".join(facets.COLUMNS),
        conditions=" AND ".join(anywhere(criteria, radius_miles).everyone(radius_miles)),
        distance=DISTANCE if criteria.origin and not criteria.whole_state else "0",
    )
    typed = {"typed": wanted.text, "digits": wanted.digits, "small": SMALL_WORDS, "limit": MOST_MATCHES}
    forms = {"short": list(SHORT_FORMS), "long": list(SHORT_FORMS.values())}
    return Query(sql, criteria.parameters(radius_miles, **typed, **forms))


def rows(
    criteria: Criteria, columns: str, named: list[int], end: int, start: int = 0, *, by_name: bool = False
) -> Query:
    """Those of the clinics `named` that pass the facets, in that order or by name."""
    conditions = " AND ".join([ROWS_OF, *anywhere(criteria, None).conditions()])
    order = "name, clinics_clinic.id" if by_name else IN_THAT_ORDER
    sql = queries.ROWS.format(columns=columns, conditions=conditions, order=order)
    return Query(sql, criteria.parameters(limit=end - start, offset=start, named=named))
