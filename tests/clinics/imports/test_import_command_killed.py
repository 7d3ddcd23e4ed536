"""The import as its own process: killed at any moment, run again, and watched by a reader."""

import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from tests.databases import PLACES, own_database

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[3]
KILLS = int(os.environ.get("KILLS", "1"))
NEWER_LIST = "otp/OPIOID_TREATMENT_PROGRAM_PROVIDERS_08282023.csv"
# What an import writes, in its order: who holds one of them stops it there, however fast the machine is.
DOORS = [
    "clinics_clinic",
    "clinics_sourcerecord",
    "clinics_possibleduplicate",
    "clinics_factchange",
    "clinics_confirmation",
]
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

    @contextmanager
    def holding(self, table: str):
        """Nobody writes the table meanwhile; yields a function that tells whether somebody wants to."""
        with closing(psycopg2.connect(self.url)) as link, link.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            wanted = "SELECT pid FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
            yield lambda: bool(self.query(wanted, table))

    def locks(self) -> int:
        """How many tables and indexes others hold here: it only grows while an import works."""
        [[count]] = self.query(
            "SELECT count(DISTINCT relation) FROM pg_locks WHERE pid <> pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return count

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
        first = Database(stack.enter_context(own_database(PLACES)))
        first.run("import_clinics", str(shared_data / "otp" / "TreatmentProgram_20200217.csv"))
        yield lambda: Database(stack.enter_context(own_database(copy_of=first.url)))


@pytest.fixture(scope="module")
def undisturbed(databases, shared_data):
    """(state, most locks, counts that a reader saw) of an import that nobody disturbs."""
    database = databases()
    process = database.start_import(shared_data / NEWER_LIST)
    seen, most = set(), 0
    while process.poll() is None:
        seen |= set(
            database.query("SELECT count(*), count(phone) FILTER (WHERE point_quality = 'zip') FROM clinics_clinic")
        )
        most = max(most, database.locks())
        time.sleep(0.05)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return database.state(), most, seen


def test_a_reader_sees_the_old_directory_or_the_new_one_and_nothing_between(undisturbed):
    _, _, seen = undisturbed
    assert 1 <= len(seen) <= 2


def test_an_import_killed_before_any_table_and_run_again_ends_as_if_undisturbed(undisturbed, databases, shared_data):
    state, _, _ = undisturbed
    database = databases()
    before = database.state()
    for door in DOORS:
        with database.holding(door) as is_wanted:
            process = database.start_import(shared_data / NEWER_LIST)
            while not is_wanted():
                assert process.poll() is None, f"the import ended before it wrote {door}: {process.stdout.read()}"
            _kill(process)
        assert database.state() == before, f"half an import after a kill before {door}"
    _ends_as(state, database, shared_data / NEWER_LIST)
    interrupted = database.query("SELECT count(*) FROM clinics_importrun WHERE status = 'failed'")
    assert interrupted == [(len(DOORS),)]


def test_an_import_killed_at_any_moment_and_run_again_ends_as_if_undisturbed(undisturbed, databases, shared_data):
    """A moment is defined by what the import holds: its seconds depend on what else the machine does."""
    state, most, _ = undisturbed
    database = databases()
    before = database.state()
    for _ in range(KILLS):
        moment = random.randint(1, most)
        while database.locks():  # of the one that was killed before
            time.sleep(0.01)
        process = database.start_import(shared_data / NEWER_LIST)
        while process.poll() is None and database.locks() < moment:
            time.sleep(0.01)
        _kill(process)
        assert database.state() in (before, state), f"half an import after a kill at {moment} of {most} locks"
    _ends_as(state, database, shared_data / NEWER_LIST)


def _kill(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    process.stdout.close()


def _ends_as(state: list[tuple], database: Database, path: Path) -> None:
    database.run("import_clinics", str(path))
    assert database.state() == state
    statuses = dict(database.query("SELECT status, count(*) FROM clinics_importrun GROUP BY status"))
    assert "running" not in statuses
    errors = database.query("SELECT DISTINCT error FROM clinics_importrun WHERE status = 'failed'")
    assert errors in ([], [("It was interrupted; nothing was written.",)])


def test_a_lost_database_is_one_sentence(databases, shared_data):
    database = databases()
    before = database.state()
    with database.holding("clinics_sourcerecord") as is_wanted:
        process = database.start_import(shared_data / NEWER_LIST)
        while not is_wanted():
            assert process.poll() is None, "the import ended before it was disturbed"
        waits = "FROM pg_locks WHERE relation = 'clinics_sourcerecord'::regclass AND NOT granted"
        database.query(f"SELECT pg_terminate_backend(pid) {waits}")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "nothing was written. The database gave up:" in output
    assert "Traceback" not in output
    assert database.state() == before
