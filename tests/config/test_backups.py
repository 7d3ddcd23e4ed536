"""`make backup` and `make restore`, on databases of their own."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from django.conf import settings

from config import backups
from tests.databases import own_database


def run(url: str, folder, *arguments, action="backup", **environment):
    """The command in a process of its own, as make runs it."""
    environment = {"DATABASE_URL": url, "SECRET_KEY": "s", "BACKUP_DIR": str(folder), **environment}
    environment.setdefault("PICTURES_ROOT", str(folder / "pictures"))
    return subprocess.run(
        [sys.executable, "-m", "config.backups", action, *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def execute(url: str, *statements):
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


TABLES = (
    "CREATE TABLE clinic AS SELECT n AS id, 'Clinic ' || n AS name FROM generate_series(1, 500) n",
    "CREATE TABLE django_session AS SELECT 'key' AS session_key",
    "CREATE UNLOGGED TABLE counts AS SELECT 'code' AS key",
)
ALL = "SELECT md5(string_agg(clinic::text, ',' ORDER BY id)) FROM clinic"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "relapse.webp").write_bytes(b"picture")
    return tmp_path


@pytest.fixture
def filled():
    with own_database() as url:
        execute(url, *TABLES)
        yield url


def dump_of(url, folder):
    done = run(url, folder)
    assert done.returncode == 0, done.stderr
    [path] = folder.glob("*.dump")
    return path


def test_what_was_backed_up_comes_back_in_an_empty_database(filled, folder):
    before, path = execute(filled, ALL), dump_of(filled, folder)
    (folder / "pictures" / "relapse.webp").unlink()
    with own_database() as empty:
        done = run(empty, folder, "--file", str(path), action="restore")
        assert done.returncode == 0, done.stderr
        assert execute(empty, ALL) == before
    assert (folder / "pictures" / "relapse.webp").read_bytes() == b"picture"


def test_a_dump_is_for_its_owners_eyes_and_holds_neither_sessions_nor_codes_of_senders(filled, folder):
    path = dump_of(filled, folder)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    with own_database() as empty:
        run(empty, folder, "--file", str(path), action="restore")
        assert execute(empty, "SELECT session_key FROM django_session") == []
        assert execute(empty, "SELECT key FROM counts") == []


def test_a_database_with_rows_is_replaced_only_when_its_name_is_typed(filled, folder):
    path, name = dump_of(filled, folder), filled.partition("?")[0].rpartition("/")[2]
    execute(filled, "DELETE FROM clinic WHERE id > 1")
    for word in ("", "yes", "postgres"):
        done = run(filled, folder, "--file", str(path), "--overwrite", word, action="restore")
        assert done.returncode == 1
        assert f"OVERWRITE={name}" in done.stderr
        assert execute(filled, "SELECT count(*) FROM clinic") == [(1,)]
    done = run(filled, folder, "--file", str(path), "--overwrite", name, action="restore")
    assert done.returncode == 0, done.stderr
    assert execute(filled, "SELECT count(*) FROM clinic") == [(500,)]


def test_a_dump_that_ends_too_soon_changes_nothing(filled, folder):
    execute(filled, "INSERT INTO clinic SELECT n, md5(n::text) FROM generate_series(1000, 40000) n")
    path, name = dump_of(filled, folder), filled.partition("?")[0].rpartition("/")[2]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    execute(filled, "DELETE FROM clinic WHERE id > 7")
    done = run(filled, folder, "--file", str(path), "--overwrite", name, action="restore")
    assert done.returncode == 1
    assert "Nothing was changed" in done.stderr
    assert execute(filled, "SELECT count(*) FROM clinic") == [(7,)]


def test_a_password_is_in_no_argument_and_no_message(folder):
    url = "postgresql://somebody:canary-02139@127.0.0.1:1/none"
    done = run(url, folder)
    assert done.returncode == 1
    assert done.stderr.strip() == "The database does not answer, so nothing was done."
    assert list(folder.glob("clinics-*")) == []


def test_the_programs_are_given_the_password_by_their_environment(monkeypatch):
    monkeypatch.setattr(
        backups.connection,
        "get_connection_params",
        lambda: {"host": "db", "dbname": "clinics", "user": "web", "password": "canary", "options": "-c jit=off"},
    )
    arguments, environment = backups.how_to_connect()
    assert "canary" not in "".join(arguments)
    assert environment["PGPASSWORD"] == "canary"


def test_dumps_expire_but_never_the_newest(tmp_path):
    def dump(age_days):
        moment = datetime.now(UTC) - timedelta(days=age_days)
        path = tmp_path / f"clinics-{moment.strftime(backups.STAMP)}.dump"
        path.touch()
        path.with_suffix(".pictures.tar").touch()
        return path

    old, older, young = dump(15), dump(40), dump(13)
    (tmp_path / "clinics-before-the-move.dump").touch()
    assert set(backups.expire(tmp_path, 14)) == {old, older}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["clinics-before-the-move.dump", young.name, young.with_suffix(".pictures.tar").name]
    )
    young.rename(old)
    (tmp_path / "clinics-before-the-move.dump").unlink()
    assert backups.expire(tmp_path, 14) == []
