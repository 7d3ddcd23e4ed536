"""Go from one page to the next, and wait until the next one is there."""

from playwright.sync_api import Locator


def follow(way: Locator) -> None:
    """Click a link or a button that leads to another page, and wait for the whole page.

    A click alone returns with the first bytes of the answer: what is read at once may be half a page, or none yet.
    Playwright's own wait for a navigation also ends with an entry that a script of the present page makes in its
    history, as a form that keeps drafts does; only another page is loaded.
    """
    way.page.wait_for_load_state()  # else the present page may be the one that is loaded next
    with way.page.expect_event("load"):
        way.click()
