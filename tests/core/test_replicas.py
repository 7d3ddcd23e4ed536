"""Reader pages from a real streaming replica: two servers of the embedded PostgreSQL, and the site before them."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from deploy.drills.cluster import free_ports
from deploy.drills.rows import execute, manage
from deploy.drills.server import CHECKOUT, Server, make_folder

pytestmark = pytest.mark.slow

COOKIE = {"Cookie": "csrftoken=of-somebody-who-filled-in-a-form"}


CLINIC = "/clinics/1/towson/"


class Pair:
    """A primary, its replica, and sites of one process each that read from both."""

    def __init__(self, folder: Path, var: Path):
        self.var = str(var)  # not the checkout's: no other site collects its files there at the same time
        self.primary, self.replica = Server(18, folder, "primary", 5432), Server(18, folder, "replica", 5433)
        self.sites = []

    def make_primary(self):
        self.primary.create("fsync = off", "wal_receiver_status_interval = 1s").start()
        self.primary.run(self.primary.programs / "createdb", "clinics")
        manage(self.primary.url(), "migrate", "--verbosity=0")
        make = "from clinics.models import Clinic; Clinic.objects.create(name='Towson', city='Towson', state='MD')"
        manage(self.primary.url(), "shell", "-c", make)
        manage(self.primary.url(), "collectstatic", "--noinput", VAR_DIR=self.var)
        self.primary.stop()

    def follow(self):
        """Build the replica again, and wait until it has caught up."""
        self.primary.run(
            self.primary.programs / "pg_basebackup", "-D", self.replica.data, "-R", "-X", "stream", "-c", "fast"
        )
        self.replica.start()
        until(
            lambda: execute(self.replica.url(), "SELECT EXISTS (SELECT FROM pg_stat_get_wal_receiver())") == [(True,)]
        )

    def site(self, most_lag_seconds: float) -> str:
        """The address of a site that takes a replica for late after so long."""
        [port] = free_ports(1)
        environment = {
            "DATABASE_URL": self.primary.url(),
            "REPLICA_URLS": self.replica.url(),
            "REPLICA_MAX_LAG_SECONDS": str(most_lag_seconds),
            "SECRET_KEY": "s",
            "VAR_DIR": self.var,
            "WEB_WORKERS": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}"]
        self.sites.append(subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | environment))
        address = f"http://127.0.0.1:{port}"
        until(lambda: ask(address, "/healthz")[0] == 200)
        return address

    def move_to(self, street: str):
        execute(self.primary.url(), "UPDATE clinics_clinic SET street = %s", (street,))

    def pause(self):
        """From here on the replica receives, and shows nothing of it."""
        execute(self.replica.url(), "SELECT pg_wal_replay_pause()")
        until(lambda: execute(self.replica.url(), "SELECT pg_get_wal_replay_pause_state()") == [("paused",)])

    def stop(self):
        for site in self.sites:
            site.terminate()
        for site in self.sites:
            site.wait(30)
        self.replica.stop()
        self.primary.stop()


def until(is_so, timeout_seconds: float = 30):
    deadline = time.monotonic() + timeout_seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ask(site: str, path: str, headers=None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(site + path, headers=headers or {}), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def from_replica(pair: Pair, site: str) -> bool:
    """Whether a page just now was read from the replica, which counts what it is asked."""
    asked = "SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = 'clinics'"
    before = execute(pair.replica.url("postgres"), asked)
    assert ask(site, CLINIC)[0] == 200
    return execute(pair.replica.url("postgres"), asked) != before


@pytest.fixture(scope="module")
def filled():
    """The folder of a primary with one clinic, stopped."""
    with short_folder() as folder:
        Pair(folder, folder / "var").make_primary()
        yield folder


@contextlib.contextmanager
def short_folder():
    """A Unix socket's path may not exceed 107 characters."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield make_folder(folder)
    shutil.rmtree(folder)


@pytest.fixture
def pair(filled):
    with short_folder() as folder:
        both = Pair(folder, filled / "var")
        both.primary.run("cp", "-a", filled / "primary", folder)
        both.primary.start()
        try:
            both.follow()
            yield both
        finally:
            both.stop()


def test_readers_read_from_a_replica_that_is_on_time_and_everybody_else_from_the_primary(pair):
    patient, strict = pair.site(3600), pair.site(1)
    pair.move_to("1 Old Road")
    until(lambda: "1 Old Road" in ask(patient, CLINIC)[1])
    pair.pause()
    pair.move_to("2 New Road")
    until(lambda: "2 New Road" in ask(strict, CLINIC)[1])  # late: passed over
    assert "1 Old Road" in ask(patient, CLINIC)[1]
    assert "2 New Road" in ask(patient, CLINIC, COOKIE)[1], "a writer sees what they wrote"
    execute(pair.replica.url(), "SELECT pg_wal_replay_resume()")
    until(lambda: "2 New Road" in ask(patient, CLINIC)[1])


def test_a_reader_is_answered_whichever_of_the_servers_dies(pair):
    site = pair.site(1)
    until(lambda: from_replica(pair, site))
    # Killed right after it was found fresh: the very page that wants to read from it is answered by the primary.
    pair.replica.kill()
    assert [ask(site, CLINIC)[0] for _ in range(3)] == [200] * 3

    shutil.rmtree(pair.replica.data)
    pair.follow()
    until(lambda: from_replica(pair, site))
    pair.primary.kill()
    # First on time, then late: an old answer is better than none, as long as it takes.
    ends = time.monotonic() + 3
    while time.monotonic() < ends:
        assert ask(site, CLINIC)[0] == 200
    assert ask(site, CLINIC, COOKIE)[0] == 503, "a writer gets no old answer"
