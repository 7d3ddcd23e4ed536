"""What people come for, in a real browser without JavaScript."""

import re

from playwright.sync_api import expect

from clinics.phones import tel_uri

LAPTOP = {"width": 1280, "height": 900}


def test_from_a_zip_code_to_a_call(open_page, site):
    page = open_page("/")
    page.get_by_label("ZIP code, or city and state").fill("02139")
    page.get_by_role("button", name="Find clinics").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cambridge, MA 02139")
    before = page.locator(".card").count()
    page.locator(".filters summary").click()
    page.get_by_label("Methadone", exact=False).first.check()
    page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_role("list", name="Filters that are on")).to_contain_text("Methadone")
    assert 0 < page.locator(".card").count() <= before
    assert all("Methadone" in card for card in page.locator(".card").all_text_contents())
    name = page.locator(".card-name").first.inner_text()
    page.locator(".card-name a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    pk = re.search(r"/clinics/(\d+)/", page.url)[1]
    [[phone]] = site.rows("SELECT phone FROM clinics_clinic WHERE id = %s", pk)
    call = page.locator("main .call").first
    assert call.get_attribute("href") == tel_uri(phone)
    assert phone in call.inner_text()
    expect(page.locator("main")).to_contain_text("miles from Cambridge, MA 02139")


def test_a_filter_is_taken_off_by_its_chip_and_all_of_them_at_once(open_page):
    page = open_page("/clinics/?near=10001&radius=any&medication=methadone&payment=medicaid")
    page.get_by_role("link", name="Remove Medicaid").click()
    assert "payment" not in page.url
    assert "medication=methadone" in page.url
    page.get_by_role("link", name="Clear all").click()
    assert "medication" not in page.url
    assert "near=10001" in page.url


def test_the_next_page_is_of_the_same_search(open_page):
    page = open_page("/clinics/?near=10001&radius=any&payment=medicaid")
    first = page.locator(".card-name").all_inner_texts()
    page.get_by_role("link", name="Next").click()
    assert not set(first) & set(page.locator(".card-name").all_inner_texts())
    expect(page.get_by_role("list", name="Filters that are on")).to_contain_text("Medicaid")


def test_a_name_of_several_places_leads_to_a_choice_and_on(open_page):
    page = open_page("/")
    page.get_by_label("ZIP code, or city and state").fill("springfield")
    page.get_by_role("button", name="Find clinics").click()
    page.get_by_role("link", name="Springfield, IL").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Springfield, IL")
    assert page.locator(".card").count() > 0


def test_nothing_found_leads_on_to_something(open_page):
    page = open_page("/clinics/?near=59001&radius=5&medication=methadone")
    expect(page.get_by_text("No clinic in our directory fits all of this")).to_be_visible()
    assert page.locator(".card").count() > 0  # beyond the radius
    page.get_by_role("link", name="The same search at any distance").click()
    assert page.locator(".card").count() > 0


def test_a_mistake_is_reported_in_two_steps(open_page, site):
    page = open_page(site.clinic_path())
    page.get_by_role("link", name="Is something wrong here?").click()
    page.get_by_label("What should it say?").fill("It is a bakery now")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("Choose what is wrong.")).to_be_visible()
    expect(page.get_by_label("What should it say?")).to_have_value("It is a bakery now")
    page.get_by_label("It has closed").check()
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert ("closed", "It is a bakery now") in site.rows("SELECT problem, note FROM clinics_correction")


def test_states_lead_to_cities_and_clinics(open_page):
    page = open_page("/locations/")
    page.get_by_role("link", name="Vermont").click()
    page.locator(".places a").first.click()
    assert page.locator(".card").count() > 0


def test_the_keyboard_is_enough(open_page):
    page = open_page("/", viewport=LAPTOP)

    def tab_until(wanted: str):
        """Press Tab until the focus is on the first element of `wanted`; its outline must be seen."""
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.locator(wanted).first.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{wanted} cannot be reached with the Tab key")

    tab_until("#near")
    page.keyboard.type("10001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/clinics/**")
    tab_until(".card-name a")
    width = page.locator(".card-name a").first.evaluate("element => getComputedStyle(element).outlineWidth")
    assert width == "3px"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/clinics/\d+/"))
    tab_until("main .call")


def test_the_admin_lets_its_editor_in_under_the_strict_policy(open_page):
    page = open_page("/admin/", viewport=LAPTOP)
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    # Not the answer to a forged request: the form was accepted and the password was not.
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()
