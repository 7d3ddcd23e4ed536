"""How many clinics each filter would give: one pass over the index, however many facets there are.

The database only hands over the masks of the clinics, packed into bytes. They are counted here with whole numbers that
hold one bit a clinic, which takes a tenth of the time of as many `count(*) FILTER`; and the short query is planned in
no time.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import compress
from operator import and_, or_

from django.db import connections

from clinics.search import facets
from clinics.search.treats import ANY, BITS, DEFAULT, MEDICINE, OPIOIDS

MOST_COUNTED = 50_000  # clinics; a directory of today has 20,000. Beyond, the counts say "at least"
SPONSORED_BIT = 62  # of the mask `availability_now`, whose own bits are few
COMBINED_BY: dict[str, Callable[[int, int], int]] = {  # by group
    group.slug: and_ if group.combines is facets.Combines.AND else or_ for group in facets.GROUPS
}
_BYTES = 8  # of a mask
# The masks of all rows, each column in one text of bytes.
PACKED = f"""
    SELECT string_agg(int8send(treatment_bits), ''), string_agg(int8send(patient_bits), ''),
        string_agg(int8send(
            availability_now | CASE WHEN sponsored_until > now() THEN {1 << SPONSORED_BIT} ELSE 0 END
        ), ''),
        string_agg(int8send(coalesce(place_key, 0)), ''){{others}}
    FROM ({{masks}}) AS clinics
"""  # noqa: S608 - every part of the text is ours


@dataclass(frozen=True)
class FacetCounts:
    total: int  # clinics that pass every filter
    places: int  # where they are: the entries of the list
    sponsored: int  # how many of them may also appear in the sponsored band
    by_value: dict[str, int]  # "medication/buprenorphine": what the search gives once this value is ticked too
    without_group: dict[str, int]  # "medication": what it gives once this group's filters are dropped
    without_wish: dict[
        str, int
    ]  # "care/detox": what it gives once one of several values that all must be true is dropped
    by_treats: dict[str, int]  # "opioids": what it gives with this value of `treats`
    is_capped: bool = False  # only the first `most` clinics were looked at: every count is "at least"
    most: int = MOST_COUNTED

    @property
    def silent(self) -> int:
        """How many clinics do not say that they give medicine: they say nothing of it, or that they give none."""
        return self.by_treats[OPIOIDS] - self.by_treats[MEDICINE]

    @property
    def denying(self) -> int:
        """How many say that they do not treat opioid use disorder."""
        return self.by_treats[ANY] - self.by_treats[OPIOIDS]


class BitPlanes:
    """The masks of many clinics by bit: each plane is a number that has one byte a clinic, 0 or 1."""

    def __init__(self, packed: dict[str, bytes], places: bytes = b""):
        """`packed`: by column the masks one after another, eight bytes each, the highest first.

        `places`: their keys likewise, 0 where there is none; without it each clinic is a place of its own.
        """
        self._packed = packed
        self._places = places or bytes(len(packed["availability_now"]))
        self._bytes: dict[tuple[str, int], int] = {}  # by column and number of a byte: that byte of every clinic
        self.count = len(packed["availability_now"]) // _BYTES
        self.everyone = int.from_bytes(b"\1" * self.count, "big")

    def plane(self, column: str, bit: int) -> int:
        """The clinics whose mask has this bit."""
        byte, bit_of_byte = divmod(bit, 8)
        of_every_clinic = self._bytes.get((column, byte))
        if of_every_clinic is None:
            of_every_clinic = int.from_bytes(self._packed[column][_BYTES - 1 - byte :: _BYTES], "big")
            self._bytes[column, byte] = of_every_clinic
        return of_every_clinic >> bit_of_byte & self.everyone

    def count_places(self, clinics: int) -> int:
        """How many places the clinics of a plane are at; each without a key is one."""
        keys = array("q", self._places)
        chosen = list(compress(keys, clinics.to_bytes(self.count, "big")))
        alone = chosen.count(0)
        return len(set(chosen)) - bool(alone) + alone


def read_bit_planes(masks_sql: str, parameters, using: str, others: str = "") -> tuple[BitPlanes, list[int]]:
    """The bit planes of the rows of `masks_sql`, which names the columns of masks and `sponsored_until`.

    It is answered from the search's index alone. With them the counts `others`, SQL of subqueries.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(PACKED.format(masks=masks_sql, others=others and f", {others}"), parameters)
        [row] = cursor.fetchall()
    *masks, places = (bytes(column or b"") for column in row[: len(facets.COLUMNS) + 1])
    return BitPlanes(dict(zip(facets.COLUMNS, masks, strict=True)), places), list(row[len(facets.COLUMNS) + 1 :])


def count_facets(clinics, selection: dict[str, list[facets.FacetValue]], treats: str = DEFAULT) -> FacetCounts:
    """The counts of every facet over `clinics`, a QuerySet with `availability_now`, not yet filtered by facets."""
    rows = clinics.order_by().values_list(*facets.COLUMNS, "sponsored_until", "place_key")[:MOST_COUNTED]
    sql, parameters = rows.query.sql_with_params()
    planes, _others = read_bit_planes(sql, parameters, clinics.db)
    return count(planes, selection, treats)


def count(planes: BitPlanes, selection: dict[str, list[facets.FacetValue]], treats: str = DEFAULT) -> FacetCounts:
    """The counts of every facet: what ticking it gives, by the rule of `facets.Combines`."""
    narrowing = _Narrowing(planes, selection, treats)
    answer = narrowing.passing()
    return FacetCounts(
        total=answer.bit_count(),
        places=planes.count_places(answer),
        sponsored=(answer & planes.plane("availability_now", SPONSORED_BIT)).bit_count(),
        by_value={key: narrowing.once_ticked(value).bit_count() for key, value in facets.VALUES.items()},
        without_group={group: left.bit_count() for group, left in narrowing.others.items()},
        without_wish={wish.key: narrowing.without(wish).bit_count() for wish in narrowing.several_wishes()},
        by_treats={name: narrowing.passing(treats=name).bit_count() for name in BITS},
        is_capped=planes.count == MOST_COUNTED,
        most=MOST_COUNTED,
    )


class _Narrowing:
    """Which clinics pass the filters of a search; each answer is a number with a byte for each clinic, as a plane."""

    def __init__(self, planes: BitPlanes, selection: dict[str, list[facets.FacetValue]], treats: str):
        self.treats = treats
        self.about = {name: _about(planes, bits) for name, bits in BITS.items()}
        self.having = {key: planes.plane(value.column, value.bit) for key, value in facets.VALUES.items()}
        self.selection = {group: values for group, values in selection.items() if values}
        self.ticked = {group: self._combined(group, values) for group, values in self.selection.items()}
        self._all = self.passing()
        self.others = {group: self.passing(but=group) for group in self.ticked}

    def passing(self, treats: str = "", but: str = "") -> int:
        """The clinics that pass the filters of every group, or of every group but one."""
        left = self.about[treats or self.treats]
        for group, clinics_of_group in self.ticked.items():
            if group != but:
                left &= clinics_of_group
        return left

    def once_ticked(self, value: facets.FacetValue) -> int:
        if value.group not in self.ticked:
            return self._all & self.having[value.key]
        combine = COMBINED_BY[value.group]
        return self.others[value.group] & combine(self.ticked[value.group], self.having[value.key])

    def several_wishes(self) -> list[facets.FacetValue]:
        """The values of each group of which several must all be true."""
        groups = (values for group, values in self.selection.items() if COMBINED_BY[group] is and_ and len(values) > 1)
        return [value for values in groups for value in values]

    def without(self, wish: facets.FacetValue) -> int:
        left = [value for value in self.selection[wish.group] if value != wish]
        return self.others[wish.group] & self._combined(wish.group, left)

    def _combined(self, group: str, values: list[facets.FacetValue]) -> int:
        combine = COMBINED_BY[group]
        return reduce(combine, (self.having[value.key] for value in values))


def _about(planes: BitPlanes, bits: int) -> int:
    """The clinics that have one of these bits of facets.TREATS."""
    asked = (value for value in facets.TREATS.values if value.mask & bits)
    return reduce(or_, (planes.plane(value.column, value.bit) for value in asked))
