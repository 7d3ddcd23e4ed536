"""The way of an owner from "List your practice" to a listing that was sent in, counted."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.follow import follow

PRACTICE = "Harbor Recovery Medicine"
CONTROLS = """
() => [...document.querySelectorAll('main form[method=post] :is(input, select, textarea)')].filter(
    (each) => !['hidden', 'submit'].includes(each.type) && !each.closest('details:not([open])')
).length
"""


@dataclass
class Walk:
    """What one walk costs. `controls`: those that were shown on its pages before a fold was opened."""

    page: Page
    loads: int = 0
    controls: int = 0
    typed: int = 0

    def __post_init__(self):
        self.page.on("framenavigated", self._count_load)

    def _count_load(self, frame) -> None:
        self.loads += frame == self.page.main_frame

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(re.compile(rf"^\s*{label}")).first.fill(text)
        self.typed += len(text)

    def press(self, name: str) -> None:
        self.controls += self.page.evaluate(CONTROLS)
        follow(self.page.get_by_role("main").get_by_role("button", name=name, exact=True))

    def open(self, name: str) -> None:
        follow(self.page.get_by_role("main").get_by_role("link", name=name))

    def save(self) -> None:
        self.press("Save and continue")


def look_first(walk: Walk) -> None:
    """Whether it is listed already; it is not."""
    walk.page.goto("/list-your-practice/")
    walk.fill("Name, phone, ZIP code or NPI", PRACTICE)
    follow(walk.page.get_by_role("main").get_by_role("button", name="Look for it", exact=True))
    walk.open("Add your practice")


def answer_needed(walk: Walk, npi: str = "") -> None:
    """Name, address and phone; with `npi` of a practice that the register of NPIs knows."""
    page = walk.page
    walk.fill("NPI, or the name of the practice", npi or PRACTICE)
    walk.press("Start")
    if npi:
        follow(page.get_by_role("button", name="Use this").first)
    else:
        walk.fill("Street address", "120 East 59th Street")
        walk.fill("City", "New York")
        page.get_by_label("State").select_option("NY")
        walk.fill("ZIP code", "10022")
    walk.save()
    walk.save()  # the pin
    if not npi:
        walk.fill("Phone", "212 555 0177")


def answer_all(walk: Walk, npi: str = "") -> None:
    """The twelve questions."""
    page = walk.page
    answer_needed(walk, npi)
    walk.save()
    page.get_by_label("Buprenorphine film or tablet").check()
    walk.save()
    page.get_by_label("Visits: patients live at home").check()
    walk.save()
    page.get_by_label("Can a patient start by phone or video?").select_option("here")
    walk.save()
    page.get_by_label("Medicaid", exact=True).check()
    walk.save()
    walk.save()  # the hours, which have tests of their own
    page.get_by_label("Do you take new patients?").select_option("yes")
    walk.save()
    page.get_by_label("English").check()
    walk.save()
    walk.fill("What should a patient know", "We see people the same week.")
    walk.save()
    walk.save()  # the practitioner, who may be named later
    walk.open("Check and send it in")


def send_in(walk: Walk) -> None:
    if walk.page.get_by_label("No, mine is another place").count():
        walk.page.get_by_label("No, mine is another place").check()
    walk.press("Send it in")
    expect(walk.page.get_by_role("main")).to_contain_text("Waiting for an editor")
