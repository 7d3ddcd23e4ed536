"""A newcomer signs up on a desk computer and opens the mailed link on a phone, where they go on to a draft."""

import re

from playwright.sync_api import expect

from tests.browser.follow import follow
from tests.browser.test_owners import LINK, PASSWORD, jobs, press

__all__ = ["jobs"]  # a fixture
NEWCOMER = "newcomer@harbor-recovery.example"
SMALL = {"width": 360, "height": 640}


def test_a_newcomer_signs_up_in_one_browser_and_goes_on_in_another(site, new_page, jobs):
    desk, phone = new_page(), new_page(viewport=SMALL)
    desk.goto("/list-your-practice/")
    follow(desk.get_by_role("link", name="Add your practice"))
    expect(desk.get_by_role("heading", level=1)).to_have_text("Sign up")
    expect(desk.get_by_role("main").get_by_role("link", name="Log in")).to_be_visible()
    desk.get_by_label("E-mail address").fill(NEWCOMER)
    desk.get_by_label("Password").fill(PASSWORD)
    press(desk, "Sign up")
    jobs.mail("From: Waypost <")
    phone.goto(jobs.mail(LINK.pattern)[1])
    press(phone, "Yes, go on")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Log in")
    phone.get_by_label("E-mail address").fill(NEWCOMER)
    phone.get_by_label("Password").fill(PASSWORD)
    press(phone, "Log in")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Add your practice")
    press(phone, "Start")
    listing = re.search(r"/account/listings/\d+/", phone.url)[0]
    phone.goto(listing)
    follow(phone.get_by_role("link", name="Delete this draft"))
    press(phone, "Delete it")
    expect(phone.get_by_role("main")).to_contain_text("You have no listing yet.")
