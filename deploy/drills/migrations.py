"""`make drill-migrations`: reverses every migration of ours and applies it again, on a large table under load.

Prints for each step how long it took and the longest wait of a reader or writer; a wait above MOST_SECONDS is a
failure. A step back deletes rows for good: they belong to the drill.
"""

import os
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from deploy.drills.cluster_failover import Client, Reader
from deploy.drills.rows import fill
from deploy.drills.server import Server, make_folder

CLINICS = int(os.environ.get("CLINICS", "50000"))
READERS, WRITERS = 10, 5
MOST_SECONDS = 2.0
TRIES = 5  # of a migration that gave up because it got no lock
FLOOR = "0002_clinics"  # creates the table of clinics, so it is not reversed
APPS = ("articles", "listings", "clinics")  # an app comes before those that its migrations depend on


class Editor(Client):
    """Writes to the largest table, where the lock of a migration matters most."""

    def query(self, cursor):
        number = random.randrange(1, CLINICS)
        cursor.execute("UPDATE clinics_clinic SET phone = phone WHERE id = %s", (number,))


class Drill:
    def __init__(self, clients: list[Client]):
        self.clients, self.failed = clients, False

    def step(self, app: str, name: str, way: str) -> None:
        """Migrate `app` to `name` and print how long it took and how long clients waited."""
        from django.core.management import CommandError, call_command

        for client in self.clients:
            client.longest_seconds, client.errors = 0.0, 0
        started = time.monotonic()
        for tries in range(1, TRIES + 1):
            try:
                call_command("migrate", app, name, verbosity=0)
                break
            except CommandError as error:
                if "let readers pass" not in str(error) or tries == TRIES:
                    raise
        took = time.monotonic() - started
        time.sleep(0.5)  # clients that still wait are counted too
        longest = max(client.longest_seconds for client in self.clients)
        errors = sum(client.errors for client in self.clients)
        mark = "  FAILED" if longest > MOST_SECONDS or errors else ""
        again = f", {tries} tries" if tries > 1 else ""
        print(f"  {way} {app} {name:34} {took:6.2f} s, longest wait {longest:5.2f} s, {errors} errors{again}{mark}")
        self.failed |= bool(mark)

    def run(self) -> None:
        from django.db import connection
        from django.db.migrations.exceptions import IrreversibleError
        from django.db.migrations.loader import MigrationLoader

        names = MigrationLoader(connection).disk_migrations
        names = {app: sorted(name for owner, name in names if owner == app) for app in APPS}
        reached = {}
        for app in APPS:
            reached[app] = names[app][-1]
            first = names[app].index(FLOOR) if FLOOR in names[app] else 0
            for name in reversed(names[app][first:-1]):
                try:
                    self.step(app, name, "back to   ")
                except IrreversibleError:
                    print(f"  back to    {app} {name:34} is not possible: {reached[app]} cannot be undone")
                    break
                reached[app] = name
        for app in reversed(APPS):
            for name in names[app][names[app].index(reached[app]) + 1 :]:
                self.step(app, name, "forward to")


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)
    folder = Path(tempfile.mkdtemp(prefix="drill"))
    folder.chmod(0o711)
    server = Server(18, make_folder(folder)).create().start()
    try:
        server.run(server.programs / "createdb", "clinics")
        os.environ |= {"DATABASE_URL": server.url(), "SECRET_KEY": "of a drill", "CLINICS": str(CLINICS)}
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        print(f"PostgreSQL 18, {fill(server.url(), CLINICS):,} clinics, {READERS} readers, {WRITERS} writers")
        import django

        django.setup()
        ended = threading.Event()
        clients = [Reader(server.url(), n, ended, 0.1) for n in range(READERS)]
        clients += [Editor(server.url(), n, ended, 0.1) for n in range(WRITERS)]
        for client in clients:
            client.start()
        drill = Drill(clients)
        drill.run()
        ended.set()
        for client in clients:
            client.join()
        print(f"  {sum(client.answers for client in clients)} reads and writes in all")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(f"FAILED: a client waited more than {MOST_SECONDS} s, or got an error." if drill.failed else 0)


if __name__ == "__main__":
    main()
