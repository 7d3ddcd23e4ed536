"""The two ways to a database: the private one of a checkout, and one that DATABASE_URL names."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from config import embedded_postgres
from config.supervisor import PrivateDatabase
from tests.core.system_postgres import running_server

pytestmark = pytest.mark.slow

START = """
import sys
from pathlib import Path
from config import embedded_postgres
print(embedded_postgres.start(Path(sys.argv[1]), "clinics")["HOST"], flush=True)
sys.stdin.read()
"""


def start_in_a_process(folder: Path) -> subprocess.Popen:
    """A process that uses the private server of `folder` until its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(folder)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.host = process.stdout.readline().strip()
    return process


def finish(process) -> None:
    process.stdin.close()
    process.stdout.close()
    assert process.wait(timeout=120) == 0


def answers(host: str) -> bool:
    try:
        connection = psycopg2.connect(host=host, user="postgres", dbname="clinics")
    except psycopg2.OperationalError:
        return False
    connection.close()
    return True


@pytest.fixture
def folder():
    """A short path: a Unix socket's may not exceed 107 characters."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def test_the_private_server_stops_with_its_last_process(folder):
    first = start_in_a_process(folder / "postgres")
    written = (folder / "postgres" / "postgresql.auto.conf").stat().st_mtime_ns
    second = start_in_a_process(folder / "postgres")
    assert first.host == second.host
    finish(first)
    assert answers(second.host)
    finish(second)
    assert not answers(second.host)
    assert (folder / "postgres" / "postgresql.auto.conf").stat().st_mtime_ns == written, "the disk may be full by then"


def test_a_killed_process_does_not_keep_the_server_running(folder):
    killed, other = start_in_a_process(folder / "postgres"), start_in_a_process(folder / "postgres")
    killed.kill()
    killed.wait(timeout=30)
    killed.stdin.close()
    killed.stdout.close()
    finish(other)
    assert not answers(other.host)


def test_a_server_that_another_process_started_in_place_of_a_dead_one_is_no_longer_ours(folder):
    first = start_in_a_process(folder)
    watched = PrivateDatabase(folder, "clinics")
    assert watched.is_alive()
    os.kill(watched.number, signal.SIGKILL)
    second = start_in_a_process(folder)  # a program of `make run` that starts again at this moment
    assert answers(second.host)
    assert not watched.is_alive(), "its end is told"
    finish(first)
    finish(second)


def test_two_checkouts_run_at_once_and_neither_takes_the_server_of_the_other_for_its_own(folder):
    one, other = start_in_a_process(folder / "one" / "postgres"), start_in_a_process(folder / "other" / "postgres")
    assert one.host != other.host
    finish(one)
    assert answers(other.host)
    # After a power cut the number in the file may belong to any process, even to another PostgreSQL.
    shutil.copy(folder / "other" / "postgres" / "postmaster.pid", folder / "one" / "postgres")
    again = start_in_a_process(folder / "one" / "postgres")
    assert again.host == one.host
    assert answers(again.host)
    finish(again)
    assert not answers(again.host)
    assert answers(other.host)
    finish(other)


def test_neither_a_stale_pid_file_nor_lost_files_make_us_stop_a_process(folder):
    finish(start_in_a_process(folder / "postgres"))
    stale = f"{os.getpid()}\n{folder}/postgres\n1\n5432\n{folder}/postgres\n\n0 0\nready\n"
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (folder / "postgres" / name).write_text(stale)
    again = start_in_a_process(folder / "postgres")
    assert answers(again.host)
    version = folder / "postgres" / "PG_VERSION"
    version.rename(folder / "kept")
    with pytest.raises(embedded_postgres.CannotStart, match="where there are no files any more"):
        embedded_postgres.start(folder / "postgres", "clinics")
    assert answers(again.host)
    (folder / "kept").rename(version)
    finish(again)


def test_after_a_full_disk_which_is_one_sentence_processes_that_start_at_once_wait_for_each_other(folder):
    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))

    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    run = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=settings.BASE_DIR,
        env=environment | {"VAR_DIR": str(folder)},
        preexec_fn=no_room,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    [sentence] = run.stderr.splitlines()
    assert sentence.startswith(f"The disk is full: there is no room for the private database in {folder}/postgres.")
    with ThreadPoolExecutor(3) as pool:
        processes = list(pool.map(start_in_a_process, 3 * [folder / "postgres"]))
    assert {process.host for process in processes} == {str(folder / "postgres")}
    for process in processes:
        finish(process)
    assert not answers(str(folder / "postgres"))


def test_the_private_server_keeps_statements_out_of_its_log(folder):
    process = start_in_a_process(folder / "postgres")
    connection = psycopg2.connect(host=process.host, user="postgres", dbname="clinics")
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.DivisionByZero):
        cursor.execute("SELECT 1 / 0 AS zip_02139")
    connection.close()
    finish(process)
    assert "02139" not in (folder / "postgres" / "log").read_text()


def test_the_private_server_does_not_log_the_last_statement_of_a_killed_process(folder):
    process = start_in_a_process(folder / "postgres")
    connection = psycopg2.connect(host=process.host, user="postgres", dbname="clinics")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'zip_02139'")
    os.kill(connection.get_backend_pid(), signal.SIGKILL)  # as a machine short of memory does
    connection.close()
    deadline = time.monotonic() + 30
    while not answers(process.host) and time.monotonic() < deadline:  # it restarts its processes
        time.sleep(0.1)
    finish(process)
    log = (folder / "postgres" / "log").read_text()
    assert "was terminated by signal 9" in log
    assert "02139" not in log


def test_with_database_url_the_private_server_is_not_started(folder):
    with running_server(folder) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "SECRET_KEY": "test",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        code = (
            "import sys, django; django.setup()\n"
            "from django.core.management import call_command\n"
            "call_command('migrate', verbosity=0); call_command('load_codebook')\n"
            "from clinics.models import Clinic; from clinics.geo import Coordinates\n"
            "Clinic.objects.create(name='A', city='B', state='MD', latitude=39.4, longitude=-76.6)\n"
            "print(Clinic.objects.near(Coordinates(39.3, -76.6), 10).count(), 'embedded_postgres' in sys.modules)\n"
        )
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.splitlines()[-1] == "1 False"
