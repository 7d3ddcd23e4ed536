"""`manage.py check_backup`: a backup counts once it was restored, and a bad one is told."""

import io
import os
from datetime import timedelta

import environ
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from core import backups
from core.models import RestoreCheck
from tests.core.test_backups import execute
from tests.databases import name_of, own_database, server_cursor

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
TABLES = (
    "CREATE TABLE clinic (id int PRIMARY KEY, name text)",
    "INSERT INTO clinic SELECT n, 'Clinic ' || n FROM generate_series(1, 500) n",
    "CREATE TABLE confirmation (clinic int REFERENCES clinic)",
    "CREATE TABLE django_session AS SELECT generate_series(1, 500) AS n",
    "CREATE UNLOGGED TABLE counts AS SELECT generate_series(1, 500) AS n",
)


@pytest.fixture
def site(db, settings, tmp_path):
    """The DATABASE_URL of a small site, which the code of this process uses, with a backup of it."""
    settings.BACKUP_DIR, umask, outer = tmp_path, os.umask(0o077), connections["default"]
    with own_database() as url:
        execute(url, *TABLES)
        inner = outer.copy()
        inner.settings_dict = outer.settings_dict | environ.Env.db_url_config(url)
        connections["default"] = inner
        try:
            with inner.schema_editor() as editor:
                editor.create_model(RestoreCheck)
            backups.back_up(tmp_path)
            yield url
        finally:
            inner.close()
            connections["default"] = outer
            os.umask(umask)


def check(**options) -> str:
    """What the command says or complains of."""
    out = io.StringIO()
    try:
        call_command("check_backup", stdout=out, **options)
    except CommandError as error:
        return str(error)
    return out.getvalue()


def scratch_exists(url) -> bool:
    with server_cursor() as server:
        server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [f"{name_of(url)}_scratch"])
        return server.fetchone() is not None


def test_the_last_backup_is_restored_compared_and_recorded_and_no_database_stays(site, tmp_path):
    [path] = tmp_path.glob("*.dump")
    (tmp_path / f"clinics-{timezone.now() + timedelta(days=365):{backups.STAMP}}.dump").touch()  # a clock was ahead
    assert "was restored on trial" in check()
    [result] = RestoreCheck.objects.all()
    assert (result.dump, result.problem) == (path.name, "")
    assert (result.tables, result.rows) == (3, 500)  # without sessions, counts and their tables
    assert not scratch_exists(site)
    assert execute(site, "SELECT count(*) FROM clinic") == [(500,)]


def test_a_check_beside_a_backup_says_nothing_of_the_last_one_and_a_folder_that_is_away_is_told(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path
    with backups.alone_in(tmp_path):
        assert "Another backup or check is at work" in check(wait_seconds=0)
    assert not RestoreCheck.objects.exists()
    settings.BACKUP_DIR = tmp_path / "away"
    assert "away cannot be opened: No such file or directory" in check()
    assert RestoreCheck.objects.get().problem


def test_in_a_deployment_the_scratch_database_was_made_beforehand_and_is_emptied(site):
    owner, scratch = f"owner_{os.getpid()}", f"{name_of(site)}_scratch"
    as_scratch = site.replace(name_of(site), scratch)
    execute(site, f"CREATE ROLE {owner} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {owner}")
    execute(site, f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {owner}")
    connections["default"].close()
    connections["default"].settings_dict["USER"] = owner
    try:
        assert f"There is no database {scratch}" in check()
        with server_cursor() as server:
            server.execute(f"CREATE DATABASE {scratch} OWNER {owner}")
        execute(as_scratch, "GRANT ALL ON SCHEMA public TO PUBLIC")
        assert "was restored on trial" in check()
        assert execute(as_scratch, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    finally:
        with server_cursor() as server:
            server.execute(f"DROP DATABASE IF EXISTS {scratch} WITH (FORCE)")
        execute(site, f"DROP OWNED BY {owner}", f"DROP ROLE {owner}")


def test_a_backup_that_cannot_be_restored_or_lacks_something_is_told(site, tmp_path):
    [path] = tmp_path.glob("*.dump")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "cannot be restored" in check()
    path.write_bytes(whole)
    path.with_suffix(".uploads.tar").write_bytes(b"no archive")
    execute(site, "CREATE TABLE later (n int)", "CREATE INDEX names ON clinic (name)")
    execute(site, "INSERT INTO confirmation SELECT id FROM clinic")
    said = check()
    for part in (
        "the table later is missing",
        "clinic.names is missing",
        "confirmation has rows here and none in the dump",
        f"{path.stem}.uploads.tar cannot be read",
    ):
        assert part in said
    assert "counts" not in said
    path.unlink()
    assert "There is no backup" in check()
    assert [bool(result.problem) for result in RestoreCheck.objects.all()] == [True] * 3
    assert not scratch_exists(site)


def test_rows_of_a_dump_are_counted_as_they_pass():
    lines = [
        b"COPY public.clinic (id, name) FROM stdin;\n",
        b"1\tCOPY public.no (id) FROM stdin;\n",
        b"2\t\\\\.\n",
        b"\\.\n",
        b"COPY public.empty (id) FROM stdin;\n",
        b"\\.\n",
        b"SELECT 1;\n",
    ]
    rows: dict[str, int] = {}
    assert list(backups._counted(iter(lines), rows)) == lines
    assert rows == {"public.clinic": 2, "public.empty": 0}
