"""Nobody learns that somebody looks for treatment: every page in a real browser, then every log and table."""

import io
import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.follow import follow
from tests.browser.stack import READER_PAGES

FORM_PAGES = ("report", "pharmacy-report")
SEARCHES = ("/tonight/?", "/pharmacies/?", "/clinics/?", "/clinics/compare/", "/clinics/map/")
CANARY_ZIP = "83555"  # in Idaho; no clinic of the demo directory has it
CANARY_POINT = "46.2137,-116.5719"
CANARY_FILTER = "yupik"
CANARY_STREET = "Quillfeather"


def test_no_page_contacts_another_host_or_leaves_anything_in_the_browser(chromium, site):
    context = chromium.new_context(base_url=site.url)  # with JavaScript, which could ask for more
    requests, responses, pages = [], [], {}
    context.on("request", lambda request: requests.append(request))
    context.on("response", lambda response: responses.append(response))
    for name in READER_PAGES:
        pages[name] = context.new_page()
        pages[name].goto(site.path(name))
    for page in pages.values():
        page.wait_for_load_state("networkidle")
    asked = {request.url for request in requests if not request.url.startswith("data:")}
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(site.url).netloc}
    assert {site.url + site.path(name) for name in READER_PAGES} <= asked
    cookie_setters = {response.url for response in responses if response.header_value("set-cookie")}
    assert cookie_setters == {pages[name].url for name in FORM_PAGES}
    assert [cookie["name"] for cookie in context.cookies()] == ["csrftoken"]
    left = pages["results"].evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,"
        " (await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length]"
    )
    assert left == [0, 0, 0, 0, 0]
    context.close()


@pytest.mark.parametrize("name", READER_PAGES)
def test_every_page_forbids_what_it_does_not_need(new_page, site, name):
    page = new_page(java_script_enabled=True)
    refused = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    headers = page.goto(site.path(name)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|\*|https?:", policy)
    assert headers["referrer-policy"] == ("same-origin" if name in FORM_PAGES else "no-referrer")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert ("noindex" in headers.get("x-robots-tag", "")) is site.path(name).startswith(SEARCHES)
    # Nothing on a page violates its own policy. A missing page logs its own error.
    assert [text for text in refused if "404" not in text] == []


def test_a_search_is_in_no_title_and_leaves_with_no_link(open_page):
    page = open_page(f"/clinics/?near={CANARY_ZIP}")
    assert CANARY_ZIP not in page.title()
    assert page.locator("meta[name=robots]").get_attribute("content") == "noindex"
    with page.expect_request(re.compile("/clinics/[0-9]+/")) as asked:
        follow(page.locator(".row-name a").first)
    assert "referer" not in asked.value.all_headers()


@pytest.fixture
def database_log():
    """What the private server logs during the test; None if another server runs the database."""
    log = settings.VAR_DIR / "postgres" / "log"
    if settings.HAS_OWN_DATABASE:
        return lambda: None
    start = log.stat().st_size
    return lambda: log.read_bytes()[start:].decode(errors="replace")


def search_for_the_canaries(open_page, new_page, site) -> None:
    """Searches that succeed, find nothing, are malformed, fail in the database, or end with a report."""
    page = open_page("/")
    page.get_by_label("ZIP code, or city and state").fill(CANARY_ZIP)
    follow(page.get_by_role("button", name="Find clinics"))
    follow(page.locator(".row-name a").first)
    assert f"near={CANARY_ZIP}" in page.url
    follow(page.get_by_role("link", name="Something wrong?"))
    page.get_by_label("It has moved").check()
    follow(page.get_by_role("button", name="Send the report"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    answers = {
        f"/t/{CANARY_ZIP}": 200,
        f"/es/t/{CANARY_POINT}?language={CANARY_FILTER}": 200,
        f"/%74/4417%20{CANARY_STREET}%20Lane,%20Winchester,%20ID": 200,
        f"/t/{CANARY_ZIP}/": 404,
        f"/clinics/?near={CANARY_ZIP}&radius=5&language={CANARY_FILTER}": 200,
        f"/clinics/?near={CANARY_POINT}&language={CANARY_FILTER}": 200,
        f"/clinics/?near={CANARY_ZIP}&format=csv": 200,
        f"/pharmacies/?near={CANARY_ZIP}": 200,
        f"/es/pharmacies/report/?near={CANARY_ZIP}": 200,
        f"/clinics/?near=4417%20{CANARY_STREET}%20Lane,%20Winchester,%20ID%20{CANARY_ZIP}": 200,
        f"/es/clinics/?near=4417%20{CANARY_STREET}%20Lane,%20Winchester,%20ID&format=json": 200,
        f"/clinics/compare/?id=1&id=2&near={CANARY_ZIP}&language={CANARY_FILTER}": 200,
        f"/clinics/?near={CANARY_ZIP}&format=json": 200,
        f"/clinics/?near={CANARY_ZIP}&radius=abc&format=json": 400,
        f"/clinics/?near={CANARY_ZIP}&near=%00{CANARY_ZIP}%FF&page=-1": 200,
        f"/clinics/?near={CANARY_ZIP[:3]}99%20{CANARY_ZIP}": 200,
        f"/clinics?near={CANARY_ZIP}": 200,  # led to the address with the slash
        f"/no/such/page/?near={CANARY_ZIP}": 404,
        f"/locations/id/?near={CANARY_ZIP}": 200,
    }
    for path, status in answers.items():
        assert page.request.get(path).status == status, path
    for path in (f"/clinics/?near={CANARY_ZIP}", f"/t/{CANARY_ZIP}"):
        assert page.request.post(path).status == 405
    with site.broken_search():
        for path in (
            f"/clinics/?near={CANARY_ZIP}",
            f"/t/{CANARY_ZIP}",
            f"{page.url.partition('?')[0]}../../?near={CANARY_ZIP}",
        ):
            assert page.request.get(path).status == 500, path


def test_no_log_and_no_table_remembers_a_search(open_page, new_page, site, database_log):
    search_for_the_canaries(open_page, new_page, site)
    log, statements = site.log.read_text(), database_log()
    # Both logs contain these requests.
    assert re.search(r"GET /clinics/ 200", log)
    assert re.search(r"GET /clinics/ 500", log)
    assert re.search(r"GET /t/\S+ 200", log)
    assert re.search(r"GET /t/\S+ 500", log)
    assert "ProgrammingError" in log
    assert statements is None or 'relation "clinics_zipcode" does not exist' in statements
    for canary in (CANARY_ZIP, *CANARY_POINT.split(","), CANARY_FILTER, CANARY_STREET):
        assert canary not in log
        assert canary not in (statements or "")
    # The tables of places contain this ZIP code, like every other.
    assert tables_with(CANARY_ZIP, site) == ["clinics_city", "clinics_zipcode"]
    for typed in (*CANARY_POINT.split(","), CANARY_STREET):
        assert tables_with(typed, site) == []


def tables_with(text: str, site) -> list[str]:
    """The tables that hold `text`, as a dump of them would show it."""
    found = []
    with site.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = sorted(name for (name,) in cursor.fetchall())
        for table in tables:
            rows = io.StringIO()
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', rows)
            if re.search(rf"(?<![0-9]){re.escape(text)}(?![0-9])", rows.getvalue()):
                found.append(table)
    assert {"clinics_clinic", "clinics_correction", "core_ratecount", "django_session"} <= set(tables)
    return found
