"""A few names of towns, so that a reader recognizes the area."""

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from clinics.geo import Coordinates
from clinics.maps.projection import HEIGHT, WIDTH, View
from clinics.maps.shapes import Box, Vector, cells_of, unit_vector

MOST_TOWNS = 7
MOST_TRIED = 60
MOST_SORTED = 2000
MOST_CELLS = 1000  # degrees; of a larger box only the largest towns of the country are considered
LETTER, LINE = 13, 28  # units of a letter and of a line of a name
SHIFTS = [(0, 0), (0, 1), (0, -1), (0.5, 0), (-0.5, 0), (0, 2), (0, -2)]  # in widths and lines of the name
EDGE = 8  # units between a name and the edge of the canvas
RANK = attrgetter("rank")
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(slots=True, frozen=True)
class Town:
    name: str
    vector: Vector
    rank: tuple[int, str]  # of two towns the larger has the lower


@dataclass
class Label:
    text: str
    x: int
    y: int


class TownIndex:
    """Towns by the degree in which they lie, the largest first. Takes the name, place and size of each."""

    def __init__(self, towns: Iterable[tuple[str, Coordinates, int]]):
        cells = defaultdict(list)
        for name, place, size in towns:
            [cell] = cells_of(Box(place.latitude, place.latitude, place.longitude, 0))
            cells[cell].append(Town(name, unit_vector(*place), (-size, name)))
        self.largest = sorted(chain.from_iterable(cells.values()), key=RANK)[:MOST_CELLS]
        self.cells = {cell: sorted(found, key=RANK)[:MOST_SORTED] for cell, found in cells.items()}

    def towns_in(self, box: Box) -> list[Town]:
        """The towns that may be visible in a box, largest first; of a large box only the largest of each degree."""
        cells = list(cells_of(box))
        if len(cells) > MOST_CELLS:
            return self.largest
        most = max(2, MOST_SORTED // len(cells))
        found = chain.from_iterable(self.cells.get(cell, ())[:most] for cell in cells)
        return sorted(found, key=RANK)


def name_towns(view: View, towns: TownIndex, taken: list[Rectangle], named: Container[str] = ()) -> list[Label]:
    """Names on the canvas that cover nothing `taken`; the rectangles that they cover are added to it.

    None of those that are `named` already.
    """
    labels: list[Label] = []
    tried = 0
    for town in towns.towns_in(view.box()):
        if len(labels) == MOST_TOWNS or tried == MOST_TRIED:
            break
        x, y = view.project_vector(town.vector)
        if town.name in named or not (0 < x < WIDTH and 0 < y < HEIGHT):
            continue
        tried += 1
        for across, down in SHIFTS:
            text_x, text_y = x + across * len(town.name) * LETTER, y + down * LINE
            box = box_of_text(town.name, text_x, text_y)
            if is_free(box, taken):
                labels.append(Label(town.name, round(text_x), round(text_y)))
                taken.append(box)
                break
    return labels


def box_of_text(text: str, x: float, y: float) -> Rectangle:
    """The rectangle of a text that is centred at a point."""
    half = len(text) * LETTER / 2
    return (x - half, y - LINE / 2, x + half, y + LINE / 2)


def is_free(box: Rectangle, taken: list[Rectangle]) -> bool:
    left, top, right, bottom = box
    if left < EDGE or top < EDGE or right > WIDTH - EDGE or bottom > HEIGHT - EDGE:
        return False
    for (
        its_left,
        its_top,
        its_right,
        its_bottom,
    ) in taken:  # any() takes twice as long, and a page calls this thousands of times
        if left < its_right and right > its_left and top < its_bottom and bottom > its_top:
            return False
    return True
