"""`make backup` and `make restore`, on databases of their own."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from config import bucket
from core import backups
from deploy.drills.production import program
from tests.databases import own_database

pytestmark = pytest.mark.slow


def run(url: str, folder, *arguments, action="backup", **environment):
    """The command in a process of its own, as make runs it."""
    environment = {"DATABASE_URL": url, "SECRET_KEY": "s", "BACKUP_DIR": str(folder), **environment}
    environment.setdefault("PICTURES_ROOT", str(folder / "pictures"))
    environment.setdefault("VAR_DIR", str(folder))
    return subprocess.run(
        [sys.executable, "manage.py", action, *arguments],
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
    (tmp_path / "uploads" / "claims").mkdir(parents=True)
    (tmp_path / "uploads" / "claims" / "letter.pdf").write_bytes(b"proof")
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


def test_a_dump_is_restored_in_an_empty_database(filled, folder):
    before, path = execute(filled, ALL), dump_of(filled, folder)
    ahead = folder / f"clinics-{(datetime.now(UTC) + timedelta(days=365)).strftime(backups.STAMP)}.dump"
    ahead.write_bytes(b"of a night with a clock that was ahead")
    (folder / "pictures" / "relapse.webp").unlink()
    shutil.rmtree(folder / "uploads")
    with own_database() as empty:
        done = run(empty, folder, "--last", action="restore")
        assert done.returncode == 0, done.stderr
        assert f"a clock was ahead when it was made: {ahead.name}" in done.stdout
        assert f"Restored {path}" in done.stdout
        assert execute(empty, ALL) == before
    assert (folder / "pictures" / "relapse.webp").read_bytes() == b"picture"
    assert (folder / "uploads" / "claims" / "letter.pdf").read_bytes() == b"proof"


@pytest.mark.parametrize("which", [{}, {"file": "a.dump", "last": True}, {"last": True}])
def test_a_restore_says_which_dump_it_needs(settings, tmp_path, which):
    settings.BACKUP_DIR = tmp_path
    with pytest.raises(CommandError, match="^There is no backup in" if which == {"last": True} else "^Say which"):
        call_command("restore", **which)


def test_settings_are_encrypted_for_the_holder_of_the_key_and_a_run_that_fails_spoils_nothing(filled, folder):
    """What cannot be made is not half there, what was there before stays, and what a killed run left is removed.

    A wrong key costs the settings alone, and is not quoted: it may be the private one.
    """
    (folder / "environment").write_text("SECRET_KEY=canary-02139\n")
    key = folder / "owner.key"
    program("age")
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    recipient = re.search(r"age1\w+", key.read_text())[0]
    given = {"CREDENTIALS_DIRECTORY": str(folder), "BACKUP_RECIPIENT": recipient}
    assert run(filled, folder, **given).returncode == 0
    made = {path.name: path.read_bytes() for path in folder.glob("clinics-*")}
    [encrypted] = folder.glob("*.settings.age")
    assert b"canary" not in encrypted.read_bytes()
    opened = subprocess.run(["age", "--decrypt", "--identity", key, encrypted], capture_output=True)
    assert opened.stdout == b"SECRET_KEY=canary-02139\n"
    (folder / "clinics-2026-11-01T000000Z.dump.part").touch()
    failed = run(filled.replace("postgres@", "nobody@"), folder, **given)
    assert failed.returncode == 1
    assert {path.name: path.read_bytes() for path in folder.glob("clinics-*")} == made
    without = run(filled, folder, **given | {"BACKUP_RECIPIENT": "AGE-SECRET-KEY-1CANARY"})
    assert without.returncode == 1
    assert without.stderr.strip() == (
        "CommandError: The settings are not beside it. BACKUP_RECIPIENT is no public key of age: "
        "it is the age1... that age-keygen prints, or empty."
    )
    new = [path.name for path in folder.glob("clinics-*") if path.name not in made]
    assert sorted(name.partition(".")[2] for name in new) == ["dump", "pictures.tar", "uploads.tar"]


def test_only_the_owner_reads_a_dump_and_it_holds_no_sessions_and_no_counts_of_senders(filled, folder):
    path = dump_of(filled, folder)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    with own_database() as empty:
        run(empty, folder, str(path), action="restore")
        assert execute(empty, "SELECT session_key FROM django_session") == []
        assert execute(empty, "SELECT key FROM counts") == []


def test_a_database_with_rows_is_replaced_only_when_its_name_is_typed(filled, folder):
    path, name = dump_of(filled, folder), filled.partition("?")[0].rpartition("/")[2]
    execute(filled, "DELETE FROM clinic WHERE id > 1")
    for word in ("", "postgres"):
        done = run(filled, folder, str(path), "--overwrite", word, action="restore")
        assert done.returncode == 1
        assert f"OVERWRITE={name}" in done.stderr
        assert execute(filled, "SELECT count(*) FROM clinic") == [(1,)]
    done = run(filled, folder, str(path), "--overwrite", name, action="restore")
    assert done.returncode == 0, done.stderr
    assert execute(filled, "SELECT count(*) FROM clinic") == [(500,)]


def test_a_restore_needs_no_superuser_leaves_no_other_table_and_keeps_the_grants(filled, folder):
    """As on a server set up with roles.sql: extensions belong to the superuser, and a web role reads by default."""
    owner, web = f"owner_{os.getpid()}", f"web_{os.getpid()}"
    execute(filled, "CREATE EXTENSION cube")
    path = dump_of(filled, folder)
    with own_database() as url:
        name = url.partition("?")[0].rpartition("/")[2]
        execute(
            url,
            "CREATE EXTENSION cube",
            f"CREATE ROLE {owner} LOGIN; CREATE ROLE {web} LOGIN",
            f"ALTER DATABASE {name} OWNER TO {owner}",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            f"GRANT ALL ON SCHEMA public TO {owner}; GRANT USAGE ON SCHEMA public TO {web}",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO {web}",
            f"SET ROLE {owner}; CREATE TABLE later (id int GENERATED BY DEFAULT AS IDENTITY, n serial)",
            "CREATE VIEW latest AS SELECT * FROM later",
            "CREATE FUNCTION later() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        )
        as_owner, as_web = (url.replace("postgres@", f"{role}@") for role in (owner, web))
        try:
            done = run(as_owner, folder, str(path), "--overwrite", name, action="restore")
            assert done.returncode == 0, done.stderr
            assert execute(as_web, "SELECT count(*) FROM clinic") == [(500,)]
            assert execute(url, "SELECT to_regclass('later'), to_regclass('latest'), to_regproc('later')") == [
                (None,) * 3
            ]
        finally:
            execute(url, f"ALTER DATABASE {name} OWNER TO postgres", f"DROP OWNED BY {web}")
            execute(url, f"DROP OWNED BY {owner}", f"DROP ROLE {owner}, {web}")


def test_a_truncated_dump_changes_nothing(filled, folder):
    execute(filled, "INSERT INTO clinic SELECT n, md5(n::text) FROM generate_series(1000, 40000) n")
    path, name = dump_of(filled, folder), filled.partition("?")[0].rpartition("/")[2]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    execute(filled, "DELETE FROM clinic WHERE id > 7")
    done = run(filled, folder, str(path), "--overwrite", name, action="restore")
    assert done.returncode == 1
    assert "Nothing was changed" in done.stderr
    assert execute(filled, "SELECT count(*) FROM clinic") == [(7,)]


def test_a_password_is_in_no_argument_and_no_message(folder):
    url = "postgresql://somebody:canary-02139@127.0.0.1:1/none"
    done = run(url, folder)
    assert done.returncode == 1
    assert done.stderr.strip() == "CommandError: The database does not answer, so nothing was done."
    assert list(folder.glob("clinics-*")) == []


def test_the_programs_get_the_password_from_their_environment(monkeypatch):
    monkeypatch.setattr(
        backups.connection,
        "get_connection_params",
        lambda: {"host": "db", "dbname": "clinics", "user": "web", "password": "canary", "options": "-c jit=off"},
    )
    arguments, environment = backups.how_to_connect()
    assert "canary" not in "".join(arguments)
    assert environment["PGPASSWORD"] == "canary"


ENDS = (".dump", ".pictures.tar")


def test_dumps_expire_but_never_the_newest(tmp_path):
    def dump(age_days):
        moment = datetime.now(UTC) - timedelta(days=age_days)
        path = tmp_path / f"clinics-{moment.strftime(backups.STAMP)}.dump"
        path.touch()
        path.with_suffix(".pictures.tar").touch()
        return path

    old, older, young = dump(15), dump(40), dump(1)
    tonight = dump(0)
    (tmp_path / "clinics-before-the-move.dump").touch()
    assert set(backups.expire(tmp_path, 14)) == {old, older}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["clinics-before-the-move.dump", *(path.with_suffix(end).name for path in (young, tonight) for end in ENDS)]
    )
    tonight.unlink()
    young.rename(old)
    (tmp_path / "clinics-before-the-move.dump").unlink()
    assert backups.expire(tmp_path, 14) == []


def test_pictures_in_a_bucket_are_left_to_it(settings, tmp_path, monkeypatch):
    keys = {"access_key": "key", "secret_key": "secret"}
    monkeypatch.chdir(tmp_path)
    assert backups.folder_of("pictures") == Path(settings.STORAGES["pictures"]["OPTIONS"]["location"])
    settings.STORAGES = settings.STORAGES | bucket.storages("clinics", "https://s3.example.org", keys)
    assert backups.folder_of("pictures") is None
    (tmp_path / "a.pictures.tar").touch()
    backups.unpack(tmp_path / "a.pictures.tar", backups.folder_of("pictures"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.pictures.tar"]


def test_two_backups_at_once_are_one(tmp_path):
    with (
        backups.alone_in(tmp_path),
        pytest.raises(backups.FolderBusyError, match="at work in"),
        backups.alone_in(tmp_path, wait_seconds=0),
    ):
        pass


def test_the_second_of_two_waits_for_the_first(tmp_path, monkeypatch):
    with ExitStack() as first:
        first.enter_context(backups.alone_in(tmp_path))
        monkeypatch.setattr(backups.time, "sleep", lambda seconds: first.close())
        with backups.alone_in(tmp_path), pytest.raises(backups.FolderBusyError):
            first.enter_context(backups.alone_in(tmp_path, wait_seconds=0))


def test_an_archive_writes_only_below_its_folder(tmp_path):
    with tarfile.open(tmp_path / "a.pictures.tar", "w") as archive:
        for name in ("kept.webp", "../outside.webp", f"{tmp_path}/absolute.webp"):
            member = tarfile.TarInfo()
            member.name = name  # as only somebody who means harm writes it
            archive.addfile(member)
    backups.unpack(tmp_path / "a.pictures.tar", tmp_path / "pictures")
    assert sorted(path.name for path in tmp_path.rglob("*.webp")) == ["kept.webp"]
