"""The scripts of the archive, with a server of their own where one is needed."""

import os
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.drills.server import CHECKOUT, Server, account, give

SCRIPTS = CHECKOUT / "deploy" / "postgres"


@pytest.fixture
def folder():
    """A short path: a Unix socket's may not exceed 107 characters."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield give(path)
    shutil.rmtree(path)


def script(name: str, *arguments, archive: Path, **environment):
    return subprocess.run(
        [SCRIPTS / name, *arguments],
        env=os.environ | {"ARCHIVE": str(archive), **environment},
        capture_output=True,
        text=True,
        **account(),
    )


def test_a_segment_is_archived_once_and_never_written_over(folder):
    segment = folder / "segment"
    segment.write_bytes(b"first" * 1000)
    assert script("archive_wal.sh", segment, "000000010000000000000001", archive=folder).returncode == 0
    again = script("archive_wal.sh", segment, "000000010000000000000001", archive=folder)
    assert again.returncode == 0, "PostgreSQL asks again after a crash"
    segment.write_bytes(b"other" * 1000)
    other = script("archive_wal.sh", segment, "000000010000000000000001", archive=folder)
    assert other.returncode != 0
    assert "with other content" in other.stderr
    assert [path.name for path in (folder / "wal").iterdir()] == ["000000010000000000000001.gz"]


def test_a_segment_that_cannot_be_stored_is_not_called_stored(folder):
    (folder / "wal").write_text("a file where the folder should be")
    segment = folder / "segment"
    segment.write_bytes(b"first")
    assert script("archive_wal.sh", segment, "000000010000000000000001", archive=folder).returncode != 0


def test_a_restore_never_writes_over_a_folder_that_is_there(folder):
    (folder / "data").mkdir()
    done = script("restore_to.sh", folder / "data", archive=folder, PG_BIN="/nowhere")
    assert done.returncode != 0
    assert "Move it away first" in done.stderr


def test_a_restore_to_before_the_oldest_base_backup_says_so(folder):
    (folder / "base" / "2026-01-02T000000Z").mkdir(parents=True)
    moment = "2026-01-01 23:59:59+00"
    done = script("restore_to.sh", folder / "data", moment, archive=folder, PG_BIN="/nowhere")
    assert done.returncode != 0
    assert f"complete before {moment}" in done.stderr
    assert not (folder / "data").exists()


def test_base_backups_expire_with_their_segments_but_the_oldest_day_keeps_its_beginning(folder):
    archive = give(folder / "archive")
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
    finally:
        server.stop()
    kept = {path.name for path in (archive / "base").iterdir()}
    assert kept == {names[15], names[13], first.name, second.name}
    there = {path.name for path in (archive / "wal").iterdir()}
    assert "000000010000000000000000.gz" not in there
    assert {name for name in needed if name >= "000000010000000000000002"} <= there
