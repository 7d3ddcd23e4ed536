"""What readers see when the site is closed for work, and when its database is gone."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

ASK = """
import json, django
django.setup()
from django.test import Client
from django.db import connection
answers = {}
for path in %r:
    response = Client(raise_request_exception=False, headers={"host": "localhost"}).get(path)
    answers[path] = [response.status_code, dict(response.headers), response.content.decode()]
print("\\n" + json.dumps(answers))
"""
PATHS = [
    "/",
    "/clinics/?near=02139",
    "/clinics/compare/?id=1",
    "/locations/",
    "/privacy/",
    "/no/such/page/",
    "/healthz",
]


def ask_without_a_database(folder, **environment) -> tuple[dict, str]:
    """({path: (status, headers, text)}, what was logged) of a site whose database is a socket that nobody serves."""
    environment = {"DATABASE_URL": f"postgresql:///none?host={folder}", "SECRET_KEY": "test"} | environment
    run = subprocess.run(
        [sys.executable, "-c", ASK % PATHS],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"} | environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1]), run.stderr


def has_the_strip(text: str) -> bool:
    return all(f'href="tel:{number}"' in text for number in ("911", "988", "+18006624357"))


@pytest.mark.slow
def test_without_its_database_every_page_still_shows_the_helplines(tmp_path):
    answers, log = ask_without_a_database(tmp_path)
    statuses = {path: status for path, (status, _, _) in answers.items()}
    assert statuses == {
        "/": 200,
        "/clinics/?near=02139": 503,
        "/clinics/compare/?id=1": 503,
        "/locations/": 503,
        "/privacy/": 200,
        "/no/such/page/": 404,
        "/healthz": 200,
    }
    for path, (status, headers, text) in answers.items():
        assert path == "/healthz" or has_the_strip(text), path
        assert "Traceback" not in text
        assert "OperationalError" not in text
        assert ("Retry-After" in headers) is (status == 503), path
    assert "OperationalError" in log  # for the operator, without what was searched for
    assert "02139" not in log


@pytest.mark.slow
def test_in_maintenance_every_page_for_readers_is_a_503_with_the_helplines(tmp_path):
    answers, log = ask_without_a_database(tmp_path, MAINTENANCE="1")
    assert answers.pop("/healthz")[0] == 200
    for path, (status, headers, text) in answers.items():
        assert status == 503, path
        assert headers["Retry-After"] == "600"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert has_the_strip(text)
        assert "Leave this page" in text
    assert "OperationalError" not in log


@pytest.mark.parametrize("method", ["post", "put"])
def test_nothing_is_accepted_in_maintenance(settings, method, django_assert_num_queries, db):
    settings.MAINTENANCE = True
    client = Client(enforce_csrf_checks=True)
    with django_assert_num_queries(0):
        assert getattr(client, method)("/clinics/1/x/report/", {"problem": "moved"}).status_code in (403, 503)
        assert client.get("/readyz").status_code == 503


def test_staff_can_still_log_in(settings, client, db):
    settings.MAINTENANCE = True
    assert client.get("/admin/login/").status_code == 200
