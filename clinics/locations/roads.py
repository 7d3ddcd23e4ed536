"""Minutes by car from each ZIP code to the clinics nearest to it, over the roads of an OpenStreetMap extract.

A job that an operator starts (manage.py route_clinics; docs/roads.md). Readers are told what it left in the table of
journeys; nobody waits for it. It goes state by state, and where it was ended it goes on.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection

from clinics.geo import POINT_IN_SPACE_SQL, Coordinates, miles_between
from clinics.locations.journeys import Drive, set_minutes
from clinics.locations.router import Answer, Question, RoadMap
from clinics.models import Clinic, PointQuality, ZipCode

CLINICS_OF_A_ZIP = 60
FARTHEST_MILES = 200  # in a straight line: so far the radius of a search does not go
ZIP_CODES_AT_ONCE = 50  # written in one go; a job that is killed does at most so many again
COVERED_SHARE = 0.5  # of the ZIP codes of a state; of its neighbor an extract has but a strip along the border
SECONDS_PER_MINUTE = 60

# A clinic that is known to its ZIP code only stands nowhere that could be driven to.
_NEAREST = f"""
    SELECT start.code, near.id, near.latitude, near.longitude
    FROM (
        SELECT code, {POINT_IN_SPACE_SQL} AS point FROM clinics_zipcode WHERE code = ANY(%(codes)s)
    ) AS start CROSS JOIN LATERAL (
        SELECT id, latitude, longitude, position <-> start.point AS miles FROM clinics_clinic
        WHERE is_listed AND position IS NOT NULL AND point_quality <> %(of_a_zip)s
        ORDER BY position <-> start.point LIMIT %(most)s
    ) AS near
    WHERE near.miles <= %(farthest)s
    ORDER BY start.code, near.miles, near.id
"""  # noqa: S608 - our own columns


@dataclass
class Routed:
    """What became of a state."""

    state: str
    zip_codes: int = 0
    on_a_road: int = 0  # of these: with a road of the extract near
    done_before: int = 0  # of these: by an earlier run, which was ended
    drives: int = 0
    changed: int = 0  # rows of the table

    @property
    def is_covered(self) -> bool:
        return self.on_a_road > 0 and self.on_a_road >= COVERED_SHARE * self.zip_codes


class Done:
    """The ZIP codes that a run has written, in a file beside the map, until the run is over."""

    def __init__(self, folder: Path):
        self.path = folder / "done.txt"

    def codes(self) -> set[str]:
        return set(self.path.read_text().split()) if self.path.exists() else set()

    def add(self, codes: list[str]) -> None:
        with self.path.open("a") as file:
            file.write("".join(f"{code}\n" for code in codes))

    def forget(self, codes: list[str]) -> None:
        self.path.write_text("".join(f"{code}\n" for code in sorted(self.codes() - set(codes))))


def states_on_the_map() -> list[str]:
    known = ZipCode.objects.filter(latitude__isnull=False).exclude(kind=ZipCode.Kind.MILITARY)
    return sorted(set(known.values_list("state", flat=True)))


def survey(roads: RoadMap, states: list[str]) -> list[Routed]:
    """How much of each state the extract covers."""
    starts = {state: _starts_in(state) for state in states}
    questions = [Question(start, []) for points in starts.values() for start in points.values()]
    answers = roads.ask(questions)
    return [
        Routed(state, len(points), sum(answer.has_road for answer in islice(answers, len(points))))
        for state, points in starts.items()
    ]


def route_state(roads: RoadMap, routed: Routed, on_zip_codes: Callable[[int, int], None] | None = None) -> None:
    """Write the minutes of a state that the extract covers, and into `routed` what became of it.

    `on_zip_codes` is told how many are done, and of how many, whenever some are. A run that is ended and begun again
    leaves out what is done, until `forget_states`.
    """
    starts = _starts_in(routed.state)
    done = Done(roads.folder)
    before = done.codes()
    todo = [code for code in starts if code not in before]
    routed.done_before = len(starts) - len(todo)
    clinics = _nearest_to(todo)
    questions = [Question(starts[code], list(clinics[code].values())) for code in todo]
    answers = zip(todo, roads.ask(questions), strict=True)
    written = routed.done_before
    while batch := list(islice(answers, ZIP_CODES_AT_ONCE)):
        drives = {code: _drives(starts[code], clinics[code], answer) for code, answer in batch}
        _leave_out_the_moved(drives, clinics)
        routed.changed += set_minutes(drives, roads.as_of)
        routed.drives += sum(map(len, drives.values()))
        done.add(list(drives))
        written += len(batch)
        if on_zip_codes:
            on_zip_codes(written, len(starts))


def forget_states(roads: RoadMap, states: list[str]) -> None:
    """The run over these states is over: the next begins from the start."""
    Done(roads.folder).forget([code for state in states for code in _starts_in(state)])


def _starts_in(state: str) -> dict[str, Coordinates]:
    rows = ZipCode.objects.filter(state=state, latitude__isnull=False).exclude(kind=ZipCode.Kind.MILITARY)
    points = rows.order_by("code").values_list("code", "latitude", "longitude")
    return {code: Coordinates(latitude or 0, longitude or 0) for code, latitude, longitude in points}


def _nearest_to(codes: list[str]) -> dict[str, dict[int, Coordinates]]:
    """The clinics nearest to each ZIP code, by their number."""
    given: dict[str, Any] = {
        "codes": codes,
        "most": CLINICS_OF_A_ZIP,
        "farthest": FARTHEST_MILES,
        "of_a_zip": PointQuality.ZIP.value,
    }
    clinics: dict[str, dict[int, Coordinates]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, given)
        for code, clinic_id, latitude, longitude in cursor.fetchall():
            clinics[code][clinic_id] = Coordinates(latitude, longitude)
    return clinics


def _drives(start: Coordinates, clinics: dict[int, Coordinates], answer: Answer) -> dict[int, Drive]:
    return {
        clinic_id: drive_of(start, clinic, *drive)
        for (clinic_id, clinic), drive in zip(clinics.items(), answer.drives, strict=True)
        if drive
    }


def _leave_out_the_moved(drives: dict[str, dict[int, Drive]], clinics: dict[str, dict[int, Coordinates]]) -> None:
    """A state takes hours: a clinic may stand elsewhere by now. The next run finds the way there."""
    numbers = {pk for of_code in drives.values() for pk in of_code}
    now = {clinic.pk: clinic.coordinates for clinic in Clinic.objects.filter(pk__in=numbers).defer("position")}
    for code, of_code in drives.items():
        drives[code] = {pk: drive for pk, drive in of_code.items() if now.get(pk) == clinics[code][pk]}


def drive_of(start: Coordinates, end: Coordinates, seconds: float, miles: float) -> Drive:
    """The router measures on a ball: a straight road would be a few feet shorter than our straight line."""
    return Drive(max(1, round(seconds / SECONDS_PER_MINUTE)), max(miles, miles_between(start, end)))
