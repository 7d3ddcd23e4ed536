"""WCAG 2.2 AA, as far as a program can check it, on pages of owners: the form, plans, people, log-in."""

import json

from tests.browser.article_rows import run_on
from tests.browser.axe import NARROW, WCAG, WIDE, wrong_with
from tests.browser.follow import follow
from tests.browser.test_accessibility import TOO_WIDE

PASSWORD = "a sentence to log in with"
MAKE = """
from allauth.account.models import EmailAddress
from clinics.models import Clinic
from listings.models import Claim, Membership, Submission
from listings.wizard.steps import STEPS
from tests.listings.factories import make_listing, make_owner
owner, helper = make_owner(data), make_owner(data + "-helper")
EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
mine, closed, claimed, another = Clinic.objects.listed().filter(state="CA", listing=None)[:4]
listing, gone = make_listing(owner, mine), make_listing(owner, closed)
Membership.objects.create(listing=listing, user=helper, role=Membership.Role.EDITOR)
Submission.objects.create(listing=listing, kind=Submission.Kind.EDIT)
gone.close("It has closed.")
claim = Claim.objects.create(clinic=claimed, user=owner, method=Claim.Method.PHONE)
one = f"/account/listings/{listing.pk}/"
steps = [f"{one}form/{slug}/" for slug in STEPS]
others = [f"{one}{page}/" for page in ("form/check", "photos", "people", "plan", "billing", "close")]
shared = ["/account/shared/", *(f"/account/shared/{part}/" for part in ("hours", "payment", "languages", "website"))]
account = ["/account/", "/account/sessions/", "/account/email/", "/account/password/change/", "/account/2fa/"]
claims = [f"/list-your-practice/claim/{another.pk}/", f"/account/claims/{claim.pk}/", "/list-your-practice/new/"]
print(json.dumps([one, f"/account/listings/{gone.pk}/", *steps, *others, *shared, *account, *claims]))
"""
OPEN_TO_ALL = ["/list-your-practice/", "/list-your-practice/?q=a", "/account/login/", "/account/signup/",
               "/account/password/reset/"]  # fmt: skip


def problems(page) -> dict:
    """Check the narrow light page by every rule, a wide dark one by those that may differ, and the phone width."""
    found = wrong_with(page, [*WCAG, "best-practice"], [(NARROW, "light")], [(WIDE, "dark")])
    page.set_viewport_size(NARROW)
    if wide := page.evaluate(TOO_WIDE):
        found["too wide"] = wide
    return found


def test_axe_finds_nothing_on_the_pages_of_owners(new_page, site):
    paths = json.loads(run_on(site, MAKE, "axe").splitlines()[-1])
    page = new_page(java_script_enabled=True, bypass_csp=True)
    found = {}
    for path in OPEN_TO_ALL:
        assert page.goto(path).status == 200, path
        found[path] = problems(page)
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill("axe@practice.example")
    page.get_by_label("Password").fill(PASSWORD)
    follow(page.get_by_role("main").get_by_role("button", name="Sign In"))
    assert page.url == f"{site.url}/account/"
    for path in paths:
        answer = page.goto(path)
        assert (answer.status, page.url) == (200, site.url + path)
        found[path] = problems(page)
        if "/form/" in path and not path.endswith("/check/"):  # and with all that is wrong with an empty one
            follow(page.get_by_role("main").locator("form button[type=submit]").last)
            found[f"{page.url}, sent in"] = problems(page)
    assert {path: problem for path, problem in found.items() if problem} == {}
