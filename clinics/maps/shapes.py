"""The lines of clinics/data/us_lines.json.gz in memory: read once a process, at the first map (about 0.2 seconds)."""

import gzip
import json
import math
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

LINES = Path(__file__).resolve().parent.parent / "data" / "us_lines.json.gz"
CELL_DEGREES = 1

Vector = tuple[float, float, float]  # a point of the unit sphere
Cells = dict[tuple[int, int], list[int]]  # numbers of what touches each degree


@dataclass(slots=True)
class Box:
    """A piece of the globe: latitudes, and longitudes by their middle, so that the date line is no edge."""

    south: float
    north: float
    middle: float  # of the longitudes
    half_width: float

    def meets(self, other: "Box") -> bool:
        if self.south > other.north or other.south > self.north:
            return False
        return abs((self.middle - other.middle + 180) % 360 - 180) <= self.half_width + other.half_width


@dataclass(slots=True)
class Arc:
    """A line without forks. `fine` has every point that we have, `coarse` those for a map of several states."""

    kind: str  # see make_shapes
    box: Box
    fine: list[Vector]
    coarse: list[Vector]


@dataclass(slots=True)
class Ring:
    """A closed outline. `corners` are where its arcs begin, in their order."""

    box: Box
    arcs: list[int]  # ~n is the arc n backwards
    corners: list[Vector]


@dataclass
class Shapes:
    arcs: list[Arc]
    rings: list["Ring"]  # the outlines of the states
    arc_cells: Cells
    ring_cells: Cells

    def arcs_in(self, box: Box) -> list[int]:
        """The numbers of the arcs that may be visible in a box, in order."""
        return [number for number in numbers_in(box, self.arc_cells) if self.arcs[number].box.meets(box)]

    def rings_in(self, box: Box) -> list[Ring]:
        """The outlines that may be visible in a box, in order."""
        rings = [self.rings[number] for number in numbers_in(box, self.ring_cells)]
        return [ring for ring in rings if ring.box.meets(box)]


def by_cell(boxes: list[Box]) -> Cells:
    cells: Cells = {}
    for number, box in enumerate(boxes):
        for cell in cells_of(box):
            cells.setdefault(cell, []).append(number)
    return cells


def numbers_in(box: Box, cells: Cells) -> list[int]:
    return sorted(set(chain.from_iterable(cells.get(cell, ()) for cell in cells_of(box))))


def cells_of(box: Box):
    """The cells of the grid under a box; longitudes go round."""
    first, last = math.floor(box.middle - box.half_width), math.floor(box.middle + box.half_width)
    for latitude in range(math.floor(box.south), math.floor(box.north) + 1, CELL_DEGREES):
        for longitude in range(first, min(last, first + 359) + 1, CELL_DEGREES):
            yield latitude, (longitude + 180) % 360 - 180


def unit_vector(latitude: float, longitude: float) -> Vector:
    """Degrees to a point of the unit sphere."""
    latitude, longitude = math.radians(latitude), math.radians(longitude)
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )


@cache
def us_shapes() -> Shapes:
    """Source and licence: see make_shapes."""
    data = json.loads(gzip.decompress(LINES.read_bytes()))
    (scale_x, scale_y), (left, bottom) = data["scale"], data["translate"]
    arcs = []
    for kind, steps, coarse in zip(data["kinds"], data["arcs"], data["coarse"], strict=True):
        x = y = 0
        points = []
        for step_x, step_y in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + step_x, y + step_y
            points.append((bottom + y * scale_y, left + x * scale_x))
        vectors = [unit_vector(*point) for point in points]
        arcs.append(Arc(kind, box_around(points), vectors, [vectors[n] for n in (0, *coarse, -1)]))
    rings = [
        Ring(
            box_of_boxes([arcs[max(n, ~n)].box for n in ring]),
            ring,
            [arcs[n].fine[0] if n >= 0 else arcs[~n].fine[-1] for n in ring],
        )
        for ring in data["rings"]
    ]
    return Shapes(arcs, rings, by_cell([arc.box for arc in arcs]), by_cell([ring.box for ring in rings]))


def box_around(points: list[tuple[float, float]]) -> Box:
    """No line of the file crosses the date line: the source cuts them there."""
    latitudes, longitudes = zip(*points, strict=True)
    west, east = min(longitudes), max(longitudes)
    return Box(min(latitudes), max(latitudes), (west + east) / 2, (east - west) / 2)


def box_of_boxes(boxes: list[Box]) -> Box:
    west = min(box.middle - box.half_width for box in boxes)
    east = max(box.middle + box.half_width for box in boxes)
    south, north = min(box.south for box in boxes), max(box.north for box in boxes)
    return Box(south, north, (west + east) / 2, (east - west) / 2)
