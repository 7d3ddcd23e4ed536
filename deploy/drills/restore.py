"""`make drill`: loses a database in two ways and restores it.

Runs on PostgreSQL 15 (package postgresql-15) and on the embedded 18, each in a temporary folder, with the scripts and
the configuration of deploy/postgres/. Prints RPO (how many seconds of writes were lost) and RTO (how many seconds
passed until a server answered again).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2

from core.postgres_programs import ProgramsNotFoundError
from deploy.drills.rows import checksums, execute, fill
from deploy.drills.server import CHECKOUT, Server, make_folder

SCRIPTS = CHECKOUT / "deploy" / "postgres"
CLINICS = int(os.environ.get("CLINICS", "20000"))
WRITES_SECONDS = 15  # before the machine is lost; more than archive_timeout


class Writer(threading.Thread):
    """Writes a row every 20 ms and records when the last one was acknowledged."""

    def __init__(self, url: str):
        super().__init__(daemon=True)
        self.url, self.acknowledged, self.at = url, 0, datetime.now(UTC)
        self.ended = threading.Event()

    def run(self):
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        try:
            while not self.ended.wait(0.02):
                with connection.cursor() as cursor:
                    cursor.execute("INSERT INTO drill (at) VALUES (clock_timestamp()) RETURNING n")
                    self.acknowledged, self.at = cursor.fetchone()[0], datetime.now(UTC)
        except psycopg2.Error:
            return  # the drill has killed the server
        finally:
            connection.close()


def compare(what: str, wanted: dict, found: dict) -> None:
    differing = [name for name in wanted if wanted[name] != found.get(name)]
    if differing or len(wanted) != len(found):
        sys.exit(f"FAILED: {what}: {', '.join(differing) or 'the lists of tables'} differ from before.")


def dump_and_restore(server: Server, folder: Path, wanted: dict) -> None:
    """`make backup`, a new empty database, `make restore`."""
    environment = os.environ | {"SECRET_KEY": "of a drill", "BACKUP_DIR": str(folder / "dumps")}
    environment |= {"PICTURES_ROOT": str(folder / "pictures"), "VAR_DIR": str(folder / "var")}
    command = [sys.executable, "manage.py"]
    started = time.monotonic()
    subprocess.run(
        [*command, "backup"],
        check=True,
        cwd=CHECKOUT,
        env=environment | {"DATABASE_URL": server.url()},
        stdout=subprocess.DEVNULL,
    )
    dumped = time.monotonic()
    [path] = (folder / "dumps").glob("*.dump")
    execute_alone(server, "CREATE DATABASE fresh")
    subprocess.run(
        [*command, "restore", str(path)],
        check=True,
        cwd=CHECKOUT,
        env=environment | {"DATABASE_URL": server.url("fresh")},
        stdout=subprocess.DEVNULL,
    )
    restored = time.monotonic()
    compare("the dump", wanted, checksums(server.url("fresh")))
    sizes = f"{path.stat().st_size / 1e6:.1f} MB in {dumped - started:.1f} s"
    print(f"  dump: {sizes}, restored in {restored - dumped:.1f} s, {len(wanted)} tables equal")


def execute_alone(server: Server, statement: str) -> None:
    """Execute it outside a transaction, as CREATE DATABASE requires."""
    connection = psycopg2.connect(server.url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def restored_server(lost: Server, name: str, moment: str = "") -> Server:
    """A server that restore_to.sh made from the archive, recovered and accepting writes."""
    server = Server(lost.major, lost.folder, name, environment=dict(lost.environment))
    server.run(SCRIPTS / "restore_to.sh", server.data, *filter(None, [moment]))
    server.start("archive_mode=off")  # the archive stays as it is, for the second restore
    while execute(server.url(), "SELECT pg_is_in_recovery()")[0][0]:
        time.sleep(0.1)
    return server


def drill(major: int, folder: Path) -> None:
    archive = make_folder(folder / "archive")
    environment = {"CLINICS": str(CHECKOUT), "ARCHIVE": str(archive)}
    server = Server(major, folder, environment=environment)
    server.create(f"include '{SCRIPTS / 'archive.conf'}'").start()
    print(f"PostgreSQL {execute(server.url('postgres'), 'SHOW server_version')[0][0]}")
    execute_alone(server, "CREATE DATABASE clinics")
    print(f"  {fill(server.url(), CLINICS):,} clinics")
    execute(server.url(), "CREATE TABLE drill (n bigserial PRIMARY KEY, at timestamptz)")
    dump_and_restore(server, folder, checksums(server.url()))

    started = time.monotonic()
    server.run(SCRIPTS / "base_backup.sh")
    print(f"  base backup, verified: {time.monotonic() - started:.1f} s")
    writer = Writer(server.url())
    writer.start()
    time.sleep(2)
    writer.ended.set()
    writer.join()
    wanted = checksums(server.url())
    time.sleep(1.5)
    # The mistake, which is noticed only after more writes.
    [(deleted_at,)] = execute(server.url(), "DELETE FROM clinics_confirmation RETURNING now()")[:1]
    execute(server.url(), "UPDATE clinics_clinic SET phone = ''")
    writer = Writer(server.url())
    writer.start()
    time.sleep(WRITES_SECONDS)
    server.kill()
    shutil.rmtree(server.data)
    lost_at, started = datetime.now(UTC), time.monotonic()
    writer.join()

    moment = deleted_at - timedelta(seconds=1)
    earlier = restored_server(server, "earlier", moment.isoformat(sep=" "))
    took = time.monotonic() - started
    compare("the moment before the DELETE", wanted, checksums(earlier.url()))
    print(f"  to 1 s before the DELETE: RPO 1.0 s (as asked), RTO {took:.1f} s, {len(wanted)} tables equal")
    earlier.stop()

    started = time.monotonic()
    latest = restored_server(server, "latest")
    took = time.monotonic() - started
    [(last, at)] = execute(latest.url(), "SELECT n, at FROM drill ORDER BY n DESC LIMIT 1")
    lost_seconds = (lost_at - at).total_seconds()
    print(
        f"  machine and disk lost, restored from the archive: RPO {lost_seconds:.1f} s"
        f" ({writer.acknowledged - last} of {writer.acknowledged} rows), RTO {took:.1f} s"
    )
    latest.stop()
    if lost_seconds > 15:
        sys.exit("FAILED: more was lost than archive_timeout and the time of a copy explain.")


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)
    failed = False
    for major in (15, 18):
        # The path of a socket may have 107 characters at most, so the folder is not below this checkout.
        folder = Path(tempfile.mkdtemp(prefix="drill"))
        folder.chmod(0o711)
        make_folder(folder)
        try:
            drill(major, folder)
        except ProgramsNotFoundError as error:
            print(f"PostgreSQL {major}: not run. {error}")
            failed = True
        finally:
            stop_all(folder, major)
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(failed)


def stop_all(folder: Path, major: int) -> None:
    for pid_file in folder.glob("*/postmaster.pid"):
        Server(major, folder, pid_file.parent.name).stop()


if __name__ == "__main__":
    main()
