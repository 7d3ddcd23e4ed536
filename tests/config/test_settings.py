import importlib.util
import logging
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.core import checks

from config.secret_files import read_or_make
from core.checks import only_psycopg2
from core.logs import WithoutQuery

SHOW_KEY = "from config import settings; print(settings.SECRET_KEY)"
SHOW_KEY_OF_CHILD = """
import subprocess, sys
from config import settings
subprocess.run([sys.executable, "-c", "from config import settings; print(settings.SECRET_KEY)"], check=True)
"""


def run_settings(checkout, code=SHOW_KEY, **environment):
    """What importing the settings of `checkout` prints, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if name not in ("SECRET_KEY", "DATABASE_URL", "DEBUG")}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, env=clean | environment, capture_output=True, text=True
    )


@pytest.fixture
def checkout(tmp_path):
    """A copy of the settings with a var/ of its own."""
    (tmp_path / "config").symlink_to(settings.BASE_DIR / "config")
    package = tmp_path / "config_copy"
    package.mkdir()
    for name in ("__init__", "settings", "embedded_postgres", "file_lock", "sentences", "secret_files", "logging"):
        (package / f"{name}.py").write_text((settings.BASE_DIR / "config" / f"{name}.py").read_text())
    (tmp_path / "config").unlink()
    package.rename(tmp_path / "config")
    return tmp_path


def test_a_deployment_without_a_secret_key_does_not_start(checkout):
    run = run_settings(checkout, DATABASE_URL="postgresql://nobody@localhost/none")
    assert run.returncode != 0
    assert "SECRET_KEY is not set" in run.stderr


def test_a_checkout_makes_its_own_random_key_once_and_keeps_it_private(checkout):
    first = run_settings(checkout, DATABASE_URL="postgresql://nobody@localhost/none", DEBUG="1")
    again = run_settings(checkout, DATABASE_URL="postgresql://nobody@localhost/none", DEBUG="1")
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    assert len(first.stdout.strip()) > 50
    assert stat.S_IMODE((checkout / "var" / "secret_key").stat().st_mode) == 0o600


def test_a_stated_key_is_used(checkout):
    run = run_settings(checkout, DATABASE_URL="postgresql://nobody@localhost/none", SECRET_KEY="stated")
    assert run.stdout.strip() == "stated"


def test_psycopg_3_beside_psycopg2_is_an_error(monkeypatch):
    assert only_psycopg2() == []
    known = importlib.util.find_spec
    monkeypatch.setattr("core.checks.find_spec", lambda name: known("json") if name == "psycopg" else known(name))
    [error] = only_psycopg2()
    assert isinstance(error, checks.Error)


def test_a_log_line_holds_no_query_string():
    record = logging.LogRecord(
        "django.request", logging.ERROR, __file__, 1, "Internal error: %s", ("/clinics/?near=02139&radius=5",), None
    )
    assert WithoutQuery().filter(record)
    assert record.getMessage() == "Internal error: /clinics/"


def test_a_traceback_in_the_log_names_lines_but_quotes_nothing():
    try:
        int("near=02139")
    except ValueError:
        record = logging.LogRecord("django", logging.ERROR, __file__, 1, "Failed", (), sys.exc_info())
    WithoutQuery().filter(record)
    line = logging.Formatter().format(record)
    assert "02139" not in line
    assert "ValueError" in line
    assert "test_settings.py" in line


def test_gunicorn_logs_a_malformed_request_without_search_or_client():
    for what in (
        "Invalid HTTP request line: 'GET /clinics/?near=02139 HTTP/1.1'",
        "Invalid HTTP Version: '02139'",  # of "GET /clinics/?near=Cambridge 02139"
    ):
        said = f"Invalid request from ip=203.0.113.9: {what}"
        record = logging.LogRecord("gunicorn.error", logging.WARNING, __file__, 1, said, (), None)
        WithoutQuery().filter(record)
        assert "02139" not in record.getMessage(), what
        assert "203.0.113.9" not in record.getMessage(), what
        assert record.getMessage().startswith("Invalid request"), what


def test_a_secret_is_made_once_for_any_number_of_processes(tmp_path):
    paths = [tmp_path / "var" / "key"] * 20
    with ThreadPoolExecutor(max_workers=20) as pool:
        read = set(pool.map(lambda path: read_or_make(path, 30), paths))
    assert len(read) == 1
    assert len(read.pop()) >= 40
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["key"]


@pytest.mark.parametrize(
    "url", ["tiles.example.org/{z}/{x}/{y}.png", "https://tiles.example.org/", "https://{z}/{x}/{y}"]
)
def test_an_address_without_tiles_is_refused_at_the_start(checkout, url):
    run = run_settings(checkout, DATABASE_URL="postgresql://nobody@localhost/none", SECRET_KEY="s", MAP_TILE_URL=url)
    assert run.returncode != 0
    assert "MAP_TILE_URL is no address of tiles" in run.stderr
    good = "https://tiles.example.org/{z}/{x}/{y}.png?key=1"
    run = run_settings(checkout, DATABASE_URL="postgresql://nobody@localhost/none", SECRET_KEY="s", MAP_TILE_URL=good)
    assert run.returncode == 0, run.stderr


def test_an_address_without_a_cache_is_refused_at_the_start(checkout):
    run = run_settings(
        checkout, DATABASE_URL="postgresql://nobody@localhost/none", SECRET_KEY="s", CACHE_URL="host:6379"
    )
    assert run.returncode != 0
    assert "CACHE_URL is no address of a Redis or Valkey" in run.stderr


def test_a_secret_may_be_a_file(checkout, tmp_path):
    file = tmp_path / "key"
    file.write_text("of the file\n")
    database = {"DATABASE_URL": "postgresql://nobody@localhost/none"}
    assert run_settings(checkout, SECRET_KEY_FILE=str(file), **database).stdout.strip() == "of the file"
    run = run_settings(checkout, SECRET_KEY_FILE=str(tmp_path / "missing"), **database)
    assert "SECRET_KEY_FILE" in run.stderr
    assert "cannot be read: No such file" in run.stderr
    run = run_settings(checkout, SECRET_KEY_FILE=str(file), SECRET_KEY="stated", **database)
    assert "are both set" in run.stderr


def test_a_secret_of_a_file_stays_out_of_the_environment_of_other_programs(checkout, tmp_path):
    """`make run` starts the server and the jobs from a process that has read the settings."""
    (tmp_path / "key").write_text("of the file\n")
    settings_of = {"DATABASE_URL": "postgresql://nobody@localhost/none", "SECRET_KEY_FILE": str(tmp_path / "key")}
    run = run_settings(checkout, SHOW_KEY_OF_CHILD, **settings_of)
    assert run.stdout.strip() == "of the file", run.stderr


def test_the_address_of_the_database_may_be_a_file(checkout, tmp_path):
    (tmp_path / "url").write_text("postgresql://nobody@localhost/of_the_file\n")
    code = "from config import settings; print(settings.HAS_OWN_DATABASE, settings.DATABASES['default']['NAME'])"
    run = run_settings(checkout, code, SECRET_KEY="s", DATABASE_URL_FILE=str(tmp_path / "url"))
    assert run.stdout.split() == ["True", "of_the_file"], run.stderr


@pytest.mark.parametrize(
    ("environment", "gateway"),
    [
        ({}, "off"),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, "stripe"),
        ({"STRIPE_SECRET_KEY": "sk_test_1", "DEV_GATEWAY": "1"}, "stripe"),
        ({"DEBUG": "1"}, "development"),
        ({"DEV_GATEWAY": "1"}, "development"),
    ],
)
def test_the_fake_stripe_server_is_installed_for_development_alone(checkout, environment, gateway):
    code = "from config.settings import *; print(PAYMENT_GATEWAY, 'listings.fake_stripe' in INSTALLED_APPS)"
    deployment = {"DATABASE_URL": "postgresql://nobody@localhost/none", "SECRET_KEY": "stated"}
    run = run_settings(checkout, code, **deployment | environment)
    assert run.stdout.split() == [gateway, str(gateway == "development")], run.stderr
