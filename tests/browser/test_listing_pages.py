"""A listing in twelve questions on a small phone: how high each page is, and what the whole way costs."""

import json

import pytest

from tests.browser.article_rows import run_on
from tests.browser.follow import follow
from tests.browser.listing_path import Walk, answer_all, look_first, send_in

SMALL = {"width": 360, "height": 640}
HIGHEST = 1500  # px of a page with its folds closed
PASSWORD = "a sentence to log in with"
MAKE = """
from allauth.account.models import EmailAddress
from listings.models import Listing, Membership, Submission
from listings.wizard.steps import PAGES
from tests.listings.factories import make_owner
owner = make_owner(data)
EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
listing = Listing.objects.create(practice_name="Harbor")
Membership.objects.create(listing=listing, user=owner)
answers = {"practice": {"state": ["MD"], "zip_code": ["21202"]}, "access": {"telehealth": ["yes"]}}
Submission.objects.create(listing=listing, started_by=owner, answers=answers)
form = f"/account/listings/{listing.pk}/form/"
found = f"{form}services/?q=hepatitis"
print(json.dumps([form, found, "/list-your-practice/new/", *(f"{form}{slug}/" for slug in PAGES)]))
"""


LEAVE_NO_TRACE = """
from django.contrib.auth.models import User
from listings.models import Listing
Listing.objects.filter(owners__username=data).delete()
User.objects.filter(username=data).delete()
"""


@pytest.fixture
def owner(site):
    """The name of an owner, whose listings are gone afterwards: other tests count what waits for an editor."""
    yield "harbor"
    run_on(site, LEAVE_NO_TRACE, "harbor")


def test_every_page_is_short_on_a_small_phone_and_the_way_to_a_listing_too(new_page, site, owner):
    paths = json.loads(run_on(site, MAKE, owner).splitlines()[-1])
    page = new_page(viewport=SMALL)
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill("harbor@practice.example")
    page.get_by_label("Password").fill(PASSWORD)
    follow(page.get_by_role("main").get_by_role("button", name="Log in"))
    heights, too_wide = {}, []
    for path in paths:
        assert page.goto(path).status == 200, path
        heights[path] = page.evaluate("document.documentElement.scrollHeight")
        if page.evaluate("document.documentElement.scrollWidth") > SMALL["width"]:
            too_wide.append(path)
    assert {path: height for path, height in heights.items() if height > HIGHEST} == {}
    assert too_wide == []

    walk = Walk(page)
    look_first(walk)
    answer_all(walk)
    send_in(walk)
    assert walk.loads <= 20  # with 2 to look whether it is here, and 1 for the list of questions
    assert walk.controls < 70
    assert walk.typed < 160
