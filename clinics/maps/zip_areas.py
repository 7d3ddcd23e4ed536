"""Clinics that are known to their ZIP code only: its area is shaded, once however many there are; none has a pin.

How wide a ZIP code is nobody here knows. Its circle is half as wide as the way to the nearest other one on the map,
within what is usual: of the clinics whose true points are known, three of four stand within two miles of the middle of
their ZIP code, half of them within 1.2.
On a map so wide that nobody would see that, a dot stands for all ZIP codes of a town, with its name.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import ngettext

from clinics.geo import Coordinates
from clinics.maps.pins import MapPoint
from clinics.maps.towns import LETTER, LINE, Label, Rectangle, box_of_text, is_free

LEAST_MILES, MOST_MILES = 0.5, 2
LEAST_RADIUS = 16  # units: below, nobody sees a circle
HOLDS_ITS_NAME = 2 * LINE  # units: a circle with so long a radius has its name in it, a smaller one beside it

Project = Callable[[Coordinates], tuple[float, float]]


@dataclass(slots=True)
class ZipArea:
    """A shaded circle on the canvas, in units."""

    place: str  # a ZIP code, or on a wide map a town
    clinics: int
    x: int
    y: int
    radius: int
    label: Label | None = None  # None where there is no room for one

    @property
    def name(self) -> str:
        """What it is, for a screen reader."""
        words = ngettext("%(place)s: %(count)s clinic", "%(place)s: %(count)s clinics", self.clinics)
        return words % {"place": self.place, "count": self.clinics}

    @property
    def text(self) -> str:
        return f"{self.place} ({self.clinics})" if self.clinics > 1 else self.place


def areas_of(points: list[MapPoint], project: Project, units_per_mile: float) -> list[ZipArea]:
    """The areas of the ZIP codes of some points, or of their towns on a wide map, in their order."""
    is_wide = MOST_MILES * units_per_mile < LEAST_RADIUS
    places = [point.city if is_wide and point.city else point.zip_code for point in points]
    middles = {place: project(point.coordinates) for place, point in zip(places[::-1], points[::-1], strict=True)}
    areas = []
    for place, count in Counter(places).items():
        x, y = middles[place]
        others = [math.hypot(x - across, y - down) for other, (across, down) in middles.items() if other != place]
        room = min(others, default=math.inf) / 2 / units_per_mile
        radius = max(LEAST_RADIUS, min(MOST_MILES, max(LEAST_MILES, room)) * units_per_mile)
        areas.append(ZipArea(place, count, round(x), round(y), round(radius)))
    return areas


def name_areas(areas: Sequence[ZipArea], taken: list[Rectangle]) -> None:
    """Name each where that covers nothing `taken`."""
    for area in areas:
        for x, y in spots_for(area):
            box = box_of_text(f"{area.text} ", x, y)  # it is bold, so as wide as one letter more
            if is_free(box, taken):
                taken.append(box)
                area.label = Label(area.text, round(x), round(y))
                break
        taken.append((area.x - LEAST_RADIUS, area.y - LEAST_RADIUS, area.x + LEAST_RADIUS, area.y + LEAST_RADIUS))


def spots_for(area: ZipArea) -> list[tuple[float, float]]:
    """Where its name may stand, the best first: in a large circle, else below, above, to the right or to the left."""
    down, across = area.radius + LINE / 2, area.radius + len(f"{area.text} ") * LETTER / 2
    beside = [(area.x, area.y + down), (area.x, area.y - down), (area.x + across, area.y), (area.x - across, area.y)]
    middle = [(float(area.x), float(area.y))]
    return middle + beside if area.radius >= HOLDS_ITS_NAME else beside + middle
