"""Open water under the straight line between two places, from the shapes of land that the maps are drawn from.

Land is the United States as the Census Bureau draws their shores (clinics/data/us_lines.json.gz), and Canada and
Mexico without their share of the Great Lakes; water is everything else, and the lakes of the land (shores.json.gz
beside it, see make_shores.py). Both shapes are up to some hundred yards off, so that a stretch of a few miles can be
told and a river cannot. Bridges are not in them: what is said of a line is what lies under it.
"""

import gzip
import json
import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate, pairwise
from operator import add
from typing import NamedTuple

from clinics.geo import Coordinates, miles_between
from clinics.maps.shapes import LINES

OPEN_WATER_MILES = 2  # so much of it in one stretch is an obstacle ...
OF_THE_LINE = 0.1  # ... if it is so much of the line: a reservoir on the way to a clinic 150 miles off is none ...
HARDLY_LONGER = 1.5  # ... and the way along its shore is more times as long: the lakefront of a city is none

OFF_MILES = 1  # how far a place on the shore may seem to lie in the water

SHORES = LINES.with_name("shores.json.gz")
# What a ring encloses, as bits: a place may be in several.
OURS, ABROAD, GREAT_LAKE, LAKE = 1, 2, 4, 8
_WATER = [not (m & OURS or (m & ABROAD and not m & GREAT_LAKE)) or bool(m & LAKE) for m in range(16)]
_RINGS_OF = {"abroad": ABROAD, "great": GREAT_LAKE, "lake": LAKE}
_ALL_WATER, _ALL_LAND, _MIXED = range(3)

Point = tuple[float, float]  # longitude and latitude
MILES_A_DEGREE = 69.1  # of latitude


class Shore(NamedTuple):
    """A place on a ring."""

    ring: int
    miles: float  # along the ring, from where it begins


class Stretch(NamedTuple):
    """A piece of a line that lies over water."""

    miles: float
    miles_round: float | None  # along the shore from one end of it to the other; None: there is no such way


@dataclass(frozen=True)
class Shores:
    """Rings of land and water in cells of a grid; outside of it nothing is known, and no water told."""

    rings: list[tuple[int, list[Point]]]  # what each encloses
    cell_degrees: float = 0.1
    west: float = -180.0
    south: float = 17.0
    columns: int = 1200
    rows: int = 560
    lengths: list[float] = field(default_factory=list, init=False)  # of each ring, in miles
    kinds: bytearray = field(default_factory=bytearray, init=False)  # of each cell
    enclosed: bytearray = field(default_factory=bytearray, init=False)  # bits of the middle of each cell
    segments: list[tuple] = field(
        default_factory=list, init=False
    )  # x1, y1, x2, y2, bits, ring, miles before it, miles
    by_cell: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list), init=False)
    next_to: dict[Point, Shore | None] = field(default_factory=dict, init=False)  # of places that lie in water
    # For each cell how many of those south and west of it, and of itself, are not all land.
    not_land: array = field(default_factory=lambda: array("i"), init=False)

    def __post_init__(self):
        for number, (bits, ring) in enumerate(self.rings):
            self._add(number, bits, ring)
        self._fill()
        self._sum()

    def stretches(self, one: Coordinates, other: Coordinates) -> list[Stretch]:
        """Every piece of the straight line that lies over water between two shores, from the southern end on.

        Where an end of the line itself seems to lie in water, its point or the shape of the shore is off: it stands
        for the shore next to it, and there is no such piece where none is near.
        """
        start, end = sorted([(one.longitude, one.latitude), (other.longitude, other.latitude)], key=lambda p: p[::-1])
        if not self._may_meet_water(start, end):
            return []
        cells = self._cells_under(start, end)
        if all(self.kinds[cell] == _ALL_LAND for cell in cells):
            return []
        near = {number for cell in cells for number in self.by_cell.get(cell, ())}
        enclosed = self._enclosed_at(start)
        crossings = sorted(self._crossings(start, end, near))
        miles = miles_between(one, other)
        return _over_water(enclosed, crossings, miles, self.lengths, lambda n: self._shore_next_to((start, end)[n]))

    def lies_in_water(self, place: Coordinates) -> bool:
        return _WATER[self._enclosed_at((place.longitude, place.latitude))]

    def is_all_land(self, places: Iterable[Coordinates]) -> bool:
        """Whether there is nothing but land in the box around places: no line between two of them meets water."""
        latitudes, longitudes = zip(*places, strict=True)
        corners = (min(longitudes), min(latitudes)), (max(longitudes), max(latitudes))
        return not self._may_meet_water(*corners)

    def _add(self, number: int, bits: int, ring: list[Point]) -> None:
        length = 0.0
        for (x1, y1), (x2, y2) in pairwise(ring):
            miles = MILES_A_DEGREE * math.hypot((x2 - x1) * math.cos(math.radians(y1)), y2 - y1)
            segment = len(self.segments)
            self.segments.append((x1, y1, x2, y2, bits, number, length, miles))
            length += miles
            low, high = self._column_and_row(min(x1, x2), min(y1, y2)), self._column_and_row(max(x1, x2), max(y1, y2))
            for row in range(max(0, low[1]), min(self.rows - 1, high[1]) + 1):
                for column in range(max(0, low[0]), min(self.columns - 1, high[0]) + 1):
                    self.by_cell[row * self.columns + column].append(segment)
        self.lengths.append(length)

    def _fill(self) -> None:
        """What is enclosed at the middle of each cell: along each row, every crossing of a ring turns a bit over."""
        crossings: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for x1, y1, x2, y2, bits, *_rest in self.segments:
            low, high = sorted([y1, y2])
            first = math.ceil((low - self.south) / self.cell_degrees - 0.5)
            last = math.ceil((high - self.south) / self.cell_degrees - 0.5)
            for row in range(max(0, first), min(self.rows, last)):
                y = self.south + (row + 0.5) * self.cell_degrees
                crossings[row].append((x1 + (x2 - x1) * (y - y1) / (y2 - y1), bits))
        self.enclosed.extend(bytes(self.columns * self.rows))
        self.kinds.extend(bytes(self.columns * self.rows))
        for row, found in crossings.items():
            now, column, first_cell = 0, 0, row * self.columns
            for x, bits in [*sorted(found), (math.inf, 0)]:
                until = self.columns
                if x < math.inf:
                    until = max(column, min(until, math.ceil((x - self.west) / self.cell_degrees - 0.5)))
                span = slice(first_cell + column, first_cell + until)
                self.enclosed[span] = bytes([now]) * (until - column)
                self.kinds[span] = bytes([_ALL_WATER if _WATER[now] else _ALL_LAND]) * (until - column)
                column = until
                now ^= bits
        for cell in self.by_cell:
            self.kinds[cell] = _MIXED

    def _sum(self) -> None:
        row_before = array("i", bytes(4 * self.columns))
        for first in range(0, self.columns * self.rows, self.columns):
            of_row = accumulate(kind != _ALL_LAND for kind in self.kinds[first : first + self.columns])
            row_before = array("i", map(add, row_before, of_row))
            self.not_land.extend(row_before)

    def _may_meet_water(self, start: Point, end: Point) -> bool:
        """Whether the box around a line northward has anything but land; not if the line leaves the grid."""
        (left, south), (right, north) = self._column_and_row(*start), self._column_and_row(*end)
        left, right = min(left, right), max(left, right)
        if left < 1 or right >= self.columns or south < 1 or north >= self.rows:
            return False
        upper, lower = north * self.columns, (south - 1) * self.columns
        counts = self.not_land
        return counts[upper + right] - counts[upper + left - 1] - counts[lower + right] + counts[lower + left - 1] > 0

    def _enclosed_at(self, point: Point) -> int:
        """The bits of what encloses a point: from the middle of its cell, every crossing turns a bit over."""
        cell = self._cell(point)
        enclosed = self.enclosed[cell]
        for _along, bits, _ring, _at in self._crossings(self._middle(cell), point, self.by_cell.get(cell, ())):
            enclosed ^= bits
        return enclosed

    def _column_and_row(self, x: float, y: float) -> tuple[int, int]:
        return math.floor((x - self.west) / self.cell_degrees), math.floor((y - self.south) / self.cell_degrees)

    def _cell(self, point: Point) -> int:
        column, row = self._column_and_row(*point)
        return row * self.columns + column

    def _middle(self, cell: int) -> Point:
        row, column = divmod(cell, self.columns)
        return self.west + (column + 0.5) * self.cell_degrees, self.south + (row + 0.5) * self.cell_degrees

    def _cells_under(self, start: Point, end: Point) -> list[int]:
        """The cells that a line northward touches."""
        (x1, y1), (x2, y2) = start, end
        first, last = self._column_and_row(x1, y1), self._column_and_row(x2, y2)
        if first[1] == last[1]:
            row, (low, high) = first[1] * self.columns, sorted([first[0], last[0]])
            return list(range(row + low, row + high + 1))
        cells: list[int] = []
        column = first[0]
        slope = (x2 - x1) / (y2 - y1)
        for row in range(first[1], last[1] + 1):
            until = last[0]
            if row < last[1]:
                x = x1 + slope * (self.south + (row + 1) * self.cell_degrees - y1)
                until = min(max(math.floor((x - self.west) / self.cell_degrees), 0), self.columns - 1)
            low, high = (column, until) if column <= until else (until, column)
            cells += range(row * self.columns + low, row * self.columns + high + 1)
            column = until
        return cells

    def _shore_next_to(self, point: Point) -> Shore | None:
        """The shore that is nearest to a place, within the error of the shapes."""
        if point not in self.next_to:
            cell = self._cell(point)
            around = [cell + row + column for row in (-self.columns, 0, self.columns) for column in (-1, 0, 1)]
            segments = {number for each in around for number in self.by_cell.get(each, ())}
            miles, shore = min((self._to_shore(point, number) for number in segments), default=(math.inf, None))
            self.next_to[point] = shore if miles <= OFF_MILES else None
        return self.next_to[point]

    def _to_shore(self, point: Point, segment: int) -> tuple[float, Shore]:
        """The miles from a point to a segment, and where they end."""
        x1, y1, x2, y2, _bits, ring, before, miles = self.segments[segment]
        wide = math.cos(math.radians(point[1]))
        dx, dy, px, py = (x2 - x1) * wide, y2 - y1, (point[0] - x1) * wide, point[1] - y1
        squared = dx * dx + dy * dy
        part = min(1.0, max(0.0, (px * dx + py * dy) / squared)) if squared else 0.0
        return MILES_A_DEGREE * math.hypot(px - part * dx, py - part * dy), Shore(ring, before + part * miles)

    def _crossings(self, start: Point, end: Point, segments: Iterable[int]) -> list[tuple]:
        """Where a line crosses shores: how far along it (0 to 1), bits, the ring, and the miles along the ring."""
        (ax, ay), (bx, by) = start, end
        dx, dy = bx - ax, by - ay
        squared = dx * dx + dy * dy
        found = []
        for number in segments:
            x1, y1, x2, y2, bits, ring, before, miles = self.segments[number]
            side_1 = (x1 - ax) * dy - (y1 - ay) * dx
            side_2 = (x2 - ax) * dy - (y2 - ay) * dx
            if (side_1 >= 0) == (side_2 >= 0):
                continue
            part = side_1 / (side_1 - side_2)
            along = ((x1 + part * (x2 - x1) - ax) * dx + (y1 + part * (y2 - y1) - ay) * dy) / squared
            if 0 <= along <= 1:
                found.append((along, bits, ring, before + part * miles))
        return found


def _over_water(
    enclosed: int, crossings: list[tuple], miles: float, lengths: list[float], ends: Callable[[int], Shore | None]
) -> list[Stretch]:
    """From what is enclosed at the start of a line, and its crossings in order, its pieces over water.

    `ends`: the shore next to the start (0) or the end (1) of the line, for one that lies in water.
    """
    found: list[Stretch] = []

    def reach(along: float, shore: Shore | None) -> None:
        if left and shore:
            apart = abs(shore.miles - left[1].miles)
            is_one = shore.ring == left[1].ring
            miles_round = min(apart, lengths[shore.ring] - apart) if is_one else None
            found.append(Stretch((along - left[0]) * miles, miles_round))

    first = ends(0) if _WATER[enclosed] else None
    left = (0.0, first) if first else None  # where it left the land
    for along, bits, ring, at in crossings:
        was_water = _WATER[enclosed]
        enclosed ^= bits
        if _WATER[enclosed] and not was_water:
            left = (along, Shore(ring, at))
        elif was_water and not _WATER[enclosed]:
            reach(along, Shore(ring, at))
            left = None
    if left:
        reach(1.0, ends(1))
    return found


def water_miles(one: Coordinates, other: Coordinates, shores: Shores | None = None) -> float:
    """The longest stretch of open water under the straight line."""
    return max((stretch.miles for stretch in (shores or our_shores()).stretches(one, other)), default=0.0)


def obstacle_miles(one: Coordinates, other: Coordinates, shores: Shores | None = None) -> float:
    """The longest stretch of open water that makes the way another than the straight line tells; 0 if none does."""
    least = max(OPEN_WATER_MILES, OF_THE_LINE * miles_between(one, other))
    return max(
        (
            miles
            for miles, miles_round in (shores or our_shores()).stretches(one, other)
            if miles >= least and (miles_round is None or miles_round > HARDLY_LONGER * miles)
        ),
        default=0.0,
    )


@cache
def our_shores() -> Shores:
    """Read when it is first asked for: about a second, and some 40 MB that no web worker should carry."""
    lines = json.loads(gzip.decompress(LINES.read_bytes()))
    others = json.loads(gzip.decompress(SHORES.read_bytes()))
    rings = [(OURS, ring) for ring in _coasts(lines)]
    for name, bits in _RINGS_OF.items():
        rings += [(bits, _unpacked(ring, others["units"])) for ring in others[name]]
    return Shores(rings)


def _coasts(lines: dict) -> list[list[Point]]:
    """The arcs that part land from what is none of ours, joined to closed rings."""
    (wide, high), (west, south) = lines["scale"], lines["translate"]
    arcs = []
    for kind, numbers in zip(lines["kinds"], lines["arcs"], strict=True):
        if kind == "c":
            x = y = 0
            arc = []
            for n in range(0, len(numbers), 2):
                x, y = x + numbers[n], y + numbers[n + 1]
                arc.append((x * wide + west, y * high + south))
            arcs.append(arc)
    return _joined(arcs)


def _joined(arcs: list[list[Point]]) -> list[list[Point]]:
    at: dict[Point, list[int]] = defaultdict(list)
    for number, arc in enumerate(arcs):
        at[arc[0]].append(number)
        at[arc[-1]].append(number)
    rings, used = [], set()
    for number, first in enumerate(arcs):
        if number in used:
            continue
        used.add(number)
        ring = list(first)
        while ring[-1] != ring[0]:
            following = next((other for other in at[ring[-1]] if other not in used), None)
            if following is None:
                raise ValueError(f"a coast ends at {ring[-1]}")
            used.add(following)
            arc = arcs[following]
            ring += arc[1:] if arc[0] == ring[-1] else arc[-2::-1]
        rings.append(ring)
    return rings


def _unpacked(numbers: list[int], units: int) -> list[Point]:
    x = y = 0
    ring = []
    for n in range(0, len(numbers), 2):
        x, y = x + numbers[n], y + numbers[n + 1]
        ring.append((x / units, y / units))
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    return ring
