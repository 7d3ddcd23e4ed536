"""A map as data, for templates/clinics/_map.html to draw."""

import math
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from clinics.geo import Coordinates
from clinics.maps.lines import Lines, Pen
from clinics.maps.pins import PLACE, Pin, part
from clinics.maps.projection import HEIGHT, WIDTH, View, view_around, view_of
from clinics.maps.shapes import us_shapes
from clinics.maps.towns import EDGE, Label, Rectangle, box_of_text, is_free, name_towns, towns_in
from clinics.models import Clinic

RING_MILES = (0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000)
MOST_RINGS = 3
LEAST_RING = 80  # units: a smaller ring would be full of pins
RING_ANGLES = [math.radians(-90 + step * 15 * sign) for step in range(13) for sign in (1, -1)]
CLINIC_LEAST_MILES, CLINIC_MOST_MILES = 3, 60  # what the map of one clinic shows around it
TOWNS_AROUND_A_CLINIC = 4


@dataclass
class Ring:
    """Everything at one distance from the middle, in units; its label stands on it."""

    radius: int
    label: Label


@dataclass
class Scale:
    """A bar of so many miles; `x`, `y` is its upper left end."""

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

    @property
    def has_approximate(self) -> bool:
        return any(pin.clinic.is_approximate for pin in self.pins)

    @property
    def all_approximate(self) -> bool:
        return all(pin.clinic.is_approximate for pin in self.pins)


def map_of_results(clinics: list[Clinic], start: int, place: Coordinates | None) -> Map | None:
    """The map of a list that is numbered from `start`, around the reader's place if there is one.

    Clinics without coordinates have no pin. None if no clinic has one.
    """
    numbered = [(n, clinic) for n, clinic in enumerate(clinics, start) if clinic.coordinates]
    if not numbered:
        return None
    view = view_of([clinic.coordinates for _n, clinic in numbered], place)
    pins = [Pin(clinic, n, *view.place(clinic.coordinates)) for n, clinic in numbered]
    mark = view.place(place) if place else None
    part(pins, mark)
    return draw(view, pins, mark, mark)


def map_of_clinic(clinic: Clinic) -> Map | None:
    """The map around one clinic, as wide as it takes to show some towns; None without coordinates.

    None too for a clinic that keeps its street private, since its exact point would tell it.
    """
    if not clinic.coordinates or not (clinic.street or clinic.is_approximate):
        return None
    view = view_around(clinic.coordinates, miles_to_towns(clinic.coordinates))
    pin = Pin(clinic, None, WIDTH / 2, HEIGHT / 2, WIDTH / 2, HEIGHT / 2)
    return draw(view, [pin], None, (WIDTH / 2, HEIGHT / 2))


def miles_to_towns(place: Coordinates) -> float:
    """The smallest distance of a few that holds some towns."""
    for miles in (CLINIC_LEAST_MILES, 6, 12, 25):
        view = view_around(place, miles)
        points = [view.at(town.vector) for town in towns_in(view.box())]
        if sum(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points) >= TOWNS_AROUND_A_CLINIC:
            return miles
    return CLINIC_MOST_MILES


def draw(view: View, pins: list[Pin], place, centre) -> Map:
    taken: list[Rectangle] = [pin.box() for pin in pins]
    taken += [(pin.x - 6, pin.y - 6, pin.x + 6, pin.y + 6) for pin in pins if pin.was_moved]
    if place:
        taken.append((place[0] - PLACE, place[1] - PLACE, place[0] + PLACE, place[1] + PLACE))
    rings = draw_rings(view, centre, taken) if centre else []
    scale = None if centre else draw_scale(view, taken)
    towns = name_towns(view, taken)
    return Map(view, Pen(view, us_shapes()).lines(), pins, rounded(place), rounded(centre), rings, scale, towns)


def draw_rings(view: View, centre: tuple[float, float], taken: list[Rectangle]) -> list[Ring]:
    """The largest rings that have room for their label on the paper."""
    rings = []
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
