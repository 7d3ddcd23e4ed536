"""The filters of the results: a sheet over the page on a phone, a column on a wide screen; no script."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.follow import follow

PHONE, LAPTOP = {"width": 360, "height": 640}, {"width": 1280, "height": 900}
SEARCH = "/clinics/?near=02139&radius=50"
QUESTIONS = ["How will you pay?", "Can you travel, or stay there?", "Who is it for?"]
# What is at the four corners and in the middle of the screen.
AT = """() => [[9, 9], [innerWidth - 9, 9], [9, innerHeight - 9], [innerWidth - 9, innerHeight - 9],
    [innerWidth / 2, innerHeight / 2]].map(spot => document.elementFromPoint(...spot)?.closest('#filters') !== null)"""
EDGES = """() => [...document.querySelectorAll(
    "main .button, header .button, .call, .chips a, .all-filters, .pages a, input, select")].filter(each => {
    const style = getComputedStyle(each)
    return each.checkVisibility() && !each.matches('[type=checkbox], [type=radio]')
        && (style.borderTopStyle === 'none' || parseFloat(style.borderTopWidth) < 1)
}).map(each => each.tagName + '.' + each.className)"""


def test_the_three_questions_that_matter_come_first_and_open(open_page):
    page = open_page(SEARCH, viewport=LAPTOP)
    groups = page.locator(".filter-group")
    asked = groups.locator("> summary").all_inner_texts()
    assert asked[:3] == QUESTIONS
    is_open = groups.evaluate_all("groups => groups.map(group => group.open)")
    assert is_open == [True] * 3 + [False] * (len(asked) - 3)


def test_on_a_phone_they_are_a_sheet_that_the_back_button_closes(open_page):
    page = open_page(SEARCH, viewport=PHONE)
    expect(page.locator("#filters")).to_be_hidden()
    page.get_by_role("link", name="All filters").click()
    assert all(page.evaluate(AT))
    expect(page.locator(".row-name a").first).to_be_hidden()  # nor reached by the Tab key behind it
    expect(page.get_by_role("button", name="Search")).to_be_hidden()
    page.go_back()
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator(".row-name a").first).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_the_button_with_the_count_is_in_view_wherever_a_reader_ticks(open_page, size):
    page = open_page(f"{SEARCH}#filters", viewport=size)
    button = page.get_by_role("button", name=re.compile(r"^Show \d+ clinics$"))
    for tick in (page.get_by_role("checkbox").first, page.get_by_role("checkbox", name=re.compile("^Veterans"))):
        tick.check()
        expect(button).to_be_in_viewport(ratio=1)
    follow(button)
    expect(page.get_by_role("link", name="Remove Veterans")).to_be_visible()


def test_every_control_has_an_edge_in_forced_colors(open_page):
    for size in (PHONE, LAPTOP):
        page = open_page(f"{SEARCH}&payment=medicaid", viewport=size, forced_colors="active")
        assert page.evaluate(EDGES) == []


def test_a_pin_and_its_row_answer_each_other_without_a_script_of_their_own(open_page):
    page = open_page("/clinics/?near=59011", java_script_enabled=True, viewport=LAPTOP)
    pin = page.locator(".map-body .pin").first
    row = page.locator(f"#list [data-pair='{pin.get_attribute('data-pair')}']")
    ground = "row => getComputedStyle(row).backgroundColor"
    before = row.evaluate(ground)
    pin.hover()
    assert row.evaluate(ground) != before
    page.mouse.move(0, 0)
    assert row.evaluate(ground) == before
    edge = "pin => getComputedStyle(pin.querySelector('rect')).stroke"
    calm = pin.evaluate(edge)
    row.locator("a").first.focus()
    assert pin.evaluate(edge) != calm


def test_escape_closes_the_sheet_and_leaves_no_step_behind(open_page):
    page = open_page(SEARCH, viewport=PHONE, java_script_enabled=True)
    before = page.evaluate("history.length")
    for _time in range(2):
        page.get_by_role("link", name="All filters").click()
        expect(page.get_by_role("button", name=re.compile("^Show "))).to_be_visible()
        page.keyboard.press("Escape")
        page.wait_for_function("location.hash !== '#filters'")  # the step back comes a moment later
        expect(page.locator("#filters")).to_be_hidden()
    assert page.evaluate("history.length") == before + 1  # the way forward, to the sheet
    page.reload()
    expect(page.locator("#filters")).to_be_hidden()


def test_the_count_follows_the_distance_too(open_page):
    page = open_page(f"{SEARCH}#filters", viewport=PHONE, java_script_enabled=True)
    button = page.locator(".filters-show button")
    before = button.inner_text()
    page.locator("#radius").select_option("any")
    expect(button).not_to_have_text(before)
