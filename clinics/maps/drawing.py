"""A map as data, for templates/clinics/_map.html to draw."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from clinics.geo import Coordinates
from clinics.maps.lines import Lines, Renderer
from clinics.maps.pins import PLACE, MapPoint, Pin, split_points, spread_pins
from clinics.maps.projection import HEIGHT, WIDTH, View, view_around, view_of
from clinics.maps.shapes import us_shapes
from clinics.maps.towns import EDGE, Label, Rectangle, TownIndex, box_of_text, is_free, name_towns
from clinics.maps.zip_areas import ZipArea, areas_of, name_areas

RING_MILES = (0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000)
MOST_RINGS = 3
LEAST_RING = 80  # units: a smaller ring would be full of pins
RING_ANGLES = [math.radians(-90 + step * 15 * sign) for step in range(13) for sign in (1, -1)]
RADII_MILES = (3, 6, 12, 25, 60)  # what the map of one point shows around it
TOWNS_AROUND_A_POINT = 4


@dataclass
class Ring:
    """Everything at one distance from the middle, in units; its label stands on it."""

    radius: int
    label: Label


@dataclass
class Scale:
    """A bar that stands for a number of miles; `x`, `y` is its upper left end."""

    x: int
    y: int
    length: int
    label: Label


@dataclass
class Map:
    width = WIDTH
    height = HEIGHT
    view: View
    lines: Lines
    pins: list[Pin]
    place: tuple[int, int] | None = None  # the reader's
    centre: tuple[int, int] | None = None  # of the rings
    rings: list[Ring] = field(default_factory=list)
    scale: Scale | None = None  # where there are no rings
    towns: list[Label] = field(default_factory=list)
    zip_areas: list[ZipArea] = field(default_factory=list)  # where a ZIP code is all that is known

    @property
    def mile_labels(self) -> list[Label]:
        return [ring.label for ring in self.rings] + ([self.scale.label] if self.scale else [])


def map_of_points(points: list[MapPoint], reader_at: Coordinates | None, towns: TownIndex) -> Map:
    """The map of some points, at least one, around the reader's place if there is one."""
    view = view_of([point.coordinates for point in points], reader_at)
    exact, rough = split_points(points)
    pins = [Pin(point, *view.project(point.coordinates)) for point in exact]
    mark = view.project(reader_at) if reader_at else None
    spread_pins(pins, mark)
    return draw(view, pins, towns, mark, mark, areas_of(rough, view.project, view.units_per_mile))


def map_around(point: MapPoint, towns: TownIndex, miles: float) -> Map:
    """The map of what lies within some miles of one point."""
    view = view_around(point.coordinates, miles)
    middle = (WIDTH / 2, HEIGHT / 2)
    if point.is_approximate:
        return draw(view, [], towns, None, middle, areas_of([point], view.project, view.units_per_mile))
    return draw(view, [Pin(point, *middle, *middle)], towns, None, middle)


def miles_to_towns(place: Coordinates, towns: TownIndex) -> float:
    """The smallest of some radii that holds some towns."""
    for miles in RADII_MILES[:-1]:
        view = view_around(place, miles)
        points = [view.project_vector(town.vector) for town in towns.towns_in(view.box())]
        if sum(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points) >= TOWNS_AROUND_A_POINT:
            return miles
    return RADII_MILES[-1]


def draw(view: View, pins: list[Pin], towns: TownIndex, place, centre, zip_areas: Sequence[ZipArea] = ()) -> Map:
    taken: list[Rectangle] = [pin.box() for pin in pins]
    taken += [(pin.x - 6, pin.y - 6, pin.x + 6, pin.y + 6) for pin in pins if pin.was_moved]
    if place:
        taken.append((place[0] - PLACE, place[1] - PLACE, place[0] + PLACE, place[1] + PLACE))
    name_areas(zip_areas, taken)
    rings = draw_rings(view, centre, taken) if centre else []
    scale = None if centre else draw_scale(view, taken)
    names = name_towns(view, towns, taken, {area.place for area in zip_areas})
    lines = Renderer(view, us_shapes()).lines()
    return Map(view, lines, pins, rounded(place), rounded(centre), rings, scale, names, list(zip_areas))


def draw_rings(view: View, centre: tuple[float, float], taken: list[Rectangle]) -> list[Ring]:
    """The largest rings that have room for their label on the canvas."""
    rings: list[Ring] = []
    for miles in reversed(RING_MILES):
        radius = miles * view.units_per_mile
        if radius > view.reach_miles * view.units_per_mile or len(rings) == MOST_RINGS:
            continue
        if radius < LEAST_RING:
            break
        text = _("%(miles)s mi") % {"miles": f"{miles:g}"}
        for angle in RING_ANGLES:
            x, y = centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)
            box = box_of_text(text, x, y)
            if is_free(box, taken):
                taken.append(box)
                rings.append(Ring(round(radius), Label(text, round(x), round(y))))
                break
    return rings


def draw_scale(view: View, taken: list[Rectangle]) -> Scale | None:
    """A bar in a corner that is free."""
    miles = next((m for m in reversed(RING_MILES) if m * view.units_per_mile <= WIDTH / 4), RING_MILES[0])
    length = round(miles * view.units_per_mile)
    text = _("%(miles)s mi") % {"miles": f"{miles:g}"}
    for x, y in ((20, HEIGHT - 32), (WIDTH - 20 - length, HEIGHT - 32), (20, 48), (WIDTH - 20 - length, 48)):
        label = Label(text, x + length // 2, y - 10)
        box = box_of_text(text, label.x, label.y)
        box = (min(x - EDGE, box[0]), box[1], max(x + length + EDGE, box[2]), y + 12)
        if is_free((max(box[0], EDGE), *box[1:]), taken):
            taken.append(box)
            return Scale(x, y, length, label)
    return None


def rounded(point: tuple[float, float] | None) -> tuple[int, int] | None:
    return point and (round(point[0]), round(point[1]))
