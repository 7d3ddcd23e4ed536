"""A walk: it is 23:40, I used this morning, I have no insurance, I am in 59011. For its test and its pictures."""

from collections.abc import Iterator

from playwright.sync_api import Page

from tests.browser.follow import follow

ZIP_CODE = "59011"
LEADS_TO = {"clinics": "without-insurance", "telehealth": "pharmacies"}  # by its rung, the page of a step


def walk(page: Page, address: str) -> Iterator[str]:
    """The name of each step, while the page stands there. `address`: of the home page, in either language."""
    page.emulate_media(reduced_motion="reduce")  # a jump within the page is there at once
    page.goto(address)
    yield "home"
    page.locator("#near").fill(ZIP_CODE)
    follow(page.locator("main form[role=search] button[type=submit]").first)
    yield "list"
    follow(page.locator(".tonight a[href$='#used-today']"))
    night = page.url.partition("#")[0]
    yield "used-today"
    for rung, way in (("clinics", "sliding-scale"), ("telehealth", "/pharmacies/")):
        page.goto(f"{night}#{rung}")
        yield rung
        follow(page.locator(f"#{rung} a[href*='{way}']"))
        yield LEADS_TO[rung]
        page.go_back()
    for rung in ("emergency", "lines"):
        page.goto(f"{night}#{rung}")
        yield rung
