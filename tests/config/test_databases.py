"""The two ways to a database: the private one of a checkout, and one that DATABASE_URL names."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

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
    first, second = start_in_a_process(folder / "postgres"), start_in_a_process(folder / "postgres")
    assert first.host == second.host
    finish(first)
    assert answers(second.host)
    finish(second)
    assert not answers(second.host)


def test_a_killed_process_does_not_keep_the_server_running(folder):
    killed, other = start_in_a_process(folder / "postgres"), start_in_a_process(folder / "postgres")
    killed.kill()
    killed.wait(timeout=30)
    killed.stdin.close()
    killed.stdout.close()
    finish(other)
    assert not answers(other.host)


def test_two_checkouts_run_at_once(folder):
    one, other = start_in_a_process(folder / "one" / "postgres"), start_in_a_process(folder / "other" / "postgres")
    assert one.host != other.host
    finish(one)
    assert answers(other.host)
    finish(other)


def test_a_stale_pid_file_does_not_prevent_the_start(folder):
    finish(start_in_a_process(folder / "postgres"))
    # After a power cut the number in the file may belong to any process: here, to this one.
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n/x\n1\n5432\n/x\n\n0 0\nready\n")
    again = start_in_a_process(folder / "postgres")
    assert answers(again.host)
    finish(again)


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
