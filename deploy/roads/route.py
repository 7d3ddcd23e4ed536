"""Minutes by car over roads of OpenStreetMap. Runs in an environment of its own, which has valhalla and nothing else.

    route.py build EXTRACT FOLDER   makes the map of roads that `drive` needs
    route.py check                  ends well if valhalla is there
    route.py drive FOLDER           reads questions from stdin, answers each on stdout: one JSON object a line

A question is {"start": [latitude, longitude], "ends": [[latitude, longitude], ...]}; the answer {"has_road": true,
"drives": [[seconds, miles] or null, ...]}. `has_road`: whether a road is near the start; without one, all is null.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import valhalla

Point = tuple[float, float]
METRES_PER_MILE = 1609.344
METRES_PER_DEGREE = 111_320  # of latitude
# How far from a point its road may be. The nearest is taken, even if it leads nowhere: that of an island is not that
# of the mainland across the water; but one that leads on, if it is beside the point, before the lane of a parking lot.
FARTHEST_ROAD_METRES = 3000
BESIDE_THE_POINT_METRES = 150
SOMEWHERE, NOWHERE = 50, 0  # how many crossings a road reaches, at least
# From the point to that road: nobody measured it, so it counts as slow.
METRES_PER_SECOND_OFF_ROAD = 7
# No limits: our own questions alone are answered. A ferry is no drive: nobody knows how long it is waited for.
NO_LIMIT = 1e8
ONE_SPOT_METRES = 1
# Less than nothing, by a rounding, is written as the largest of numbers.
LONGEST_SECONDS = 7 * 24 * 60 * 60
NONE_IS_JOINED = "No path could be found"
COSTING = {"costing": "auto", "costing_options": {"auto": {"exclude_ferries": True}}}
SNAPPING = {
    "search_cutoff": FARTHEST_ROAD_METRES,
    "search_filter": {"exclude_ferry": True},
}


def build(extract: Path, folder: Path) -> None:
    """Exits with the router's own words if nothing can be made of the extract."""
    (folder / "tiles").mkdir(parents=True)
    program = valhalla.PYVALHALLA_DIR / "bin" / "valhalla_build_tiles"
    command = [str(program), "-c", str(configuration_in(folder).resolve()), str(extract.resolve())]
    made = subprocess.run(command, capture_output=True, text=True, cwd=folder)  # where it leaves notes of its own
    if made.returncode:
        said = (made.stderr or made.stdout).strip().splitlines() or ["the router did not say why"]
        sys.exit(said[-1].strip().removeprefix("what():").strip())
    if not any(folder.rglob("*.gph")):
        sys.exit("it holds no roads")


def configuration_in(folder: Path) -> Path:
    """Written anew by each run: it names the folder, which may have been moved."""
    configuration = valhalla.get_config(tile_extract="", tile_dir=str(folder / "tiles"))
    configuration["mjolnir"]["concurrency"] = os.cpu_count() or 1
    configuration["service_limits"]["allow_hard_exclusions"] = True
    limits = {"max_matrix_distance": NO_LIMIT, "max_matrix_location_pairs": int(NO_LIMIT)}
    configuration["service_limits"]["auto"] |= limits
    path = folder / "valhalla.json"
    path.write_text(json.dumps(configuration))
    return path


class Driver:
    def __init__(self, folder: Path):
        self.actor = valhalla.Actor(str(configuration_in(folder)))
        self.on_road: dict[Point, Point | None] = {}  # where each point meets its road; None without one
        self.locations: dict[Point, dict] = {}  # as the router is to look for that road

    def answer(self, question: dict) -> dict:
        start, *ends = (tuple(point) for point in [question["start"], *question["ends"]])
        self.look_for_roads([start, *ends])
        drives = self.drives(start, {end for end in ends if self.on_road[end]}) if self.on_road[start] else {}
        return {"has_road": bool(self.on_road[start]), "drives": [drives.get(end) for end in ends]}

    def look_for_roads(self, points: list[Point]) -> None:
        new = list({point for point in points if point not in self.on_road})
        if not new:
            return
        nearest = self.spots([location(point, NOWHERE) for point in new])
        leading_on = self.spots([location(point, SOMEWHERE) for point in new])
        for point, spot, other in zip(new, nearest, leading_on, strict=True):
            leads_on = other is not None and metres_between(point, other) <= BESIDE_THE_POINT_METRES
            self.on_road[point] = other if leads_on else spot
            self.locations[point] = location(point, SOMEWHERE if leads_on else NOWHERE)

    def spots(self, locations: list[dict]) -> list[Point | None]:
        """Where each meets its road; None where none is near."""
        found = self.actor.locate({"locations": locations} | COSTING)
        edges = [each["edges"][0] if each["edges"] else None for each in found]
        return [edge and (edge["correlated_lat"], edge["correlated_lon"]) for edge in edges]

    def drives(self, start: Point, ends: set[Point]) -> dict[Point, list[float]]:
        """Seconds and miles from point to point; those that no road joins are left out.

        The way between a point and its road is part of it: else a drive could be shorter than the straight line. Two
        points that meet the road in one spot are joined without the router, which may go round the block for that.
        """
        spot = self.on_road[start]
        here = [end for end in ends if metres_between(spot, self.on_road[end]) < ONE_SPOT_METRES]
        on_road = dict.fromkeys(here, (0, 0)) | self.by_router(start, sorted(ends.difference(here)))
        drives = {}
        for end, (seconds, metres) in on_road.items():
            off_road = metres_between(start, spot) + metres_between(end, self.on_road[end])
            seconds += off_road / METRES_PER_SECOND_OFF_ROAD
            drives[end] = [round(seconds), round((metres + off_road) / METRES_PER_MILE, 3)]
        return drives

    def by_router(self, start: Point, ends: list[Point]) -> dict[Point, tuple[float, float]]:
        """Seconds and metres on the road."""
        if not ends:
            return {}
        places = {"sources": [self.locations[start]], "targets": [self.locations[end] for end in ends]}
        try:
            found = self.actor.matrix(places | COSTING | {"units": "kilometers", "verbose": True})
        except RuntimeError as error:
            if NONE_IS_JOINED in str(error):
                return {}
            raise
        drives = zip(ends, found["sources_to_targets"][0], strict=True)
        return {
            end: (drive["time"], drive["distance"] * 1000)
            for end, drive in drives
            if drive["time"] is not None and drive["time"] < LONGEST_SECONDS
        }


def location(point: Point, reachability: int) -> dict:
    return {"lat": point[0], "lon": point[1], "minimum_reachability": reachability} | SNAPPING


def metres_between(one: Point, other: Point) -> float:
    """Over a few miles, where the Earth is flat enough."""
    north = (other[0] - one[0]) * METRES_PER_DEGREE
    east = (other[1] - one[1]) * METRES_PER_DEGREE * math.cos(math.radians(one[0]))
    return math.hypot(north, east)


def drive(folder: Path) -> None:
    driver = Driver(folder)
    for line in sys.stdin:
        print(json.dumps(driver.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["build", extract, folder]:
            build(Path(extract), Path(folder))
        case ["drive", folder]:
            drive(Path(folder))
        case ["check"]:
            pass
        case _:
            sys.exit(__doc__)
