"""A page of results over the pictures of a site owner's own tile server (settings.MAP_TILE_URL), in Web Mercator.

Only the page that a reader opens for it asks that server; the server then sees which area the reader looks at.
"""

import math
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings

from clinics.geo import EQUATORIAL_RADIUS_MILES, Coordinates
from clinics.maps.pins import MapPoint, Pin, split_points, spread_pins
from clinics.maps.projection import HEIGHT, MARGIN, WIDTH
from clinics.maps.zip_areas import ZipArea, areas_of, name_areas

TILE = 256  # pixels of a tile, and units of the drawing
LEAST_ZOOM, MOST_ZOOM = 3, 18
CLOSEST_FIT = 15  # a single point is not shown from its roof
MERCATOR_EDGE = 85.05  # degrees of latitude where the tiles end


@dataclass
class Tile:
    url: str
    x: int
    y: int


@dataclass
class TileMap:
    width = WIDTH
    height = HEIGHT
    size = TILE
    zoom: int
    tiles: list[Tile]
    pins: list[Pin]
    place: tuple[int, int] | None
    zip_areas: list[ZipArea] = field(default_factory=list)  # where a ZIP code is all that is known

    @property
    def zoom_in(self) -> int | None:
        return self.zoom + 1 if self.zoom < MOST_ZOOM else None

    @property
    def zoom_out(self) -> int | None:
        return self.zoom - 1 if self.zoom > LEAST_ZOOM else None


def tile_host() -> str:
    """The host of the tile server, for people to read; empty if the site has none."""
    return urlsplit(settings.MAP_TILE_URL).netloc


def tile_origin() -> str:
    """Scheme and host of the tile server, as a content security policy names it."""
    return f"{urlsplit(settings.MAP_TILE_URL).scheme}://{tile_host()}"


def tile_map_of_points(points: list[MapPoint], reader_at: Coordinates | None, zoom: int | None) -> TileMap:
    """The same pins as `map_of_points`; without a zoom, at the closest one that shows them all."""
    origin = reader_at or points[0].coordinates
    exact, rough = split_points(points)
    positions = [mercator(point.coordinates, origin) for point in exact]
    shown = (
        positions
        + [mercator(point.coordinates, origin) for point in rough]
        + ([mercator(origin, origin)] if reader_at else [])
    )
    (left, right), (top, bottom) = ((min(axis), max(axis)) for axis in zip(*shown, strict=True))
    if zoom is None:
        zoom = next((z for z in range(CLOSEST_FIT, LEAST_ZOOM, -1) if fits(z, right - left, bottom - top)), LEAST_ZOOM)
        middle = ((left + right) / 2, (top + bottom) / 2)
    else:
        zoom = min(MOST_ZOOM, max(LEAST_ZOOM, zoom))
        middle = mercator(origin, origin) if reader_at else ((left + right) / 2, (top + bottom) / 2)
    world = TILE * 2**zoom
    corner = (round(middle[0] * world - WIDTH / 2), round(middle[1] * world - HEIGHT / 2))
    placed = (Pin(p, x * world - corner[0], y * world - corner[1]) for p, (x, y) in zip(exact, positions, strict=True))
    pins = [pin for pin in placed if 0 <= pin.x <= WIDTH and 0 <= pin.y <= HEIGHT]
    mark = None
    if reader_at:
        x, y = mercator(origin, origin)
        mark = (round(x * world - corner[0]), round(y * world - corner[1]))
    spread_pins(pins, mark)
    areas = areas_under(rough, origin, corner, world)
    name_areas(areas, [pin.box() for pin in pins])
    return TileMap(zoom, list(tiles_under(corner, zoom)), pins, mark, areas)


def areas_under(points: list[MapPoint], origin: Coordinates, corner: tuple[int, int], world: int) -> list[ZipArea]:
    """The areas of ZIP codes on a world of so many pixels."""

    def project(place: Coordinates) -> tuple[float, float]:
        x, y = mercator(place, origin)
        return x * world - corner[0], y * world - corner[1]

    miles_around = math.tau * EQUATORIAL_RADIUS_MILES * math.cos(math.radians(origin.latitude))
    return areas_of(points, project, world / miles_around)


def fits(zoom: int, across: float, down: float) -> bool:
    world = TILE * 2**zoom
    return across * world <= WIDTH - 2 * MARGIN and down * world <= HEIGHT - 2 * MARGIN


def mercator(place: Coordinates, origin: Coordinates) -> tuple[float, float]:
    """x to the east and y to the south, the world being 1 wide; on the side of the date line that `origin` is on."""
    longitude = origin.longitude + (place.longitude - origin.longitude + 180) % 360 - 180
    latitude = math.radians(max(-MERCATOR_EDGE, min(MERCATOR_EDGE, place.latitude)))
    return (longitude + 180) / 360, (1 - math.asinh(math.tan(latitude)) / math.pi) / 2


def tiles_under(corner: tuple[int, int], zoom: int):
    """The tiles that the canvas needs, whose upper left corner lies at a pixel of the world; none beyond the poles."""
    count = 2**zoom
    for row in range(corner[1] // TILE, (corner[1] + HEIGHT - 1) // TILE + 1):
        for column in range(corner[0] // TILE, (corner[0] + WIDTH - 1) // TILE + 1):
            if 0 <= row < count:
                url = settings.MAP_TILE_URL
                for name, number in (("{z}", zoom), ("{x}", column % count), ("{y}", row)):
                    url = url.replace(name, str(number))
                yield Tile(url, column * TILE - corner[0], row * TILE - corner[1])
