"""The real stack for the browser: gunicorn on a database of its own, filled with the demo directory."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

from tests.browser.find_chromium import find_chromium
from tests.databases import own_database

# Playwright keeps an event loop in this thread, which Django takes for asynchronous code and refuses the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

START_SECONDS = 60
FLAGS = ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-quic"]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Site:
    url: str
    database_url: str
    log: Path

    def rows(self, query: str, *values) -> list[tuple]:
        """What a query on the site's own database gives."""
        connection = psycopg2.connect(self.database_url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def clinic_path(self, where: str = "phone <> ''") -> str:
        """The address of a clinic without its slug, which leads to the one with it."""
        [[pk]] = self.rows(f"SELECT id FROM clinics_clinic WHERE is_listed AND {where} ORDER BY id LIMIT 1")
        return f"/clinics/{pk}/x/"


def wait_until_ready(url: str, process, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the site did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def site(tmp_path_factory, django_db_setup):
    log = tmp_path_factory.mktemp("site") / "log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with own_database() as database_url, log.open("w") as out:
        environment = os.environ | {"DATABASE_URL": database_url, "SECRET_KEY": "browser-tests", "ACCESS_LOG": "1"}
        environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"}
        for command in ("migrate", "load_zipcodes", "load_codebook", "load_demo", "collectstatic --noinput"):
            done = subprocess.run(
                [sys.executable, "manage.py", *command.split(), "-v0"],
                cwd=settings.BASE_DIR,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, log)
            yield Site(f"http://127.0.0.1:{port}", database_url, log)
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests; without one they fail, for a page that nobody opened is not tested."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, site):
    """open_page(path, **context options) -> page: each in a context of its own; JavaScript is off unless asked for."""
    contexts = []

    def open_one(path="/", **options):
        options = {"java_script_enabled": False, "viewport": {"width": 390, "height": 844}} | options
        context = chromium.new_context(base_url=site.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def page_types(site) -> dict[str, str]:
    """Every type of page that a reader can see, by name."""
    clinic = site.clinic_path()
    return {
        "home": "/",
        "results": "/clinics/?near=02139&radius=25",
        "results-filtered": "/clinics/?near=10001&medication=buprenorphine&payment=medicaid",
        "results-of-a-state": "/clinics/?near=Texas",
        "results-page-2": "/clinics/?near=10001&radius=any&page=2",
        "nothing-found": "/clinics/?near=59001&radius=5&medication=methadone&language=yupik",
        "which-place": "/clinics/?near=Springfield",
        "unknown-place": "/clinics/?near=00000",
        "malformed": "/clinics/?near=02139&radius=abc&page=0",
        "clinic": f"{clinic}?near=02139",
        "states": "/locations/",
        "state": "/locations/ny/",
        "city": "/locations/ny/new-york/",
        "preset": "/find/suboxone-clinics/",
        "privacy": "/privacy/",
        "api": "/api/",
        "not-found": "/no/such/page/",
        "report": f"{clinic}report/",
        "thanks": f"{clinic}report/thanks/",
    }
