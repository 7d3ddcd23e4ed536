"""WCAG 2.2 AA as far as a program can check it: axe on every page, narrow and wide, light and dark; zoom; focus."""

import pytest

from tests.browser.axe import NARROW, UNFOLD, WCAG, WIDE, wrong_with
from tests.browser.stack import ALL_PAGES, ARTICLE_PAGES, READER_PAGES

TOO_WIDE = """() => {
    const edge = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= edge) return []
    const wide = [...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > edge + 1)
    return [document.documentElement.scrollWidth, ...wide.map(each => each.tagName + '.' + each.className)]
}"""
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(each =>
    ['hidden', 'clip'].includes(getComputedStyle(each).overflowX) && !each.matches('.visually-hidden, svg')
    && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)
).map(each => each.tagName + '.' + each.className)"""
FOCUS = """() => {
    const each = document.activeElement, box = each.getBoundingClientRect(), style = getComputedStyle(each)
    // A browser scrolls to the line of a text that is written, not to the end of its box.
    const bottom = each.matches('textarea') ? Math.min(box.bottom, box.top + 48) : box.bottom
    const inside = box.left > -2 && box.top > -2 && box.right < innerWidth + 2 && bottom < innerHeight + 2
    return {
        what: each.tagName + ' ' + (each.id || each.textContent.trim().slice(0, 40)),
        seen: inside && style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2,
        first: each.matches('a.skip'), last: each === [...document.querySelectorAll('a[href]')].pop(),
    }
}"""


@pytest.mark.parametrize("name", ALL_PAGES)
def test_axe_finds_nothing(look_at, site, name):
    # The markup of the admin's log-in is Django's, so only the rules of WCAG apply, not the best practices.
    tags = [*WCAG, "best-practice"] if name != "admin-login" else WCAG
    # Axe is a script of the test, which the site's own policy rightly refuses.
    page = look_at(site.path(name), java_script_enabled=True, bypass_csp=True)
    fully, seen = [(NARROW, "light"), (WIDE, "dark")], [(NARROW, "dark"), (WIDE, "light")]
    assert wrong_with(page, tags, fully, seen) == {}


@pytest.mark.parametrize("name", ALL_PAGES)
def test_nothing_is_wider_than_a_narrow_phone(look_at, site, name):
    page = look_at(site.path(name), viewport=NARROW)
    page.evaluate(UNFOLD)
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("name", READER_PAGES | ARTICLE_PAGES)
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["320", "1280"])
def test_text_of_twice_the_size_is_neither_cut_off_nor_too_wide(look_at, site, size, name):
    page = look_at(site.path(name), viewport=size, java_script_enabled=True, bypass_csp=True)
    page.evaluate(UNFOLD)
    before = page.evaluate("parseFloat(getComputedStyle(document.querySelector('main p, main h1')).fontSize)")
    page.add_style_tag(content="html { font-size: 200% }")
    after = page.evaluate("parseFloat(getComputedStyle(document.querySelector('main p, main h1')).fontSize)")
    assert after > 1.5 * before
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("name", READER_PAGES)
def test_every_page_has_one_main_heading_and_a_language(look_at, site, name):
    page = look_at(site.path(name))
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("name", ["home", "results-filtered", "which-place", "clinic", "call-sheet", "report"])
def test_the_keyboard_focus_is_always_visible(open_page, site, name):
    page = open_page(site.path(name), viewport=WIDE, reduced_motion="reduce")
    stops = []
    while not (stops and stops[-1]["last"]):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
        assert len(stops) < 300
    assert stops[0]["first"]  # past the top of the page
    assert [stop["what"] for stop in stops if not stop["seen"]] == []


def test_the_skip_link_leads_to_the_content(open_page):
    page = open_page("/", viewport=WIDE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main #near").evaluate("box => box === document.activeElement")
