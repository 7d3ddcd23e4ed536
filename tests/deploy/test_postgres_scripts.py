"""The scripts of the WAL archive, with their own server if they need one."""

import os
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.drills.server import CHECKOUT, Server, make_folder, server_account

SCRIPTS = CHECKOUT / "deploy" / "postgres"


@pytest.fixture
def folder():
    """A folder with a short path, because that of a Unix socket may not exceed 107 characters."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield make_folder(path)
    shutil.rmtree(path)


def script(name: str, *arguments, archive: Path, **environment):
    return subprocess.run(
        [SCRIPTS / name, *arguments],
        env=os.environ | {"ARCHIVE": str(archive), **environment},
        capture_output=True,
        text=True,
        **server_account(),
    )


def test_a_segment_is_archived_once_and_never_overwritten(folder):
    segment = folder / "segment"
    segment.write_bytes(b"first" * 1000)
    assert script("archive_wal.sh", segment, "000000010000000000000001", archive=folder).returncode == 0
    again = script("archive_wal.sh", segment, "000000010000000000000001", archive=folder)
    assert again.returncode == 0, "PostgreSQL repeats the command after a crash"
    segment.write_bytes(b"other" * 1000)
    other = script("archive_wal.sh", segment, "000000010000000000000001", archive=folder)
    assert other.returncode != 0
    assert "with other content" in other.stderr
    assert [path.name for path in (folder / "wal").iterdir()] == ["000000010000000000000001.gz"]


def test_archiving_fails_if_the_segment_cannot_be_stored(folder):
    (folder / "wal").write_text("a file where the folder should be")
    segment = folder / "segment"
    segment.write_bytes(b"first")
    assert script("archive_wal.sh", segment, "000000010000000000000001", archive=folder).returncode != 0


def test_a_restore_never_overwrites_an_existing_folder(folder):
    (folder / "data").mkdir()
    done = script("restore_to.sh", folder / "data", archive=folder, PG_BIN="/nowhere")
    assert done.returncode != 0
    assert "Move it away first" in done.stderr


def test_a_restore_to_a_moment_before_the_oldest_base_backup_fails_with_a_sentence(folder):
    (folder / "base" / "2026-01-02T000000Z").mkdir(parents=True)
    moment = "2026-01-01 23:59:59+00"
    done = script("restore_to.sh", folder / "data", moment, archive=folder, PG_BIN="/nowhere")
    assert done.returncode != 0
    assert f"complete before {moment}" in done.stderr
    assert not (folder / "data").exists()


def test_base_backups_expire_with_their_segments_except_the_one_that_the_oldest_day_needs(folder):
    archive = make_folder(folder / "archive")
    server = Server(18, folder, environment={"CLINICS": str(CHECKOUT), "ARCHIVE": str(archive)})
    server.create(f"include '{SCRIPTS / 'archive.conf'}'").start()
    try:
        first = Path(server.run(SCRIPTS / "base_backup.sh").strip())
        ages = {days: datetime.now(UTC) - timedelta(days=days) for days in (40, 15, 13)}
        names = {days: f"{moment:%Y-%m-%dT%H%M%SZ}" for days, moment in ages.items()}
        for name in names.values():
            server.run("cp", "-a", first, archive / "base" / name)
        needed = [path.name for path in (archive / "wal").iterdir()]
        server.run("touch", archive / "wal" / "000000010000000000000000.gz")
        second = Path(server.run(SCRIPTS / "base_backup.sh", "14").splitlines()[0])
        kept = {path.name for path in (archive / "base").iterdir()}
        # A clock that is a year ahead for one night: the last backup seems to be 380 days old.
        long_ago = {
            days: f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%dT%H%M%SZ}" for days in (410, 400, 390, 380)
        }
        for name in long_ago.values():
            server.run("cp", "-a", first, archive / "base" / name)
        for name in kept:
            server.run("rm", "-r", archive / "base" / name)
        third = Path(server.run(SCRIPTS / "base_backup.sh", "14").splitlines()[0])
    finally:
        server.stop()
    assert kept == {names[15], names[13], first.name, second.name}
    after_a_jump = {path.name for path in (archive / "base").iterdir()}
    assert after_a_jump == {long_ago[400], long_ago[390], long_ago[380], third.name}
    there = {path.name for path in (archive / "wal").iterdir()}
    assert "000000010000000000000000.gz" not in there
    assert {name for name in needed if name >= "000000010000000000000002"} <= there
