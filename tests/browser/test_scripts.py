"""What the site's own script adds, in a real browser. The journeys show that nothing needs it."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.follow import follow

EXACT = {"latitude": 42.364812, "longitude": -71.104277, "accuracy": 8}
ROUNDED = "42.36,-71.10"
NEUTRAL = "https://www.weather.gov/"
LAPTOP = {"width": 1280, "height": 900}
FAILS_WITH = "navigator.geolocation.getCurrentPosition = (found, failed) => failed({code: %d})"
INSECURE = "Object.defineProperty(window, 'isSecureContext', {value: false})"


def everything_asked(page) -> list[str]:
    """What the browser sends from now on: addresses and bodies. Not its icon, for which it asks when it has time."""
    asked = []

    def note(request):
        if "/img/icon." not in request.url:
            asked.append(f"{request.url} {request.post_data or ''}")

    page.on("request", note)
    return asked


@pytest.mark.parametrize("path", ["/", "/clinics/?near=10001&medication=buprenorphine", "/find/methadone-clinics/"])
def test_my_location_leaves_the_phone_with_two_decimals_only(open_page, path):
    page = open_page(path, java_script_enabled=True, geolocation=EXACT, permissions=["geolocation"])
    asked = everything_asked(page)
    page.get_by_role("button", name="Use my location").click()
    page.wait_for_url(re.compile("near=42"))
    query = parse_qs(urlsplit(page.url).query)
    assert query["near"] == [ROUNDED]
    assert ("medication" in query) is (path != "/")  # the filters of the page are kept
    assert asked
    for request in asked:
        assert not re.search(r"42\.\d{3}|71\.\d{3}", request), request
    assert page.locator(".row").count() > 0


def test_without_a_script_or_a_location_there_is_no_button(open_page, new_page):
    expect(open_page("/").locator("[data-locate]")).to_be_hidden()
    page = new_page(java_script_enabled=True)
    page.add_init_script("delete Navigator.prototype.geolocation")
    page.goto("/")
    expect(page.locator("[data-locate]")).to_be_hidden()


@pytest.mark.parametrize(
    ("browser_does", "sentence"),
    [
        (FAILS_WITH % 1, "Your browser was not allowed to say where you are."),
        (FAILS_WITH % 2, "Your device could not find out where it is."),
        (FAILS_WITH % 3, "That took too long."),
        (INSECURE, "secure addresses (https) only"),
    ],
    ids=["refused", "unknown", "late", "insecure"],
)
def test_a_location_that_the_browser_refuses_is_a_sentence_and_a_next_step(new_page, browser_does, sentence):
    page = new_page(java_script_enabled=True)
    page.add_init_script(browser_does)
    page.goto("/", wait_until="networkidle")
    asked = everything_asked(page)
    page.get_by_role("button", name="Use my location").click()
    said = page.locator(".locate-said")
    expect(said).to_contain_text(sentence)
    expect(said).to_contain_text("ZIP code")
    expect(page.get_by_role("button", name="Use my location")).to_be_enabled()
    assert asked == []


def test_a_real_refusal_gets_the_sentence_too(open_page):
    page = open_page("/", java_script_enabled=True, permissions=[])
    page.get_by_role("button", name="Use my location").click()
    expect(page.locator(".locate-said")).to_contain_text("not allowed to say where you are")


@pytest.mark.parametrize("with_script", [True, False], ids=["script", "no-script"])
def test_leaving_opens_a_neutral_page_without_a_referrer(open_page, with_script):
    page = open_page("/privacy/", java_script_enabled=with_script)
    page.goto("/clinics/?near=02139")
    arrived = []
    page.context.route(
        f"{NEUTRAL}**", lambda route: (arrived.append(route.request), route.fulfill(body="<h1>Sunny</h1>"))
    )
    page.get_by_role("link", name="Leave this page").click()
    page.wait_for_url(NEUTRAL)
    assert "referer" not in arrived[0].all_headers()
    page.go_back()
    # With the script the search is replaced in the history; without it, it stays there, as the privacy page says.
    assert ("near=02139" in page.url) is not with_script


def test_the_button_says_how_many_clinics_the_ticked_filters_leave(open_page):
    page = open_page("/clinics/?near=02139&radius=50", java_script_enabled=True, viewport=LAPTOP)
    apply = page.locator(".apply")
    before = apply.inner_text()
    for name in ("Medicare", "Medicaid"):
        page.locator("label.tick", has_text=name).first.get_by_role("checkbox").check()
    expect(apply).not_to_have_text(before)
    expect(apply).to_have_text(re.compile(r"^Show \d+ clinics?$"))
    expect(page.locator("[data-count-said]")).to_have_text(apply.inner_text())
    promised = int(re.search(r"\d+", apply.inner_text())[0])
    follow(apply)
    expect(page.get_by_role("link", name="Remove Takes Medicaid")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"^\s*{promised} clinics? within"))


def test_without_a_count_the_button_stays_unchanged(open_page):
    page = open_page("/clinics/?near=02139&radius=50", java_script_enabled=True, viewport=LAPTOP)
    before = page.locator(".apply").inner_text()
    page.context.route("**/*format=json*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.locator("label.tick", has_text="Medicaid").first.get_by_role("checkbox").check()
    expect(page.locator(".apply")).to_have_text(before)
    follow(page.locator(".apply"))
    expect(page.get_by_role("link", name="Remove Takes Medicaid")).to_be_visible()


def test_a_tick_for_the_call_sheet_keeps_its_button_in_view(open_page):
    page = open_page("/clinics/?near=02139&radius=50")
    button = page.get_by_role("button", name="Make a call sheet")
    expect(button).not_to_be_in_viewport()
    page.locator(".more > summary").first.click()
    page.locator(".row-tick input").first.check()
    expect(button).to_be_in_viewport()


def test_a_button_prints_the_call_sheet(open_page, site):
    page = open_page(site.path("call-sheet"), java_script_enabled=True)
    page.evaluate("window.print = () => document.body.dataset.printed = 'yes'")
    page.get_by_role("button", name="Print").click()
    assert page.locator("body").get_attribute("data-printed") == "yes"


SHARING = """
    navigator.share = async given => { document.body.dataset.shared = JSON.stringify(given); };
"""


def test_a_call_sheet_is_handed_to_the_phones_own_sharing(new_page, site):
    page = new_page(java_script_enabled=True)
    page.add_init_script(SHARING)
    page.goto(site.path("call-sheet"))
    asked = everything_asked(page)
    page.get_by_role("button", name="Share", exact=True).click()
    shared = json.loads(page.locator("body").get_attribute("data-shared"))
    assert shared == {
        "text": page.locator("#take-words").text_content(),
        "url": f"{site.url}/clinics/compare/?{site.ids}",
    }
    assert "Can I get the medicine at the first visit?" in shared["text"]
    assert "02139" not in shared["url"]
    assert asked == []


def test_where_a_phone_has_no_sharing_the_words_are_copied(open_page, site):
    page = open_page(
        site.path("call-sheet"), java_script_enabled=True, permissions=["clipboard-read", "clipboard-write"]
    )
    expect(page.get_by_role("button", name="Share", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".acts [role=status]")).to_have_text("Copied.")
    words = page.locator("#take-words").text_content()
    assert page.evaluate("navigator.clipboard.readText()") == f"{words}\n{site.url}/clinics/compare/?{site.ids}"


def test_words_that_may_not_be_copied_are_shown_and_selected(new_page, site):
    page = new_page(java_script_enabled=True)
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    page.goto(site.path("call-sheet"))
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".acts [role=status]")).to_contain_text("The words are selected")
    expect(page.locator("#take-words")).to_be_visible()
    assert page.evaluate("getSelection().toString()").split() == page.locator("#take-words").inner_text().split()


def test_without_a_script_a_message_takes_the_words_along(open_page, site):
    page = open_page(site.path("call-sheet"))
    expect(page.locator("button[data-share]")).to_be_hidden()
    expect(page.get_by_role("link", name="Text it to myself")).to_be_visible()
    page.get_by_text("What the text says").click()
    expect(page.locator("#take-words")).to_be_visible()


def test_the_address_of_a_clinic_is_copied_in_one_line(open_page, site):
    page = open_page(site.clinic, java_script_enabled=True, permissions=["clipboard-read", "clipboard-write"])
    asked = everything_asked(page)
    page.get_by_role("button", name="Copy the address").click()
    expect(page.locator(".by-hand [role=status]")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == ", ".join(line.strip() for line in page.locator("#address").inner_text().split("\n"))
    assert re.fullmatch(r"[^\n]+, Building 12, Suite 400, [\w ]+, MA \d{5}(-\d{4})?", copied)
    assert asked == []


def test_an_address_that_may_not_be_copied_is_selected_instead(new_page, site):
    page = new_page(java_script_enabled=True)
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    page.goto(site.clinic)
    page.get_by_role("button", name="Copy the address").click()
    expect(page.locator(".by-hand [role=status]")).to_contain_text("The address is selected")
    selected = page.evaluate("getSelection().toString()").split()
    assert selected == page.locator("#address").inner_text().split()


def test_without_a_script_nothing_offers_to_copy(open_page, site):
    expect(open_page(site.clinic).locator("[data-copy]")).to_be_hidden()


def test_a_geo_link_is_shown_to_a_phone_that_knows_it_and_the_map_site_to_all(open_page, site):
    for touch, is_shown in ((True, True), (False, False)):
        page = open_page(site.clinic, is_mobile=touch, has_touch=touch)
        assert page.get_by_role("link", name="Directions in your map app").is_visible() is is_shown
        assert page.get_by_role("link", name="openstreetmap.org").is_visible()
        assert not page.get_by_role("link", name="Apple Maps").is_visible()  # this browser is no iPhone's


FAR = "/clinics/?near=59011"  # the nearest clinics of the demo directory are far off


def test_a_wide_screen_shows_the_map_beside_a_list_where_a_direction_helps(open_page):
    page = open_page(FAR, java_script_enabled=True, viewport=LAPTOP)
    figure = page.locator(".results > .map-body")
    expect(figure.locator("svg.map")).to_be_visible()
    beside, first = figure.bounding_box(), page.locator(".row").first.bounding_box()
    assert beside["x"] >= first["x"] + first["width"]
    expect(page.locator("head link[href*='css/map']")).to_have_count(1)
    number, name = figure.locator("a.pin").first.get_attribute("aria-label").split(". ", 1)
    expect(page.locator("#list .row-name", has_text=name).first).to_contain_text(number)


@pytest.mark.parametrize(
    ("path", "options"),
    [
        (FAR, {"java_script_enabled": True}),  # a phone
        (FAR, {"viewport": LAPTOP}),  # no script
        ("/clinics/?near=02139", {"java_script_enabled": True, "viewport": LAPTOP}),  # a city
    ],
    ids=["phone", "no-script", "city"],
)
def test_elsewhere_the_map_is_a_link_and_costs_nothing(new_page, path, options):
    page = new_page(**options)
    asked = everything_asked(page)
    page.goto(path, wait_until="networkidle")
    assert page.locator("svg.map").count() == 0
    assert not [request for request in asked if "map" in request]
    follow(page.get_by_role("link", name="Map of these clinics"))
    expect(page.locator("svg.map")).to_be_visible()
    follow(page.get_by_role("link", name="Back to the list"))
    assert page.url.endswith(path)
