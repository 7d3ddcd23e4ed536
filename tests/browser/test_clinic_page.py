"""The page of a clinic: the number always at hand, five answers in one glance, all the rest folded."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.follow import follow
from tests.browser.stack import running_site
from tests.databases import REAL

SMALL = {"width": 360, "height": 640}
LAPTOP = {"width": 1280, "height": 800}
HIGHEST = 2600  # px, with everything folded
THUMB = 44  # px: what it hits
NEAR = "?near=02139"

MOST_SERVICES = """
    SELECT id FROM clinics_clinic WHERE is_listed
    ORDER BY cardinality(service_ids || denied_service_ids) DESC, id LIMIT 1
"""
# How far what is looked at ends above the bar with the number; the bar itself is never covered.
ABOVE_THE_BAR = """each => {
    const bar = document.querySelector('.call-bar').getBoundingClientRect().top
    return bar - each.getBoundingClientRect().bottom
}"""
# A stop of the Tab key: whether all of it can be seen, and whether it comes after the one before in the order of
# reading: below it, or at its right, or at the head of the next column.
STOP = """() => {
    const now = document.activeElement, before = window.lastStop, box = now.getBoundingClientRect()
    window.lastStop = now
    const bar = document.querySelector('.call-bar'), top = bar.getBoundingClientRect().top
    const sticks = getComputedStyle(bar).position === 'fixed'
    const stop = {
        what: `${now.tagName} ${now.textContent.trim().slice(0, 30)}`,
        ends: now === [...document.querySelectorAll('a[href]')].pop(),
        seen: box.top > -2 && (bar.contains(now) || box.bottom <= (sticks ? top : innerHeight) + 2),
        follows: true,
    }
    if (!before || before.matches('.skip')) return stop
    const a = before.getBoundingClientRect()
    const column = name => each => each.closest(`.clinic-${name}`) !== null
    const below = box.top >= a.bottom - 2, beside = box.left >= a.right - 2 && box.bottom > a.top
    const from = ['head', 'call', 'answers', 'side', 'more'].findIndex(name => column(name)(before))
    const to = ['head', 'call', 'answers', 'side', 'more'].findIndex(name => column(name)(now))
    stop.follows = below || beside || (from >= 0 && to > from)
    return stop
}"""
HEADINGS = """() => [...document.querySelectorAll('main :is(h1, h2, h3)')].filter(each => each.checkVisibility())
    .map(each => Number(each.tagName[1]))"""


def stops_of(page: Page) -> list[dict]:
    stops: list[dict] = []
    while not (stops and stops[-1]["ends"]):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(STOP))
        assert len(stops) < 200
    return stops


@pytest.mark.parametrize("language", ["", "/es"], ids=["en", "es"])
def test_the_number_stays_at_the_bottom_of_a_phone_and_covers_nothing(look_at, site, language):
    page = look_at(f"{language}{site.clinic}{NEAR}", viewport=SMALL)
    call = page.locator(".call-bar .call")
    for place in (0, 600, 100_000):
        page.evaluate("place => scrollTo(0, place)", place)
        expect(call).to_be_in_viewport(ratio=1)
        assert call.evaluate("each => innerHeight - each.getBoundingClientRect().bottom") < THUMB
    assert call.bounding_box()["height"] >= THUMB
    assert re.search(r"\d{3}-\d{3}-\d{4}", call.inner_text())  # in words, for another phone
    assert page.locator(".foot p").last.evaluate(ABOVE_THE_BAR) >= 0


def test_on_a_wide_screen_it_stands_beside_the_name(look_at, site):
    page = look_at(f"{site.clinic}{NEAR}", viewport=LAPTOP)
    name, call = page.locator("h1").bounding_box(), page.locator(".call-bar .call").bounding_box()
    assert call["x"] > name["x"] + name["width"]
    assert abs(call["y"] - name["y"]) < 100


def test_where_a_screen_is_low_the_number_does_not_stick(look_at, site):
    """As at 400 % zoom: it would leave nothing to read."""
    page = look_at(site.clinic, viewport={"width": 320, "height": 256})
    assert page.locator(".call-bar").evaluate("bar => getComputedStyle(bar).position") == "static"


@pytest.mark.parametrize("size", [SMALL, LAPTOP], ids=["360", "1280"])
def test_the_focus_is_never_under_the_number_and_goes_in_the_order_of_reading(open_page, site, size):
    page = open_page(f"{site.clinic}{NEAR}", viewport=size, reduced_motion="reduce")
    assert [stop["what"] for stop in stops_of(page) if not stop["seen"]] == []
    scripts = {"java_script_enabled": True, "bypass_csp": True}  # those of the test
    page = open_page(f"{site.clinic}{NEAR}", viewport=size, reduced_motion="reduce", **scripts)
    page.add_style_tag(content=".call-bar { position: static !important }")  # it sticks where the reader is
    assert [stop["what"] for stop in stops_of(page) if not stop["follows"]] == []


@pytest.fixture(scope="module")
def national_site(shared_data, tmp_path_factory):
    """The site with the national directory of 2024."""
    with running_site(tmp_path_factory.mktemp("national") / "log", REAL) as site:
        yield site


@pytest.mark.parametrize("language", ["", "/es"], ids=["en", "es"])
def test_the_clinic_with_the_most_services_of_the_country_has_a_short_page(open_page, national_site, language):
    [[pk]] = national_site.rows(MOST_SERVICES)
    page = open_page(f"{national_site.url}{language}/clinics/{pk}/x/{NEAR}", viewport=SMALL)
    assert page.evaluate("document.documentElement.scrollHeight") <= HIGHEST
    [total] = re.findall(r"\((\d+)\)", page.locator("#offers > summary").inner_text())
    assert int(total) > 100
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="Letter"))) <= 2


@pytest.mark.parametrize("language", ["", "/es"], ids=["en", "es"])
def test_with_everything_folded_the_page_is_short_on_a_phone(look_at, site, language):
    [[pk]] = site.rows(MOST_SERVICES)
    for clinic in (f"/clinics/{pk}/x/", site.clinic):
        page = look_at(f"{language}{clinic}{NEAR}", viewport=SMALL)
        assert page.locator("details[open]").count() == 0
        assert page.evaluate("document.documentElement.scrollHeight") <= HIGHEST


def test_the_answers_of_a_clinic_begin_on_the_first_screen(look_at, site):
    page = look_at(f"{site.path('clinic')}{NEAR}", viewport=SMALL)
    assert page.get_by_role("heading", name="Medicine for opioids?").evaluate(ABOVE_THE_BAR) > 0


@pytest.mark.parametrize("name", ["clinic", "closed-clinic"])
@pytest.mark.parametrize("size", [SMALL, LAPTOP], ids=["360", "1280"])
def test_headings_go_down_one_level_at_a_time(look_at, site, size, name):
    page = look_at(site.path(name), viewport=size)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    levels = page.evaluate(HEADINGS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_what_it_offers_unfolds_by_group_without_a_script(look_at, site):
    [[pk]] = site.rows(MOST_SERVICES)
    page = look_at(f"/clinics/{pk}/x/", viewport=SMALL)
    medicines = page.locator("#offers .services").first
    page.get_by_text(re.compile(r"^All it says it offers \(\d+\)$")).click()
    expect(medicines).to_be_hidden()
    page.get_by_text(re.compile(r"^Medications \(\d+\)$")).click()
    expect(medicines).to_be_visible()


def test_a_wide_screen_has_no_empty_half(look_at, site):
    """What stands in the right column, beside the answers, ends no higher than in their middle."""
    for clinic in (site.clinic, f"/clinics/{site.rows(MOST_SERVICES)[0][0]}/x/"):
        page = look_at(f"{clinic}{NEAR}", viewport=LAPTOP)
        answers = page.locator(".clinic-answers").bounding_box()
        last = page.locator(".clinic-side > :visible").last.bounding_box()
        assert last["x"] > answers["x"] + answers["width"]
        assert last["y"] + last["height"] > answers["y"] + answers["height"] / 2


def test_from_a_list_to_a_clinic_and_the_next_and_back(open_page):
    page = open_page("/clinics/?near=10001&radius=any")
    names = page.locator("#list .row-name a").evaluate_all("links => links.map(link => link.pathname)")
    follow(page.locator("#list .row-name a").first)
    follow(page.get_by_role("link", name=re.compile("^Next")))
    assert page.evaluate("location.pathname") == names[1]
    follow(page.get_by_role("link", name=re.compile("^Previous")))
    assert page.evaluate("location.pathname") == names[0]
    follow(page.get_by_role("link", name=re.compile("Results near 10001")))
    assert page.evaluate("location.pathname") == "/clinics/"


def test_a_clinic_fits_two_printed_pages_with_its_number(open_page, site):
    page = open_page(f"{site.clinic}{NEAR}")
    for paper in ("Letter", "A4"):
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) <= 2
    page.emulate_media(media="print")
    call = page.locator(".call-bar .call")
    expect(call).to_be_visible()
    assert call.evaluate("each => getComputedStyle(each).color") == "rgb(0, 0, 0)"
    assert page.locator(".call-bar").evaluate("bar => getComputedStyle(bar).position") == "static"


@pytest.mark.parametrize("language", ["", "/es"], ids=["en", "es"])
def test_after_an_error_the_focus_is_on_its_summary_and_the_title_says_so(open_page, site, language):
    page = open_page(f"{language}{site.clinic}report/", reduced_motion="reduce")
    follow(page.locator("form [type=submit]").last)
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert page.title().startswith("Error:")
    summary.get_by_role("link").click()
    expect(page.get_by_role("radio").first).to_be_focused()
    # The message beside the question stands before its choices, not as if it were about the last of them.
    message, first = page.locator(".invalid-feedback").first, page.get_by_role("radio").first
    assert message.bounding_box()["y"] < first.bounding_box()["y"]
