"""The real stack: gunicorn on its own database, filled with the demo directory."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from django.conf import settings

from tests.browser.shell import Shell, shell
from tests.databases import DEMO, Template, own_database

START_SECONDS = 180  # on a machine with other work
STOP_SECONDS = 30
FLAGS = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
if os.geteuid() == 0:
    FLAGS.append("--no-sandbox")

# Every type of page by name. {clinic}: address of a clinic that states everything; {closed}: address of one that has
# closed; {ids}: the parameters of a call sheet with four clinics.
READER_PAGES = {
    "home": "/",
    "results": "/clinics/?near=02139&radius=25",
    "results-filtered": "/clinics/?near=10001&medication=buprenorphine&payment=medicaid",
    "results-of-a-state": "/clinics/?near=Texas",
    "results-page-2": "/clinics/?near=10001&radius=any&page=2",
    "results-far": "/clinics/?near=59011",
    "map": "/clinics/map/?near=59011",
    "nothing-found": "/clinics/?near=59001&radius=5&medication=methadone",
    "which-place": "/clinics/?near=Springfield",
    "unknown-place": "/clinics/?near=00000",
    "malformed": "/clinics/?near=02139&radius=abc&page=0",
    "clinic": "{clinic}?near=02139",
    "closed-clinic": "{closed}",
    "call-sheet": "/clinics/compare/?{ids}&near=02139",
    "empty-call-sheet": "/clinics/compare/?id=0",
    "report": "{clinic}report/",
    "thanks": "{clinic}report/thanks/",
    "tonight": "/tonight/?near=10001",
    "tonight-anywhere": "/tonight/",
    "pharmacies": "/pharmacies/?near=10001",
    "pharmacies-anywhere": "/pharmacies/",
    "pharmacy-report": "/pharmacies/report/?near=10001",
    "pharmacy-thanks": "/pharmacies/report/thanks/?near=10001",
    "states": "/locations/",
    "state": "/locations/ny/",
    "telehealth-of-a-state": "/locations/ny/telehealth/",
    "city": "/locations/ny/new-york/",
    "preset": "/find/suboxone-clinics/",
    "plans": "/list-your-practice/plans/",
    "accuracy": "/accuracy/",
    "privacy": "/privacy/",
    "accessibility": "/accessibility/",
    "terms": "/terms/",
    "version-of-a-paper": "/privacy/owners/1/",
    "api": "/api/",
    "not-found": "/no/such/page/",
}
# From the starter articles; tests without a browser have no articles.
ARTICLE_PAGES = {
    "articles": "/articles/",
    "articles-found": "/articles/?q=naloxone",
    "topic": "/articles/topics/relapse/?near=02139",
    "topics": "/articles/topics/",
    "article": "/articles/why-a-return-to-use-is-not-the-end/",
    "article-near": "/articles/why-a-return-to-use-is-not-the-end/?near=02139",
    "article-comment": "/articles/why-a-return-to-use-is-not-the-end/comment/",
    "article-comment-help": "/articles/why-a-return-to-use-is-not-the-end/comment/thanks/help/",
    "article-in-spanish": "/es/articles/por-que-volver-a-consumir-no-es-el-final/",
}
ALL_PAGES = READER_PAGES | ARTICLE_PAGES | {"admin-login": "/admin/login/"}


@dataclass
class Site:
    url: str
    database_url: str
    log: Path
    shell: Shell
    clinic: str = ""
    closed: str = ""
    ids: str = ""
    environment: dict[str, str] = field(default_factory=dict)  # of its processes

    def path(self, page_type: str) -> str:
        return ALL_PAGES[page_type].format(clinic=self.clinic, closed=self.closed, ids=self.ids)

    @contextlib.contextmanager
    def cursor(self):
        """A cursor on the site's own database; every statement is committed at once."""
        connection = psycopg2.connect(self.database_url)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def rows(self, query: str, *values) -> list[tuple]:
        with self.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    @contextlib.contextmanager
    def broken_search(self) -> Iterator[None]:
        """Rename the table of ZIP codes, so that every search fails in the database."""
        with self.cursor() as cursor:
            cursor.execute("ALTER TABLE clinics_zipcode RENAME TO clinics_hidden")
            try:
                yield
            finally:
                cursor.execute("ALTER TABLE clinics_hidden RENAME TO clinics_zipcode")


@contextlib.contextmanager
def running_site(log: Path, template: Template = DEMO) -> Iterator[Site]:
    """The site on a free port of this machine, with its access log in `log`. Raises RuntimeError with its output."""
    with own_database(template) as database_url:
        environment = os.environ | {"DATABASE_URL": database_url, "SECRET_KEY": "browser-tests", "ACCESS_LOG": "1"}
        environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1", "DEV_GATEWAY": "1"}
        environment |= {"VAR_DIR": str(log.parent / "var")}  # no other site collects its files there at the same time
        environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the tests' own need
        options = {"cwd": settings.BASE_DIR, "env": environment, "stderr": subprocess.STDOUT}
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput"]
        collected = subprocess.run(collect, stdout=subprocess.PIPE, text=True, **options)
        if collected.returncode:
            raise RuntimeError(f"The files could not be collected: {collected.stdout[-2000:]}")
        with web_server(environment, log) as port, shell(environment) as ready:
            yield Site(f"http://127.0.0.1:{port}", database_url, log, ready, environment=environment)


@contextlib.contextmanager
def web_server(environment: dict[str, str], log: Path) -> Iterator[int]:
    """gunicorn on a free port. Raises RuntimeError with its output."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}"]
    with log.open("w") as out:
        options = {"cwd": settings.BASE_DIR, "env": environment, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(command, stdout=out, **options)
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}", process, log)
        yield port
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_ready(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The site did not start: {log.read_text()[-2000:]}")
