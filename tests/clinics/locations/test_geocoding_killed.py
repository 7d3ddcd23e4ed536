"""The run as its own process: killed at ten points, run again, and compared with one that nobody disturbs."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from clinics.geo import Coordinates
from tests.clinics.locations.census_server import CensusServer, Known
from tests.databases import PLACES, own_database

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[3]
SECONDS = 120
BATCH_SIZE = 5
# Streets of Baltimore that are found; found in the cleaned form alone; in several places; nowhere. Nine of fifteen are
# asked for once, the county roads and the tie in both forms.
FOUND = [f"{number} Market Street" for number in range(1, 10)]
CLEANED = [f"{number} County Road 12" for number in range(1, 5)]
STREETS = [*FOUND, *CLEANED, "8 County Road 13", "7 Nowhere Road"]
TABLE = {
    **{("21202", f"{n} market st"): Known(Coordinates(39.29 + n / 1000, -76.61)) for n in range(1, 10)},
    **{("21202", f"{n} co rd 12"): Known(Coordinates(39.29, -76.61 - n / 1000), "Non_Exact") for n in range(1, 5)},
    ("21202", "8 co rd 13"): Known(None),
}
# A moment is when the run has sent a file, has half of its answer, or wants to write to a table; then it is killed.
# Files 1 to 3 are the addresses as stated, file 4 the cleaned ones. No moment is after all is done.
MOMENTS = [
    (0, "clinics_addresslookup"),
    (1, "sent"),
    (1, "half"),
    (1, "clinics_addresslookup"),
    (1, "clinics_addresspoint"),
    (1, "clinics_clinic"),
    (2, "sent"),
    (3, "clinics_addresslookup"),
    (4, "sent"),
    (4, "clinics_addresspoint"),
]
STATE = """
    SELECT 'clinic', street, latitude::text, longitude::text, point_quality, point_source, '' FROM clinics_clinic
    UNION ALL
    SELECT 'point', address, latitude::text, longitude::text, quality, source, as_of FROM clinics_addresspoint
    UNION ALL
    SELECT 'lookup', address, outcome, reason, matched, sent, '' FROM clinics_addresslookup
    ORDER BY 1, 2
"""
WANTED = "SELECT pid FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
FORGET = """
    DELETE FROM clinics_addresslookup;
    DELETE FROM clinics_addresspoint;
    UPDATE clinics_clinic SET latitude = 39.3, longitude = -76.6, point_quality = 'zip', point_source = '',
        point_as_of = '', point_address = '', point_problem = ''
"""
ADD_CLINICS = """
import django
django.setup()
from tests.clinics.locations.test_geocoding_killed import STREETS
from tests.factories import ClinicFactory
for street in STREETS:
    ClinicFactory(street=street, zip_code="21202", point_quality="zip")
"""


class Directory:
    """A database of its own, and the processes that work on it."""

    def __init__(self, url: str) -> None:
        self.url, self.server = url, None

    def query(self, text, *parameters) -> list[tuple]:
        with closing(psycopg2.connect(self.url)) as link, link.cursor() as cursor:
            cursor.execute(text, parameters)
            return cursor.fetchall()

    def start(self, *command: str) -> subprocess.Popen:
        environment = {"DATABASE_URL": self.url, "SECRET_KEY": "test", "DJANGO_SETTINGS_MODULE": "config.settings"}
        if self.server:
            environment |= {"GEOCODER": "census", "CENSUS_GEOCODER_URL": self.server.url}
            environment |= {"CENSUS_BATCH_SIZE": str(BATCH_SIZE), "CENSUS_PAUSE_SECONDS": "0"}
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=PROJECT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str) -> str:
        process = self.start(*command)
        output, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, output
        return output

    @contextmanager
    def holding(self, table: str):
        """Nobody writes the table meanwhile; yields a function that tells whether somebody wants to."""
        with closing(psycopg2.connect(self.url)) as link, link.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            yield lambda: bool(self.query(WANTED, table))

    def change(self, text) -> None:
        with closing(psycopg2.connect(self.url)) as link, link, link.cursor() as cursor:
            cursor.execute(text)


@pytest.fixture(scope="module")
def directory():
    with own_database(PLACES) as url:
        directory = Directory(url)
        directory.run("-c", ADD_CLINICS)
        yield directory


@pytest.fixture
def server(directory):
    with CensusServer(TABLE) as directory.server:
        directory.change(FORGET)
        yield directory.server


@pytest.fixture(scope="module")
def undisturbed(directory) -> list[tuple]:
    """What is in the database after a run that nobody disturbs."""
    directory.change(FORGET)
    with CensusServer(TABLE) as directory.server:
        directory.run("manage.py", "geocode_clinics")
        assert [len(file) for file in directory.server.files] == [5, 5, 5, 5]
        assert max(directory.server.asked.values()) == 1
    state = directory.query(STATE)
    outcomes = Counter(outcome for kind, _address, outcome, *_ in state if kind == "lookup")
    assert outcomes == {"match": 13, "tie": 1, "no-match": 1}
    return state


@pytest.mark.parametrize(("file", "moment"), MOMENTS)
def test_a_run_killed_at_any_moment_and_run_again_ends_as_if_undisturbed(undisturbed, directory, server, file, moment):
    if file == 0:
        with directory.holding(moment) as is_wanted:
            process = directory.start("manage.py", "geocode_clinics")
            wait_until(is_wanted, process)
            kill(process)
    else:
        kill_at_file(directory, file, moment)
    assert directory.query(STATE) != undisturbed
    directory.run("manage.py", "geocode_clinics")
    assert directory.query(STATE) == undisturbed
    assert max(server.asked.values()) <= 2


def kill_at_file(directory: Directory, file: int, moment: str) -> None:
    is_there, may_go_on = threading.Event(), threading.Event()

    def stop_here(number: int) -> None:
        if number == file:
            is_there.set()
            may_go_on.wait(SECONDS)

    setattr(directory.server, "on_half" if moment == "half" else "on_file", stop_here)
    process = directory.start("manage.py", "geocode_clinics")
    wait_until(is_there.is_set, process)
    if moment in ("sent", "half"):
        kill(process)
        may_go_on.set()
        return
    with directory.holding(moment) as is_wanted:
        may_go_on.set()
        wait_until(is_wanted, process)
        kill(process)


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen) -> None:
    while not is_so():
        time.sleep(0.02)
        assert process.poll() is None, f"it ended before that: {process.stdout.read()}"


def kill(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    process.stdout.close()
