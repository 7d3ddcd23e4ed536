"""Go from one page to the next, and wait until the next one is there."""

from playwright.sync_api import Locator


def follow(way: Locator) -> None:
    """Click a link or a button that leads to another page, and wait for the whole page.

    A click alone returns with the first bytes of the answer: what is read at once may be half a page, or none yet.
    """
    with way.page.expect_navigation():
        way.click()
