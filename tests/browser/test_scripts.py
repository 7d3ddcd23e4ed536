"""What the site's own script adds, in a real browser. The journeys show that nothing needs it."""

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
    """What the browser sends from now on: addresses and bodies."""
    asked = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
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
    assert page.locator(".card").count() > 0


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
    said = page.locator(".locate [role=status]")
    expect(said).to_contain_text(sentence)
    expect(said).to_contain_text("ZIP code")
    expect(page.get_by_role("button", name="Use my location")).to_be_enabled()
    assert asked == []


def test_a_real_refusal_gets_the_sentence_too(open_page):
    page = open_page("/", java_script_enabled=True, permissions=[])
    page.get_by_role("button", name="Use my location").click()
    expect(page.locator(".locate [role=status]")).to_contain_text("not allowed to say where you are")


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
    expect(apply).to_have_text("Apply filters")
    for name in ("Methadone", "Medicaid"):
        page.locator("label.tick", has_text=name).first.get_by_role("checkbox").check()
    expect(apply).to_have_text(re.compile(r"Show \d+ clinics?"))
    expect(page.locator("[data-count-said]")).to_have_text(apply.inner_text())
    promised = int(re.search(r"\d+", apply.inner_text())[0])
    follow(apply)
    expect(page.get_by_role("list", name="Filters that are on")).to_contain_text("Medicaid")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"^\s*{promised} clinics? within"))


def test_without_a_count_the_button_stays_unchanged(open_page):
    page = open_page("/clinics/?near=02139&radius=50", java_script_enabled=True, viewport=LAPTOP)
    page.context.route("**/*format=json*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.locator("label.tick", has_text="Methadone").first.get_by_role("checkbox").check()
    expect(page.locator(".apply")).to_have_text("Apply filters")
    follow(page.locator(".apply"))
    expect(page.get_by_role("list", name="Filters that are on")).to_contain_text("Methadone")


def test_a_tick_for_the_call_sheet_keeps_its_button_in_view(open_page):
    page = open_page("/clinics/?near=02139&radius=50")
    button = page.get_by_role("button", name="Make a call sheet")
    expect(button).not_to_be_in_viewport()
    page.locator(".card-tick input").first.check()
    expect(button).to_be_in_viewport()


def test_a_button_prints_the_call_sheet(open_page, site):
    page = open_page(site.path("call-sheet"), java_script_enabled=True)
    page.evaluate("window.print = () => document.body.dataset.printed = 'yes'")
    page.get_by_role("button", name="Print").click()
    assert page.locator("body").get_attribute("data-printed") == "yes"
