"""The import as its own process: killed at any moment, run again, and watched by a reader."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from django.db import connection
from psycopg2 import sql

PROJECT = Path(__file__).resolve().parents[3]
KILLS = int(os.environ.get("KILLS", "3"))
# What an import leaves behind, without the numbers and times of its runs.
STATE = {
    "clinic": "to_jsonb(t) - '{created_at,updated_at}'::text[]",
    "sourcerecord": "to_jsonb(t) - '{id,run_id}'::text[]",
    "confirmation": "to_jsonb(t) - '{id}'::text[]",
    "possibleduplicate": "to_jsonb(t) - '{id,created_at}'::text[]",
}


class Database:
    """A database of its own on the server of the tests."""

    def __init__(self, name: str):
        settings = connection.settings_dict
        self.parameters = {"dbname": name, "user": settings["USER"], "password": settings["PASSWORD"]}
        self.parameters |= {"host": settings["HOST"], "port": settings["PORT"]}
        self.parameters = {key: value for key, value in self.parameters.items() if value}

    def query(self, text, *parameters) -> list[tuple]:
        with closing(psycopg2.connect(**self.parameters)) as link:
            link.autocommit = True
            with link.cursor() as cursor:
                cursor.execute(text, parameters)
                return cursor.fetchall() if cursor.description else []

    @property
    def url(self) -> str:
        known = {key: quote(str(value), safe="") for key, value in self.parameters.items()}
        user = known.get("user", "") + (f":{known['password']}" if "password" in known else "")
        if self.parameters.get("host", "/").startswith("/"):
            host = f"?host={self.parameters['host']}" if "host" in self.parameters else ""
            return f"postgres://{user}@/{known['dbname']}{host}" + (
                f"&port={known['port']}" if "port" in known else ""
            )
        return f"postgres://{user}@{known['host']}:{known.get('port', 5432)}/{known['dbname']}"

    def start_import(self, path: Path) -> subprocess.Popen:
        environment = os.environ | {
            "DATABASE_URL": self.url,
            "SECRET_KEY": "only for this test",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "manage.py", "import_clinics", str(path)]
        return subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run_import(self, path: Path) -> None:
        process = self.start_import(path)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output

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
def databases(django_db_setup, django_db_blocker, shared_data):
    """Makes copies of the tests' database, in which February's list of programs was imported."""
    with django_db_blocker.unblock():
        connection.close()  # a database that someone uses cannot be copied
        template = connection.settings_dict["NAME"]
        server = Database("postgres")
        names = []

        def copy(of: str = template) -> Database:
            names.append(f"{template}_{len(names)}")
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            for attempt in range(5):  # the server may still be busy with a link that was just closed
                try:
                    server.query(statement.format(sql.Identifier(names[-1]), sql.Identifier(of)))
                    break
                except psycopg2.errors.ObjectInUse:
                    if attempt == 4:
                        raise
            return Database(names[-1])

        try:
            first = copy()
            first.run_import(shared_data / "otp" / "TreatmentProgram_20200217.csv")
            yield lambda: copy(first.parameters["dbname"])
        finally:
            for name in names:
                server.query(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


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
    database.run_import(shared_data / DIRECTORY)
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
    working = "FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE %s AND pid <> pg_backend_pid()"
    while not database.query(f"SELECT pg_terminate_backend(pid) {working}", "%staged%"):
        assert process.poll() is None, "the import ended before it was disturbed"
        time.sleep(0.02)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "nothing was written. The database gave up:" in output
    assert "Traceback" not in output
    assert database.state() == before
