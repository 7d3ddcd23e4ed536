"""What people come for, in a real browser without JavaScript."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from core.phones import tel_uri
from tests.browser.follow import follow

LAPTOP = {"width": 1280, "height": 900}
CLINICS_OR_THEIR_CITIES = ".row, .places a"
PLACE = "ZIP code, or city and state"
SHOW = re.compile(r"^Show [\d,]+ clinics?$")


def search_for(page: Page, place: str) -> None:
    page.get_by_label(PLACE).fill(place)
    follow(page.get_by_role("button", name="Find clinics"))


def tick_for_the_sheet(page: Page, name: str) -> None:
    """In the folded part of a row."""
    row = page.locator(".row", has=page.get_by_role("link", name=name, exact=True))
    row.locator(".more > summary").click()
    row.get_by_role("checkbox").check()


def pk_of(page: Page) -> int:
    return int(re.search(r"/clinics/(\d+)/", page.url)[1])


def test_from_a_zip_code_to_a_call(open_page, site):
    page = open_page("/")
    search_for(page, "02139")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cambridge, MA 02139")
    before = page.locator(".row").count()
    methadone = page.get_by_role("checkbox", name=re.compile("^Methadone"))
    expect(methadone).to_be_hidden()  # on a phone the clinics come first
    page.get_by_role("link", name="All filters").click()
    page.locator("summary", has_text="Medication").click()
    methadone.check()
    follow(page.get_by_role("button", name=SHOW))
    expect(page.get_by_role("link", name="Remove Methadone")).to_be_visible()
    rows = page.locator(".row").all_text_contents()
    assert 0 < len(rows) < before
    assert all("Methadone" in row for row in rows)
    name = page.locator(".row-name a").first.inner_text()
    follow(page.locator(".row-name a").first)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    [[phone]] = site.rows("SELECT phone_for_new_patients FROM clinics_clinic WHERE id = %s", pk_of(page))
    call = page.locator("main a[href^='tel:']").first
    assert call.get_attribute("href") == tel_uri(phone)
    expect(call).to_contain_text(phone)
    expect(call).to_be_in_viewport()  # without scrolling
    expect(page.locator("main")).to_contain_text("miles from Cambridge, MA 02139")


def test_the_count_beside_a_filter_is_what_ticking_it_gives(open_page):
    page = open_page("/clinics/?near=02139&radius=50", viewport=LAPTOP)
    page.locator("summary", has_text="Medication").click()
    tick = page.locator("label.tick", has_text="Naltrexone").first
    promised = tick.locator(".count").inner_text()
    tick.get_by_role("checkbox").check()
    follow(page.get_by_role("button", name=SHOW))
    expect(page.get_by_role("link", name="Remove Naltrexone")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"\b{promised} clinics within 50 miles"))


def test_a_chip_removes_its_filter_and_a_link_removes_all(open_page):
    page = open_page("/clinics/?near=10001&radius=any&medication=methadone&payment=medicaid")
    follow(page.get_by_role("link", name="Remove Takes Medicaid"))
    assert parse_qs(urlsplit(page.url).query) == {"near": ["10001"], "radius": ["any"], "medication": ["methadone"]}
    follow(page.get_by_role("link", name="Clear all"))
    assert parse_qs(urlsplit(page.url).query) == {"near": ["10001"], "radius": ["any"]}


def test_the_next_page_is_of_the_same_search(open_page):
    page = open_page("/clinics/?near=10001&radius=any&payment=medicaid")
    heading = page.get_by_role("heading", level=1).inner_text()
    first = page.locator(".row-name a").evaluate_all("links => links.map(link => link.pathname)")
    follow(page.get_by_role("link", name="Next"))
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page.get_by_role("link", name="Remove Takes Medicaid")).to_be_visible()
    second = page.locator(".row-name a").evaluate_all("links => links.map(link => link.pathname)")
    assert len(first) == len(second) == 20
    assert not set(first) & set(second)
    follow(page.get_by_role("link", name="Previous"))
    assert page.locator(".row-name a").evaluate_all("links => links.map(link => link.pathname)") == first


def test_a_name_of_several_places_leads_to_a_choice_and_then_to_clinics(open_page):
    page = open_page("/")
    search_for(page, "springfield")
    follow(page.get_by_role("link", name="Springfield, IL"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Springfield, IL")
    assert page.locator(".row").count() > 0


def test_every_next_step_without_results_leads_to_clinics(open_page):
    page = open_page("/clinics/?near=59001&radius=5&medication=methadone&payment=medicaid")
    expect(page.get_by_text("No clinic in our directory fits all of this")).to_be_visible()
    assert page.locator(".row").count() > 0  # beyond the radius
    ways = page.locator(".ways a:not([href^='tel:'])").evaluate_all("links => links.map(link => link.href)")
    assert len(ways) >= 3
    for way in ways:
        page.goto(way)
        assert page.locator(CLINICS_OR_THEIR_CITIES).count() > 0, way


def test_every_next_step_from_a_filter_that_no_clinic_passes_leads_to_clinics(open_page):
    page = open_page("/clinics/?near=59001&radius=5&medication=methadone&language=yupik")
    ways = page.locator(".ways a:not([href^='tel:'])").evaluate_all("links => links.map(link => link.href)")
    assert len(ways) >= 2
    for way in ways:
        page.goto(way)
        assert page.locator(CLINICS_OR_THEIR_CITIES).count() > 0, way


def test_an_unknown_place_leads_to_a_state_and_its_clinics(open_page):
    page = open_page("/")
    search_for(page, "00000")
    expect(page.get_by_role("alert")).to_contain_text("We know no ZIP code 00000")
    expect(page.get_by_label(PLACE)).to_have_value("00000")  # to be mended, not typed again
    follow(page.get_by_role("link", name="Choose your state"))
    follow(page.get_by_role("link", name="Vermont"))
    follow(page.locator(".places a").first)
    assert page.locator(".row a[href^='tel:']").count() > 0


def test_a_preset_keeps_its_filter_for_the_search(open_page):
    page = open_page("/")
    follow(page.get_by_role("link", name="Methadone clinics"))
    search_for(page, "10001")
    expect(page.get_by_role("link", name="Remove Methadone")).to_be_visible()
    assert page.locator(".row").count() > 0


def test_two_clinics_are_ticked_compared_printed_and_one_removed(open_page, site):
    page = open_page("/clinics/?near=02139&radius=50&payment=medicaid")
    names = page.locator(".row-name a").all_inner_texts()
    for name in (names[0], names[2]):
        tick_for_the_sheet(page, name)
    follow(page.get_by_role("button", name="Make a call sheet"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Call sheet")
    assert page.locator(".sheet-clinic h2").all_inner_texts() == [names[0], names[2]]
    assert parse_qs(urlsplit(page.url).query).keys() == {"id", "near", "radius", "payment"}
    expect(page.get_by_role("button", name="Print")).to_be_hidden()  # without a script the browser's menu prints
    pks = parse_qs(urlsplit(page.url).query)["id"]
    phones = [site.rows("SELECT phone_for_new_patients FROM clinics_clinic WHERE id = %s", pk)[0][0] for pk in pks]
    text = page.get_by_role("link", name="Text it to myself").get_attribute("href")
    assert text.startswith("sms:?&body=")
    assert all(phone in unquote(text) for phone in phones)
    # Another one is added without losing those, and the search is still the same.
    follow(page.get_by_role("link", name="Add another clinic"))
    expect(page.get_by_role("link", name="Remove Takes Medicaid")).to_be_visible()
    assert page.locator(".row-tick input:checked").count() == 2
    tick_for_the_sheet(page, names[1])
    follow(page.get_by_role("button", name="Make a call sheet"))
    assert sorted(page.locator(".sheet-clinic h2").all_inner_texts()) == sorted(names[:3])
    follow(page.get_by_role("link", name=f"Remove {names[0]}", exact=True))
    assert sorted(page.locator(".sheet-clinic h2").all_inner_texts()) == sorted(names[1:3])
    follow(page.get_by_role("link", name="Back to the search"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("within 50 miles of Cambridge, MA 02139")


@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_a_call_sheet_of_four_fits_one_printed_page(open_page, site, paper):
    page = open_page(site.path("call-sheet"))
    assert page.locator(".sheet-clinic").count() == 4
    assert pages_of(page.pdf(format=paper)) == 1
    assert pages_of(page.pdf(format=paper, scale=2)) > 1  # so the count counts
    page.emulate_media(media="print")
    for gone in (".masthead nav", ".way-out", ".take-along", ".sheet-remove", ".foot"):
        expect(page.locator(gone).first).to_be_hidden()
    for there in (".sheet-call .button", ".sheet-box", ".sheet-questions", ".qr", ".sheet-made", ".helplines"):
        expect(page.locator(there).first).to_be_visible()


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_a_clinic_is_added_to_a_sheet_from_its_own_page(open_page, site):
    page = open_page(f"{site.clinic}?near=02139")
    name = page.get_by_role("heading", level=1).inner_text()
    follow(page.get_by_role("link", name="Call sheet"))
    expect(page.locator(".sheet-clinic h2")).to_contain_text(name)
    expect(page.locator(".sheet-place")).to_contain_text("mile")


def test_a_mistake_is_reported_and_saved(open_page, site):
    page = open_page(site.clinic)
    pk = pk_of(page)
    follow(page.get_by_role("link", name="Something wrong?"))
    page.get_by_label("What should it say?").fill("It is a bakery now")
    follow(page.get_by_role("button", name="Send the report"))
    # Sent without a choice: a sentence links to the question, and nothing that was typed is lost.
    expect(page.get_by_label("What should it say?")).to_have_value("It is a bakery now")
    assert site.rows("SELECT count(*) FROM clinics_correction WHERE note = 'It is a bakery now'") == [(0,)]
    page.get_by_role("alert").get_by_role("link", name="Choose what is wrong.").click()
    expect(page.get_by_role("radio").first).to_be_focused()
    page.get_by_label("It has closed").check()
    follow(page.get_by_role("button", name="Send the report"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    saved = site.rows("SELECT clinic_id, problem, status FROM clinics_correction WHERE note = 'It is a bakery now'")
    assert saved == [(pk, "closed", "open")]


def test_the_keyboard_is_enough(open_page):
    page = open_page("/", viewport=LAPTOP)

    def tab_to(wanted: str) -> None:
        """Press Tab until the focus is on the first element of `wanted`; the focus must be visible."""
        target = page.locator(wanted).first
        for _press in range(120):
            page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                outline = target.evaluate("element => getComputedStyle(element).outline")
                assert "solid 3px" in outline, outline
                expect(target).to_be_in_viewport()
                return
        raise AssertionError(f"{wanted} cannot be reached with the Tab key")

    tab_to("#near")
    page.keyboard.type("10001")
    with page.expect_navigation(url="**/clinics/?near=10001"):
        page.keyboard.press("Enter")
    tab_to("label.tick input")
    page.keyboard.press("Space")
    with page.expect_navigation():  # sends the form, as anywhere in it
        page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("^Remove (?!Gives medicine)"))).to_be_visible()
    tab_to(".row-name a")
    with page.expect_navigation(url=re.compile(r"/clinics/\d+/")):
        page.keyboard.press("Enter")
    tab_to("main a[href^='tel:']")


def test_a_search_that_fails_still_says_whom_to_call(open_page, new_page, site):
    page = new_page()
    with site.broken_search():
        assert page.goto("/clinics/?near=02139").status == 500
    for number in ("911", "988", "+18006624357"):
        expect(page.locator(f".helplines a[href='tel:{number}']")).to_be_visible()
    search_for(page, "02139")  # a minute later
    assert page.locator(".row").count() > 0


def test_the_admin_reads_its_own_form_under_the_strict_policy(open_page):
    page = open_page("/admin/", viewport=LAPTOP)
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    follow(page.get_by_role("button", name="Log in"))
    # Not the answer to a forged request: the form was accepted, the password was refused.
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()
