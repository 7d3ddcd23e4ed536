"""The import as its own process: killed at any moment, run again, and watched by a reader."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from tests.databases import own_database

PROJECT = Path(__file__).resolve().parents[3]
KILLS = int(os.environ.get("KILLS", "3"))
# What an import leaves behind, without the numbers and times of its runs.
STATE = {
    "clinic": "to_jsonb(t) - '{created_at,updated_at}'::text[]",
    "sourcerecord": "to_jsonb(t) - '{id,run_id}'::text[]",
    "confirmation": "to_jsonb(t) - '{id}'::text[]",
    "possibleduplicate": "to_jsonb(t) - '{id,created_at}'::text[]",
}


@dataclass
class Database:
    """A database of its own on the server of the tests."""

    url: str

    def query(self, text, *parameters) -> list[tuple]:
        with closing(psycopg2.connect(self.url)) as link:
            link.autocommit = True
            with link.cursor() as cursor:
                cursor.execute(text, parameters)
                return cursor.fetchall() if cursor.description else []

    def run(self, *command: str) -> None:
        process = self.start(*command)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output

    def start(self, *command: str) -> subprocess.Popen:
        environment = {"DATABASE_URL": self.url, "SECRET_KEY": "test", "DJANGO_SETTINGS_MODULE": "config.settings"}
        return subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=PROJECT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start_import(self, path: Path) -> subprocess.Popen:
        return self.start("import_clinics", str(path))

    def state(self) -> list[tuple]:
        [line] = self.query(
            "SELECT "
            + ", ".join(
                f"(SELECT count(*) || ' ' || md5(string_agg(cells, '|' ORDER BY cells)) FROM "
                f"(SELECT ({cells})::text AS cells FROM clinics_{table} t) AS rows)"
                for table, cells in STATE.items()
            )
        )
        return list(zip(STATE, line, strict=True))


@pytest.fixture(scope="module")
def databases(shared_data):
    """Makes copies of a database in which February's list of programs was imported."""
    with ExitStack() as stack:
        first = Database(stack.enter_context(own_database()))
        for command in ("migrate", "load_zipcodes", "load_codebook"):
            first.run(command, "-v0")
        first.run("import_clinics", str(shared_data / "otp" / "TreatmentProgram_20200217.csv"))
        yield lambda: Database(stack.enter_context(own_database(copy_of=first.url)))


@pytest.fixture(scope="module")
def undisturbed(databases, shared_data):
    """(state, seconds, counts that a reader saw) of an import that nobody disturbs."""
    database = databases()
    start, process = time.monotonic(), database.start_import(shared_data / DIRECTORY)
    seen = set()
    while process.poll() is None:
        seen |= set(database.query("SELECT count(*), count(phone) FILTER (WHERE is_approximate) FROM clinics_clinic"))
        time.sleep(0.05)
    seconds = time.monotonic() - start
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return database.state(), seconds, seen


DIRECTORY = "samhsa/national_directory_2024_facilities.csv.gz"


def test_a_reader_sees_the_old_directory_or_the_new_one_and_nothing_between(undisturbed):
    _, _, seen = undisturbed
    assert len(seen) == 1 or len(seen) == 2
    assert len({count for count, _ in seen}) <= 2


def test_killed_at_any_moment_and_run_again_it_ends_as_if_undisturbed(undisturbed, databases, shared_data):
    state, seconds, _ = undisturbed
    database = databases()
    before = database.state()
    moments = [random.uniform(0.2, 0.9) * seconds for _ in range(KILLS)]
    killed = 0
    for moment in moments:
        process = database.start_import(shared_data / DIRECTORY)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        process.stdout.close()
        assert database.state() in (before, state), f"half an import after a kill at {moment:.2f} of {seconds:.2f} s"
    database.run("import_clinics", str(shared_data / DIRECTORY))
    assert killed > 0
    assert database.state() == state
    statuses = dict(database.query("SELECT status, count(*) FROM clinics_importrun GROUP BY status"))
    assert "running" not in statuses
    errors = database.query("SELECT DISTINCT error FROM clinics_importrun WHERE status = 'failed'")
    assert errors in ([], [("It was interrupted; nothing was written.",)])


def test_when_the_database_goes_away_it_says_so_in_one_sentence(databases, shared_data):
    database = databases()
    before = database.state()
    process = database.start_import(shared_data / DIRECTORY)
    # By its lock, not by its statement: the private server tells nobody what is being asked.
    working = "FROM pg_locks WHERE relation = 'clinics_clinic'::regclass AND mode = 'ShareRowExclusiveLock'"
    while not database.query(f"SELECT pg_terminate_backend(pid) {working} AND granted"):
        assert process.poll() is None, "the import ended before it was disturbed"
        time.sleep(0.02)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "nothing was written. The database gave up:" in output
    assert "Traceback" not in output
    assert database.state() == before
