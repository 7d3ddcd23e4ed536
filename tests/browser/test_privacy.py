"""Who learns that someone looks for treatment: nobody. Over every page, in a real browser and in every trace."""

import io
import re
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings

CANARY = "83555"  # a ZIP code of Idaho that no clinic of the demo directory has
FORM_PAGE = "report"


def test_no_page_asks_another_host_or_sets_a_cookie(chromium, site, page_types):
    for name, path in page_types.items():
        context = chromium.new_context(base_url=site.url)  # with JavaScript, which could ask more
        page = context.new_page()
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path, wait_until="networkidle")
        hosts = {urlsplit(url).netloc for url in asked if not url.startswith("data:")}
        assert hosts == {urlsplit(site.url).netloc}, name
        cookies = [cookie["name"] for cookie in context.cookies()]
        assert cookies == (["csrftoken"] if name == FORM_PAGE else []), name
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0], name
        context.close()


def test_every_page_forbids_what_it_does_not_need(open_page, page_types):
    for name, path in page_types.items():
        page = open_page("about:blank")
        headers = page.goto(path).headers
        assert "unsafe" not in headers["content-security-policy"], name
        assert "default-src 'none'" in headers["content-security-policy"], name
        assert headers["referrer-policy"] == ("same-origin" if name == FORM_PAGE else "no-referrer"), name
        assert headers["x-content-type-options"] == "nosniff", name
        assert ("noindex" in headers.get("x-robots-tag", "")) is path.startswith("/clinics/?"), name


@pytest.fixture
def after_searches_for_the_canary(open_page, site):
    """Searches that go well, find nothing, are malformed, and fail inside the database."""
    clinic = site.clinic_path()
    open_page(f"/clinics/?near={CANARY}&medication=buprenorphine")
    page = open_page("/")
    page.get_by_label("ZIP code, or city and state").fill(CANARY)
    page.get_by_role("button", name="Find clinics").click()
    for path in (
        f"/clinics/?near={CANARY}&radius=5&language=yupik",
        f"/clinics/?near={CANARY}&radius=abc&format=json",
        f"/clinics/?near={CANARY}&format=csv",
        f"/clinics/?near=%00{CANARY}",
        f"{clinic}?near={CANARY}",
        f"/no/such/page/?near={CANARY}",
    ):
        open_page(path) if "csv" not in path else open_page().request.get(path)
    connection = psycopg2.connect(site.database_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE clinics_zipcode RENAME TO clinics_hidden")
        try:
            page = open_page("about:blank")
            assert page.goto(f"/clinics/?near={CANARY}").status == 500
        finally:
            cursor.execute("ALTER TABLE clinics_hidden RENAME TO clinics_zipcode")
    yield connection
    connection.close()


def test_no_log_and_no_table_remembers_a_search(after_searches_for_the_canary, site):
    log = site.log.read_text()
    assert "/clinics/" in log  # it was kept, and of the right requests
    assert "ProgrammingError" in log
    assert CANARY not in log
    host = settings.DATABASES["default"].get("HOST") or ""
    if host.startswith(str(settings.VAR_DIR)):
        assert CANARY not in Path(host, "log").read_text(errors="replace")
    with after_searches_for_the_canary.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        remembering = []
        for table in tables:
            rows = io.StringIO()
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', rows)
            if re.search(rf"\b{CANARY}\b", rows.getvalue()):
                remembering.append(table)
    # The table of all ZIP codes has it, as it has every other.
    assert remembering == ["clinics_zipcode"]
