"""Make clinics/data/us_lines.json.gz from the Census Bureau's boundaries.

    npm pack us-atlas@3.0.1 && tar xzf us-atlas-3.0.1.tgz
    python -m clinics.maps.make_shapes package/counties-10m.json

Source: `counties-10m.json` of the npm package us-atlas 3.0.1 (Michael Bostock, ISC licence), TopoJSON made from the
2017 cartographic boundary files of the US Census Bureau, which are in the public domain. States, the District of
Columbia, Puerto Rico, the US Virgin Islands, Guam, the Northern Marianas and American Samoa.

Every arc keeps the points of the source, which are rounded to 0.0036 degrees of longitude and 0.00086 of latitude (up
to 200 yards from where the boundary files have them). Lost: the names and the areas of the counties, and which county
lies on which side; a line is all that a map of clinics draws. Added: for each arc the few points that a map of several
states needs (Douglas-Peucker, 0.02 degrees of latitude: 1.4 miles).
"""

import gzip
import json
import math
import sys
from pathlib import Path

OUTPUT = Path(__file__).resolve().parent.parent / "data" / "us_lines.json.gz"
COARSE_DEGREES = 0.02
COAST, STATE, COUNTY = "c", "s", "y"  # what an arc separates: land and water (or a foreign land), states, counties
SOURCE = "US Census Bureau, cartographic boundary files 2017, by way of us-atlas 3.0.1"
LICENCE = "ISC, Copyright 2013-2019 Michael Bostock; the boundaries are in the public domain"


def main(path: str) -> None:
    topology = json.loads(Path(path).read_text())
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    shapes = {
        "source": SOURCE,
        "licence": LICENCE,
        "scale": scale,
        "translate": translate,
        "kinds": "".join(kinds_of_arcs(topology)),
        # x and y in turn, the first of each from the origin and every other from the one before it
        "arcs": [[number for step in arc for number in step] for arc in topology["arcs"]],
        "coarse": [coarse_points(arc, scale) for arc in topology["arcs"]],
        # as in TopoJSON: ~n is the arc n backwards
        "rings": [
            ring for state in topology["objects"]["states"]["geometries"] for ring in rings_of(state) if len(ring)
        ],
    }
    text = json.dumps(shapes, separators=(",", ":"))
    OUTPUT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    sys.stdout.write(f"{OUTPUT.name}: {len(shapes['arcs'])} arcs, {OUTPUT.stat().st_size} bytes\n")


def rings_of(geometry: dict) -> list[list[int]]:
    """The closed lines of a shape, holes among them: filled by the even-odd rule they need no other mark."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return [ring for polygon in polygons for ring in polygon]


def kinds_of_arcs(topology: dict) -> list[str]:
    """For each arc what it parts; the first two digits of a county's number are its state."""
    counties: list[set[str]] = [set() for _ in topology["arcs"]]
    for county in topology["objects"]["counties"]["geometries"]:
        for ring in rings_of(county):
            for arc in ring:
                counties[arc if arc >= 0 else ~arc].add(county["id"])
    kinds = []
    for ids in counties:
        states = {county[:2] for county in ids}
        kinds.append(COAST if len(ids) < 2 else STATE if len(states) > 1 else COUNTY)
    return kinds


def coarse_points(arc: list[list[int]], scale: list[float]) -> list[int]:
    """The numbers of the points, between the first and the last, without which the line would move too much."""
    points, x, y = [], 0, 0
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale[0] * 0.77, y * scale[1]))  # a degree of longitude at 40 degrees north
    kept, spans = [], [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        offsets = [(distance(points[n], points[first], points[last]), n) for n in range(first + 1, last)]
        most, middle = max(offsets, default=(0, 0))
        if most > COARSE_DEGREES:
            kept.append(middle)
            spans += [(first, middle), (middle, last)]
    return sorted(kept)


def distance(point, start, end) -> float:
    """From a point to the piece of a line between two others."""
    (x, y), (x1, y1), (x2, y2) = point, start, end
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = 0 if not length else min(1, max(0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length))
    return math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m clinics.maps.make_shapes counties-10m.json")
    main(sys.argv[1])
