"""A walk: it is 23:40, I used this morning, I have no insurance, I am in 59011. For its test and its pictures."""

from collections.abc import Iterator

from playwright.sync_api import Page

from tests.browser.follow import follow

ZIP_CODE = "59011"


def walk(page: Page, address: str) -> Iterator[str]:
    """The name of each step, while the page stands there. `address`: of the home page, in either language."""
    page.goto(address)
    yield "home"
    page.locator("#near").fill(ZIP_CODE)
    follow(page.locator("main form[role=search] button[type=submit]").first)
    yield "list"
    follow(page.locator(".tonight a[href$='#used-today']"))
    yield stand_at(page, "used-today")
    yield stand_at(page, "clinics")
    follow(page.locator("#clinics a[href*='sliding-scale']"))
    yield "without-insurance"
    page.go_back()
    yield stand_at(page, "telehealth")
    follow(page.locator("#telehealth a[href*='/pharmacies/']"))
    yield "pharmacies"
    page.go_back()
    yield stand_at(page, "emergency")
    yield stand_at(page, "lines")


def stand_at(page: Page, rung: str) -> str:
    """As somebody who has scrolled there."""
    page.locator(f"#{rung}").evaluate("heading => heading.scrollIntoView({behavior: 'instant'})")
    return rung
