"""The Spanish pages in a real browser: from a search to a call without JavaScript, and WCAG where words are long."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from core.phones import tel_uri
from tests.browser.axe import NARROW, WCAG, WIDE, wrong_with
from tests.browser.follow import follow
from tests.browser.stack import READER_PAGES
from tests.browser.test_accessibility import CUT_OFF, TOO_WIDE

WIDE_PAGES = ["home", "results-filtered", "clinic", "report", "nothing-found"]


def test_from_the_english_home_page_in_spanish_to_a_call(open_page, site):
    page = open_page("/")
    follow(page.get_by_role("link", name="Español"))
    page.get_by_label("Código postal, o ciudad y estado").fill("02139")
    follow(page.get_by_role("button", name="Buscar clínicas"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("millas de Cambridge, MA 02139")
    page.get_by_role("link", name="Filtros").click()
    page.locator("summary", has_text="Medicamento").click()
    page.get_by_role("checkbox", name=re.compile("^Metadona")).check()
    follow(page.get_by_role("button", name=re.compile("^Mostrar")))
    expect(page.get_by_role("link", name="Quitar Metadona")).to_be_visible()
    follow(page.locator(".row-name a").first)
    call = page.locator("main a[href^='tel:']").first
    pk = int(re.search(r"/es/clinics/(\d+)/", page.url)[1])
    [[phone]] = site.rows("SELECT phone_for_new_patients FROM clinics_clinic WHERE id = %s", pk)
    expect(call).to_have_text(f"Llamar al {phone}")
    assert call.get_attribute("href") == tel_uri(phone)
    expect(call).to_be_in_viewport()
    assert page.context.cookies() == []


def test_the_switch_keeps_the_search_both_ways(open_page):
    page = open_page("/clinics/?near=10001&radius=any&medication=methadone&payment=medicaid&page=2")
    asked = parse_qs(urlsplit(page.url).query)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("nearest to New York")
    follow(page.get_by_role("link", name="Español"))
    expect(heading).to_contain_text("por cercanía a New York, NY 10001")
    assert (urlsplit(page.url).path, parse_qs(urlsplit(page.url).query)) == ("/es/clinics/", asked)
    follow(page.get_by_role("link", name="English"))
    assert (urlsplit(page.url).path, parse_qs(urlsplit(page.url).query)) == ("/clinics/", asked)


def test_a_search_that_fails_says_in_spanish_whom_to_call(new_page, site):
    page = new_page()
    with site.broken_search():
        assert page.goto("/es/clinics/?near=02139").status == 500
    expect(page.get_by_role("heading", level=1)).to_have_text("Algo falló de nuestro lado")
    expect(page.locator(".helplines a[href='tel:+18006624357']")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [(name, NARROW, "light") for name in READER_PAGES] + [(name, WIDE, "dark") for name in WIDE_PAGES],
    ids=lambda value: value.get("width") if isinstance(value, dict) else value,
)
def test_axe_finds_nothing_and_nothing_is_too_wide_in_spanish(look_at, site, name, size, scheme):
    options = {"java_script_enabled": True, "bypass_csp": True, "viewport": size, "color_scheme": scheme}
    page = look_at(f"/es{site.path(name)}", **options)
    assert page.locator("html").get_attribute("lang") == "es"
    assert wrong_with(page, [*WCAG, "best-practice"], [(size, scheme)], []) == {}
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(CUT_OFF) == []
