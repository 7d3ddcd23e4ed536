"""`make run` from an empty database to a running site, and what it says when that fails."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg2
import pytest
from django.conf import settings

from tests.databases import PLACES, own_database

pytestmark = pytest.mark.slow
SEARCH = "/clinics/?near=02139"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(tmp_path):
    """`make run` in a process of its own, with what it prints in a file: nobody has to read that for it to go on."""
    runs = []

    def run(**environment) -> subprocess.Popen:
        given = os.environ | {"SECRET_KEY": "test", "DATA": ""} | environment
        path = tmp_path / f"printed-{len(runs)}"
        with path.open("w") as out:
            runs.append(
                subprocess.Popen(
                    [sys.executable, "-m", "config.run"],
                    cwd=settings.BASE_DIR,
                    env={name: value for name, value in given.items() if value is not None},
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
            )
        runs[-1].printed = path
        return runs[-1]

    yield run
    for process in runs:
        process.terminate()
        process.wait(60)


def until(condition, seconds=300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def read_until(process, words) -> str:
    """What was printed as soon as the words are there."""
    until(lambda: words in process.printed.read_text() or process.poll() is not None)
    text = process.printed.read_text()
    assert words in text
    return text


def read_until_it_answers(process) -> str:
    return read_until(process, "Ctrl-C stops it")


def read_to_the_end(process) -> str:
    process.wait(timeout=120)
    return process.printed.read_text()


def page_of(port: int, path: str, **headers) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def answers(port: int) -> bool:
    with suppress(OSError):
        return "(demo)" in page_of(port, SEARCH)
    return False


def jobs_of(process) -> psutil.Process | None:
    children = psutil.Process(process.pid).children()
    return next((child for child in children if "qcluster" in child.cmdline()), None)


def stop(process) -> None:
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0


@pytest.fixture
def folder():
    """A short path: a Unix socket's may not exceed 107 characters."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def test_two_first_runs_at_once_make_one_site_and_what_is_killed_comes_back(start, folder):
    ports = [free_port(), free_port()]
    runs = [start(DATABASE_URL=None, PORT=str(port), VAR_DIR=str(folder)) for port in ports]
    printed = [read_until_it_answers(run) for run in runs]
    [waited] = [number for number, text in enumerate(printed) if "Another make run" in text]
    for port, text in zip(ports, printed, strict=True):
        assert f"http://127.0.0.1:{port}/" in text
        assert answers(port)
    assert "42,789 ZIP codes (nothing changed)" in printed[waited]
    assert len({*re.findall(r"admin / \S+", "".join(printed))}) == 1, "one admin"
    stop(runs.pop(waited))
    with pytest.raises(OSError, match="refused"):
        page_of(ports.pop(waited), "/healthz")
    [run], [port] = runs, ports

    assert "too long for a place" in page_of(port, f"/clinics/?near={'9' * 10_000}")
    assert "/elsewhere" not in page_of(port, "/", SCRIPT_NAME="/elsewhere", PATH_INFO="/elsewhere")

    jobs = jobs_of(run)
    for process in [*jobs.children(recursive=True), jobs]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    read_until(run, "The program of the jobs ended; it is started again.")
    until(lambda: jobs_of(run) not in (None, jobs))

    pid_file = folder / "postgres" / "postmaster.pid"
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
    read_until(run, "The database ended; it is started again.")
    until(lambda: answers(port))
    stop(run)
    assert not pid_file.exists()


def test_a_port_in_use_is_refused_before_any_work(start, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        process = start(PORT=str(port))
        said = read_to_the_end(process)
    assert process.returncode == 1
    assert f"Port {port} of this machine is in use" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1"])
def test_an_invalid_port_is_refused_with_a_sentence(start, text):
    process = start(PORT=text)
    assert "is not a port" in read_to_the_end(process)
    assert process.returncode == 1


def test_a_file_that_is_not_a_directory_is_refused_in_one_sentence_and_the_site_does_not_start(start, port, tmp_path):
    (tmp_path / "empty.csv").touch()
    with own_database(PLACES) as url:
        process = start(DATABASE_URL=url, PORT=str(port), DATA=str(tmp_path / "empty.csv"))
        said = read_to_the_end(process)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "empty" in said.splitlines()[-1]


def test_after_an_import_it_says_how_to_switch_on_the_geocoder_and_asks_nobody(start, port, tmp_path):
    directory = tmp_path / "locator_substance_use_2021.csv"
    directory.write_text(
        "name1,name2,street1,street2,city,state,zip,zip4,county,latitude,longitude\n"
        "Hope Recovery Center,,22 Elm Street,,Cambridge,MA,2139,,Middlesex,,\n"
    )
    with own_database(PLACES) as url:
        site = start(DATABASE_URL=url, PORT=str(port), VAR_DIR=str(tmp_path), DATA=str(directory), GEOCODER="")
        printed = read_until_it_answers(site)
        stop(site)
        with closing(psycopg2.connect(url)) as link, link.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM clinics_addresslookup")
            assert cursor.fetchall() == [(0,)]
    [line] = [line for line in printed.splitlines() if "GEOCODER" in line]
    assert "`GEOCODER=census manage.py geocode_clinics` asks the US Census Geocoder" in line
