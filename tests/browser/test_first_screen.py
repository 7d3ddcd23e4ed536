"""A number to call, at once, on any phone: what stands on the first screen of the results, and the keyboard's way.

On the real directory where it lies beside the checkout, else on the demo.
"""

import pytest

from tests.browser.stack import running_site
from tests.databases import DEMO, REAL, REAL_FILE

SEARCHES = [
    *("02139", "10001", "59011", "99559", "00601", "New York, NY", "33125", "37922", "80216", "90012", "96720"),
    "02139&medication=buprenorphine",
]
LEAST = {(360, 640): 3, (390, 844): 5, (1280, 800): 6}  # numbers on a screen of that size
THUMB = 44  # px: what it hits
HIGHEST_ROW, LONGEST_LIST = 110, 3000  # px, on the narrowest of them
MOST_STOPS = 12

# What is wholly on the screen and not covered: a tap on its middle, or near its ends, hits it.
SEEN = """() => [...document.querySelectorAll("main a[href^='tel:']")].filter(link => {
    const box = link.getBoundingClientRect(), middle = (box.top + box.bottom) / 2
    const inside = box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth
    const spots = [box.left + 4, (box.left + box.right) / 2, box.right - 4].map(x => [x, middle])
    return inside && spots.every(spot => link.contains(document.elementFromPoint(...spot)))
}).map(link => link.getBoundingClientRect().height)"""
HEIGHTS = """() => [...document.querySelectorAll("#list .row")].map(row => row.getBoundingClientRect().height)"""
LIST = """() => {
    const rows = document.querySelectorAll("#list .rows > li")
    return [rows.length, rows[rows.length - 1].getBoundingClientRect().bottom + scrollY]
}"""
# A stop of the Tab key, and whether it comes after the one before: below it, or at its right; or at the head of the
# list, after the column of the filters.
NEXT_STOP = """() => {
    const before = window.lastStop, now = window.lastStop = document.activeElement
    const what = `${now.tagName} ${now.className} ${now.textContent.trim().slice(0, 30)}`
    const ends = now === document.body || now.closest('.foot') !== null
    if (!before || before === document.body) return {what, ends, follows: true}
    const a = before.getBoundingClientRect(), b = now.getBoundingClientRect()
    const below = b.top >= a.bottom - 2, beside = b.left >= a.right - 2 && b.bottom > a.top
    const column = before.closest('.filters') && !now.closest('.filters') && b.left >= a.right
    return {what, ends, follows: below || beside || Boolean(column)}
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with running_site(tmp_path_factory.mktemp("first") / "log", REAL if REAL_FILE.exists() else DEMO) as site:
        yield site


def results_for(search: str, language: str) -> str:
    return f"{language}/clinics/?near={search.replace(', ', ',+').replace(' ', '+')}"


@pytest.mark.parametrize("language", ["", "/es"], ids=["en", "es"])
@pytest.mark.parametrize("search", SEARCHES)
def test_numbers_to_call_stand_on_the_first_screen(look_at, search, language):
    page = look_at(results_for(search, language))
    for (width, height), least in LEAST.items():
        page.set_viewport_size({"width": width, "height": height})
        tall = page.evaluate(SEEN)
        assert len(tall) >= least, f"{width}x{height}"
        assert tall[0] >= THUMB, f"{width}x{height}"


@pytest.mark.parametrize("language", ["", "/es"], ids=["en", "es"])
@pytest.mark.parametrize("search", SEARCHES)
def test_a_page_of_twenty_is_short_on_a_phone(look_at, search, language):
    page = look_at(f"{results_for(search, language)}&radius=any", viewport={"width": 360, "height": 640})
    heights = sorted(page.evaluate(HEIGHTS))
    assert heights[len(heights) // 2] <= HIGHEST_ROW
    places, bottom = page.evaluate(LIST)
    assert places == 20
    assert bottom <= LONGEST_LIST


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("search", ["02139", "59011"])
def test_few_stops_of_the_tab_key_lead_from_the_skip_link_to_a_number(open_page, search, width):
    page = open_page(results_for(search, ""), viewport={"width": width, "height": 800})
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # "Skip to the list"
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches(\"main a[href^='tel:']\")"):
            return
    pytest.fail(f"no number within {MOST_STOPS} stops")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("search", ["10001", "59011", "02139&medication=methadone&payment=medicaid"])
def test_the_order_of_the_focus_is_the_order_of_reading(open_page, search, width):
    page = open_page(results_for(search, ""), viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.keyboard.press("Tab")  # the skip link, which is drawn above what it skips
    stops = []
    while not (stops and stops[-1]["ends"]):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(NEXT_STOP))
        assert len(stops) < 400
    assert len(stops) > 40
    assert [stop["what"] for stop in stops if not stop["follows"]] == []


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("language", ["", "/es"], ids=["en", "es"])
def test_every_helpline_is_whole_on_a_phone(look_at, language, width):
    page = look_at(results_for("02139", language), viewport={"width": width, "height": 640})
    boxes = page.locator(".helplines a").evaluate_all(
        "links => links.map(link => link.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) >= 3
    assert all(box["left"] >= 0 and box["right"] <= width and box["bottom"] < 160 for box in boxes)
