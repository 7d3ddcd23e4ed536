"""`make run` from an empty database to a running site, and what it says when that fails."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import closing

import psycopg2
import pytest
from django.conf import settings

from tests.databases import PLACES, own_database

pytestmark = pytest.mark.slow


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(**environment) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "config.run"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"SECRET_KEY": "test", "DATA": ""} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until_it_answers(process) -> str:
    """What was printed up to the line that says how to stop it."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return "".join(lines)
    pytest.fail(f"it ended: {''.join(lines)}")


def stop(process) -> None:
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    process.stdout.close()
    assert process.wait(timeout=30) == 0


def test_an_empty_database_becomes_a_site_and_a_second_run_changes_nothing(port, tmp_path):
    with own_database() as url:
        site = {"DATABASE_URL": url, "PORT": str(port), "VAR_DIR": str(tmp_path)}
        first = start(**site)
        printed = read_until_it_answers(first)
        assert f"http://127.0.0.1:{port}/" in printed
        [login] = re.findall(r"admin / \S+", printed)
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/clinics/?near=02139").read().decode()
        assert "(demo)" in page
        too_long = f"http://127.0.0.1:{port}/clinics/?near={'9' * 10_000}"
        assert "too long for a place" in urllib.request.urlopen(too_long).read().decode()
        stop(first)
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")
        second = start(**site)
        printed = read_until_it_answers(second)
        stop(second)
        assert login in printed
        assert "42,789 ZIP codes (nothing changed)" in printed


def test_a_port_in_use_is_refused_before_any_work(port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        process = start(PORT=str(port))
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert f"Port {port} of this machine is in use" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1"])
def test_an_invalid_port_is_refused_with_a_sentence(text):
    process = start(PORT=text)
    assert "is not a port" in process.communicate(timeout=60)[0]
    assert process.returncode == 1


def test_a_file_that_is_not_a_directory_is_refused_in_one_sentence_and_the_site_does_not_start(port, tmp_path):
    (tmp_path / "empty.csv").touch()
    with own_database(PLACES) as url:
        process = start(DATABASE_URL=url, PORT=str(port), DATA=str(tmp_path / "empty.csv"))
        said = process.communicate(timeout=120)[0]
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "empty" in said.splitlines()[-1]


def test_after_an_import_it_says_how_to_switch_on_the_geocoder_and_asks_nobody(port, tmp_path):
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
