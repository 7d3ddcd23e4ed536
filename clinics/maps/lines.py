"""Land, coasts, state and county lines of a view, as the `d` of SVG paths."""

from dataclasses import dataclass
from itertools import pairwise

from clinics.maps.make_shapes import COAST, COUNTY, STATE
from clinics.maps.projection import HEIGHT, WIDTH, View
from clinics.maps.shapes import Ring, Shapes

COARSE_FROM_MILES = 250  # a view that is wider is drawn from the coarse lines
COUNTIES_UP_TO_MILES = 500  # in a wider one the county lines would be a mesh
LEAST_STEP = 5  # units; a point nearer to the last one is dropped
CUTS = (16, 5)  # units cut from both ends of a longer step of a coast: 16, then from the new corners 5

Point = tuple[int, int]


@dataclass
class Lines:
    land: str
    coast: str
    states: str
    counties: str


class Renderer:
    """Draws the arcs of one view, each of them projected once."""

    def __init__(self, view: View, shapes: Shapes):
        self.view, self.shapes, self.box = view, shapes, view.box()
        self.coarse = view.width_miles > COARSE_FROM_MILES
        self.drawn: dict[int, list[Point]] = {number: self.points(number) for number in shapes.arcs_in(self.box)}

    def lines(self) -> Lines:
        by_kind: dict[str, list[str]] = {COAST: [], STATE: [], COUNTY: []}
        with_counties = self.view.width_miles <= COUNTIES_UP_TO_MILES
        for number, points in self.drawn.items():
            kind = self.shapes.arcs[number].kind
            if kind != COUNTY or with_counties:
                by_kind[kind] += (path(piece) for piece in visible_pieces(points))
        rings = (self.outline(ring) for ring in self.shapes.rings_in(self.box))
        land = "".join(f"{path(ring)}z" for ring in rings if len(ring) > 2)
        return Lines(land, *("".join(by_kind[kind]) for kind in (COAST, STATE, COUNTY)))

    def points(self, number: int) -> list[Point]:
        """An arc on the canvas."""
        arc = self.shapes.arcs[number]
        points = thinned(self.view.points(arc.coarse if self.coarse else arc.fine))
        return rounded(points) if arc.kind == COAST else points

    def outline(self, ring: Ring) -> list[Point]:
        """A closed line without points that make no difference on the canvas.

        Of arcs that cannot be seen, only the corners between them are needed.
        """
        points: list[Point] = []
        for number, corner in zip(ring.arcs, self.view.points(ring.corners), strict=True):
            piece = self.drawn.get(number if number >= 0 else ~number, ())
            points += (piece[:-1] if number >= 0 else piece[:0:-1]) if piece else (corner,)
        points += points[:1]
        sides = [side_of(point) for point in points]
        if not points or not all_meet(sides):
            return []
        kept, last_side = [points[0]], sides[0]
        for n in range(1, len(points) - 1):
            if not last_side & sides[n] & sides[n + 1]:
                kept.append(points[n])
                last_side = sides[n]
        return [*kept, points[-1]]


def all_meet(sides: list[int]) -> bool:
    """Whether points may enclose some of the canvas: they do not all lie on one side of it."""
    common = 15
    for side in sides:
        common &= side
        if not common:
            return True
    return False


def side_of(point: Point) -> int:
    """0 on the canvas, else a bit for each side that the point lies beyond."""
    x, y = point
    return (x < 0) | (x > WIDTH) << 1 | (y < 0) << 2 | (y > HEIGHT) << 3


def thinned(points: list[Point]) -> list[Point]:
    """A line without points too close to each other to be distinguished; its ends stay: other lines meet there."""
    (last_x, last_y), end = points[0], points[-1]
    kept = [points[0]]
    for x, y in points[1:-1]:
        if abs(x - last_x) + abs(y - last_y) >= LEAST_STEP:
            kept.append((x, y))
            last_x, last_y = x, y
    kept.append(end)
    return kept


def rounded(points: list[Point]) -> list[Point]:
    """A coast without its spikes: close up, the few points that we have would make it look jagged."""
    for cut in CUTS:
        smooth = [points[0]]
        for (x1, y1), (x2, y2) in pairwise(points):
            length = abs(x2 - x1) + abs(y2 - y1)
            if length < 4 * cut:
                smooth.append((x2, y2))
                continue
            part = cut / length
            across, down = round((x2 - x1) * part), round((y2 - y1) * part)
            smooth += [(x1 + across, y1 + down), (x2 - across, y2 - down)]
        smooth.append(points[-1])
        points = smooth
    return points


def visible_pieces(points: list[Point]):
    """The pieces of a line that may cross the canvas."""
    piece: list[Point] = []
    side = side_of(points[0])
    for start, end in pairwise(points):
        end_side = side_of(end)
        if side & end_side:
            if piece:
                yield piece
            piece = []
        else:
            piece = piece or [start]
            piece.append(end)
        side = end_side
    if piece:
        yield piece


def path(points: list[Point]) -> str:
    """`M` and steps from point to point, as short as SVG allows."""
    (x, y), *rest = points
    steps = []
    for to_x, to_y in rest:
        across, down = to_x - x, to_y - y
        if across or down:
            steps.append(f"{across}{down}" if down < 0 else f"{across} {down}")
            x, y = to_x, to_y
    text = steps[0] if steps else "0 0"
    for step in steps[1:]:
        text += step if step[0] == "-" else f" {step}"
    return f"M{points[0][0]} {points[0][1]}l{text}"
