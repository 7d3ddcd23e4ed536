"""One site and one browser for all tests. Each test has its own browser context, or shares one with its module."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.find_chromium import NoBrowser, find_chromium
from tests.browser.paper import Run, runs_of
from tests.browser.stack import FLAGS, running_site

# Playwright keeps an event loop in this thread, which Django takes for asynchronous code and refuses the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PATIENCE_MS = 20_000  # of a machine with other work
PHONE = {"width": 390, "height": 844}

# As long as the longest texts of the government's files.
LONG_NAME = (
    "Commonwealth of Massachusetts Department of Public Health Metropolitan Outpatient Treatment and Recovery Services"
)
LONG_DETAIL = "Methadone/Buprenorphine/Naltrexone/Counseling/Telehealth"
LONG_WEBSITE = "https://www.outpatienttreatmentandrecoveryservices.example/locations/massachusetts/greaterboston"
STATE_EVERYTHING = """
    UPDATE clinics_clinic SET name = %s, name_detail = %s, website = %s, street_detail = 'Building 12, Suite 400',
        intake_phones = '{617-555-0198,617-555-0199 x12345}', other_services = '{XYZ}', point_quality = 'zip'
    WHERE id = (
        SELECT id FROM clinics_clinic WHERE state = 'MA' AND phone <> '' AND street <> ''
        ORDER BY (latitude - 42.3647) ^ 2 + (longitude + 71.1042) ^ 2 LIMIT 1
    )
    RETURNING id
"""
OTHERS = "SELECT id FROM clinics_clinic WHERE state = 'MA' AND id <> %s ORDER BY id LIMIT 3"
CLOSE = """
    UPDATE clinics_clinic SET is_listed = FALSE, closed_on = '2026-01-31'
    WHERE id = (SELECT min(id) FROM clinics_clinic WHERE state = 'OH') RETURNING id
"""
# More than one page of a list, so that the tests see the links to the next page.
OLDER_ARTICLES = """
    INSERT INTO articles_article (title, slug, summary, body, language, comments_open, is_sample, starter_slug,
        starter_hash, status, publish_at, created_at, updated_at, version, word_count)
    SELECT title || ', part ' || part, slug || '-' || part, summary, body, language, comments_open, is_sample, '', '',
        status, publish_at - part * INTERVAL '1 year', created_at, updated_at, version, word_count
    FROM articles_article, generate_series(2, 21) part
    WHERE articles_article.id = (SELECT min(id) FROM articles_article WHERE status = 'published' AND language = 'en')
    RETURNING id
"""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site with the demo directory, two pages of articles, one clinic that states everything, and one closed."""
    with running_site(tmp_path_factory.mktemp("site") / "log") as site:
        [[in_full]] = site.rows(STATE_EVERYTHING, LONG_NAME, LONG_DETAIL, LONG_WEBSITE)
        [[closed]] = site.rows(CLOSE)
        site.rows(OLDER_ARTICLES)
        others = site.rows(OTHERS, in_full)
        # Any slug works: it redirects to the right one.
        site.clinic, site.closed = f"/clinics/{in_full}/x/", f"/clinics/{closed}/x/"
        site.ids = "&".join(f"id={pk}" for pk in [in_full, *(pk for [pk] in others)])
        yield site


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests. Without a browser they fail, because a page that was not opened is not tested."""
    try:
        path = find_chromium()
    except NoBrowser as error:
        pytest.fail(str(error), pytrace=False)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium, site):
    """new_page(**options) -> page in a context of its own, a phone's; JavaScript is off unless asked for."""
    contexts = []

    def make(**options):
        context = chromium.new_context(
            **{"base_url": site.url, "java_script_enabled": False, "viewport": PHONE} | options
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def look_at(chromium, site):
    """look_at(path, **options) -> page that answered. The tests of a module share one page for the same options.

    For tests that only look: a new context, its process and its style sheets cost more than most pages.
    """
    pages = {}

    def look_at_one(path, **options):
        known = repr(sorted(options.items()))
        if known not in pages:
            context = chromium.new_context(
                **{"base_url": site.url, "java_script_enabled": False, "viewport": PHONE} | options
            )
            context.set_default_timeout(PATIENCE_MS)
            pages[known] = context.new_page()
        page = pages[known]
        page.set_viewport_size(options.get("viewport", PHONE))  # another test may have changed it
        page.goto(path)
        return page

    yield look_at_one
    for page in pages.values():
        page.context.close()


@pytest.fixture
def open_page(new_page):
    """open_page(path, **options) -> page that answered, in a context of its own."""

    def open_one(path, **options):
        page = new_page(**options)
        page.goto(path)
        return page

    return open_one


@pytest.fixture
def printed(look_at):
    """printed(path, paper) -> the runs of text of its PDF."""

    def print_one(path: str, paper: str = "Letter", **options) -> list[Run]:
        return runs_of(look_at(path).pdf(format=paper, print_background=True, **options))

    return print_one
