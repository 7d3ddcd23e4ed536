"""The home page of somebody in need, on a small phone: what is seen first, and how far it is to a call."""

import pytest
from playwright.sync_api import Locator, Page, expect

from clinics.presets import WAYS
from tests.browser.follow import follow

SMALL_PHONE = {"width": 360, "height": 640}
LAPTOP = {"width": 1280, "height": 800}
FULLY_SEEN = "each => { const box = each.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight }"
UNDER_THE_THUMB = """each => {
    const box = each.getBoundingClientRect()
    return each.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2))
        && box.height >= 44 && box.width >= 44
}"""
DIGITS = "02139"


@pytest.fixture
def phone(new_page):
    return new_page(viewport=SMALL_PHONE, has_touch=True, is_mobile=True)


class Thumb:
    """Taps and counts them."""

    def __init__(self):
        self.taps = 0

    def tap(self, target: Locator) -> None:
        self.taps += 1
        target.tap()


def first_call(page: Page) -> Locator:
    """The first number of the list, which is to be seen without scrolling and tapped without care."""
    call = page.locator(".rows a[href^='tel:']").first
    assert call.evaluate(FULLY_SEEN)
    assert call.evaluate(UNDER_THE_THUMB)
    return call


@pytest.mark.parametrize("path", ["/", "/es/"])
@pytest.mark.parametrize("size", [SMALL_PHONE, LAPTOP], ids=["360x640", "1280x800"])
def test_the_first_screen_has_the_field_and_the_four_ways_in(open_page, path, size):
    page = open_page(path, viewport=size)
    seen = page.locator("main :is(#near, .search-box button[type=submit], nav a)")
    assert seen.count() == 2 + len(WAYS)
    assert seen.evaluate_all(f"all => all.map({FULLY_SEEN})") == [True] * seen.count()


def test_from_home_to_a_ringing_call_are_two_taps_and_the_digits(phone):
    thumb = Thumb()
    phone.goto("/")
    thumb.tap(phone.locator("#near"))
    phone.keyboard.type(DIGITS)
    with phone.expect_navigation():
        phone.keyboard.press("Enter")  # the key that the keyboard of the field calls "search"
    call = first_call(phone)
    assert call.get_attribute("href").startswith("tel:+1")
    thumb.tap(call)
    assert thumb.taps == 2


def test_a_city_takes_as_many_taps_for_its_keyboard_has_letters(phone):
    phone.goto("/")
    expect(phone.locator("#near")).to_have_attribute("inputmode", "text")
    expect(phone.locator("#near")).to_have_attribute("enterkeyhint", "search")
    phone.locator("#near").tap()
    phone.keyboard.type("Boston, MA")
    with phone.expect_navigation():
        phone.keyboard.press("Enter")
    first_call(phone).tap()


def test_each_way_in_is_one_more_tap_from_a_call(open_page):
    page = open_page("/", viewport=SMALL_PHONE)
    ways = page.locator("main nav a").evaluate_all("links => links.map(link => link.pathname)")
    assert len(ways) == len(WAYS)
    for way in ways:
        page.goto(way)
        page.locator("main #near").fill(DIGITS)
        with page.expect_navigation():
            page.locator("main #near").press("Enter")
        assert page.locator(".rows a[href^='tel:']").first.evaluate(FULLY_SEEN), way


def test_today_says_on_its_first_screen_what_to_ask(open_page):
    page = open_page("/", viewport=SMALL_PHONE)
    follow(page.get_by_role("link", name="Today"))
    assert page.get_by_text("Can I get medicine at that visit?").evaluate(FULLY_SEEN)
