"""WCAG 2.2 AA as far as a machine can tell: axe on every page, narrow and wide, light and dark; zoom; headings."""

import pytest
from axe_playwright_python.sync_playwright import Axe

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
NARROW, WIDE = {"width": 320, "height": 800}, {"width": 1280, "height": 900}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["320", "1280"])
def test_axe_finds_nothing(chromium, site, page_types, viewport, scheme):
    # bypass_csp: axe is a script of the test, which the site's own policy would rightly refuse.
    options = {"viewport": viewport, "color_scheme": scheme, "bypass_csp": True}
    context = chromium.new_context(base_url=site.url, **options)
    page = context.new_page()
    found = {}
    for name, path in page_types.items():
        page.goto(path)
        for violation in Axe().run(page, options=RULES).response["violations"]:
            where = [node["target"] for node in violation["nodes"]][:3]
            found[name, violation["id"]] = (violation["help"], where)
    context.close()
    assert found == {}


def test_nothing_is_wider_than_a_narrow_phone(open_page, page_types):
    wide = {}
    for name, path in page_types.items():
        page = open_page(path, viewport=NARROW, java_script_enabled=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            wide[name] = width
    assert wide == {}


def test_text_of_twice_the_size_loses_nothing(chromium, site, page_types):
    context = chromium.new_context(base_url=site.url, viewport=WIDE, bypass_csp=True)
    page = context.new_page()
    clipped = {}
    for name, path in page_types.items():
        page.goto(path)
        page.add_style_tag(content="html { font-size: 200% }")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > WIDE["width"]:
            clipped[name] = width
    context.close()
    assert clipped == {}


def test_every_page_has_one_main_heading_and_a_way_past_the_top(open_page, page_types):
    for name, path in page_types.items():
        page = open_page(path)
        assert page.locator("h1").count() == 1, name
        assert page.locator("a.skip[href='#main']").count() == 1, name
        assert page.locator("html").get_attribute("lang") == "en", name
