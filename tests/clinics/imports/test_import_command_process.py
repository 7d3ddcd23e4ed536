"""The import as its own process: watched by a reader, and without its database. tests/kills kills it."""

import os
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
NEWER_LIST = "otp/OPIOID_TREATMENT_PROGRAM_PROVIDERS_08282023.csv"
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


def test_a_reader_sees_the_old_directory_or_the_new_one_and_nothing_between(databases, shared_data):
    database = databases()
    process, seen = database.start_import(shared_data / NEWER_LIST), set()
    while process.poll() is None:
        seen |= set(
            database.query("SELECT count(*), count(phone) FILTER (WHERE point_quality = 'zip') FROM clinics_clinic")
        )
        time.sleep(0.05)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert 1 <= len(seen) <= 2


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
