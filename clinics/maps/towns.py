"""A few names of towns, so that a reader knows the map again.

The towns of our own ZIP codes are held in memory, read with two queries at a process's first map.
"""

import threading
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from django.db.models import Avg, Count, Q

from clinics.maps.projection import HEIGHT, WIDTH, View
from clinics.maps.shapes import Box, Vector, cells_of, unit_vector
from clinics.models import Clinic, ZipCode
from clinics.models.clinic import city_slug

MOST_TOWNS = 7
MOST_TRIED = 60
MOST_SORTED = 2000
MOST_CELLS = 1000  # degrees; of a larger box only the largest towns of the country are looked at
EVERYWHERE = ()  # where those are kept among the cells
LETTER, LINE = 13, 28  # units that a letter and a line of a name take
SHIFTS = [(0, 0), (0, 1), (0, -1), (0.5, 0), (-0.5, 0), (0, 2), (0, -2)]  # in widths and lines of the name
EDGE = 8  # units between a name and the edge of the paper
RANK = attrgetter("rank")
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom

_cells: dict[tuple[int, int], list["Town"]] = {}
_reading = threading.Lock()


@dataclass(slots=True, frozen=True)
class Town:
    name: str
    vector: Vector
    size: int  # how many ZIP codes with streets carry the name, and how many clinics are there
    rank: tuple[int, str] = (0, "")  # of two towns the larger has the lower


@dataclass
class Label:
    text: str
    x: int
    y: int


def towns_in(box: Box) -> list[Town]:
    """The towns that may be seen in a box, the largest first; of a large box only the largest of each degree."""
    with _reading:
        if not _cells:
            _cells.update(read_towns())
    cells = list(cells_of(box))
    if len(cells) > MOST_CELLS:
        return _cells[EVERYWHERE]
    most = max(2, MOST_SORTED // len(cells))
    found = chain.from_iterable(_cells.get(cell, ())[:most] for cell in cells)
    return sorted(found, key=RANK)


def read_towns() -> dict[tuple[int, int], list[Town]]:
    """The towns by the degree in which they lie; a process that runs when ZIP codes are loaded again keeps the old.

    Those that a ZIP code is named after: `City` also holds counties and companies, by which letters arrive too.
    """
    named = ZipCode.objects.filter(kind__in=[ZipCode.Kind.STANDARD, ZipCode.Kind.PO_BOX], latitude__isnull=False)
    with_streets = Count("pk", filter=Q(kind=ZipCode.Kind.STANDARD))
    rows = named.order_by().values("city", "state")
    rows = rows.annotate(north=Avg("latitude"), east=Avg("longitude"), zip_count=with_streets)
    clinics = Clinic.objects.listed().order_by().values("state", "city_slug").annotate(count=Count("pk"))
    clinics_in = {(row["state"], row["city_slug"]): row["count"] for row in clinics}
    cells = defaultdict(list)
    for name, state, latitude, longitude, zip_count in rows.values_list("city", "state", "north", "east", "zip_count"):
        size = zip_count + clinics_in.get((state, city_slug(name)), 0)
        [cell] = cells_of(Box(latitude, latitude, longitude, 0))
        cells[cell].append(Town(name, unit_vector(latitude, longitude), size, (-size, name)))
    cells[EVERYWHERE] = chain.from_iterable(list(cells.values()))
    return {cell: sorted(towns, key=RANK)[: MOST_SORTED if cell else MOST_CELLS] for cell, towns in cells.items()}


def name_towns(view: View, taken: list[Rectangle], most: int = MOST_TOWNS) -> list[Label]:
    """Names that lie on the paper and cover nothing that is `taken`; what they cover is added to it."""
    labels = []
    tried = 0
    for town in towns_in(view.box()):
        if len(labels) == most or tried == MOST_TRIED:
            break
        x, y = view.at(town.vector)
        if not (0 < x < WIDTH and 0 < y < HEIGHT):
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
    """What a text takes that is centred at a point."""
    half = len(text) * LETTER / 2
    return (x - half, y - LINE / 2, x + half, y + LINE / 2)


def is_free(box: Rectangle, taken: list[Rectangle]) -> bool:
    left, top, right, bottom = box
    if left < EDGE or top < EDGE or right > WIDTH - EDGE or bottom > HEIGHT - EDGE:
        return False
    for its_left, its_top, its_right, its_bottom in taken:  # any() takes twice as long, and a page asks thousands
        if left < its_right and right > its_left and top < its_bottom and bottom > its_top:
            return False
    return True
