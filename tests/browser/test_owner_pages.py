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
from datetime import timedelta
from django.utils import timezone
from listings.models import BillingAccount, Claim, Membership, Submission
from listings.wizard.steps import PAGES
from tests.listings.factories import LedgerEntryFactory, SubscriptionFactory, make_listing, make_owner
owner, helper = make_owner(data), make_owner(data + "-helper")
EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
mine, closed, claimed, another = Clinic.objects.listed().filter(state="CA", listing=None)[:4]
listing, gone = make_listing(owner, mine), make_listing(owner, closed)
Membership.objects.create(listing=listing, user=helper, role=Membership.Role.EDITOR)
Submission.objects.create(listing=listing, kind=Submission.Kind.EDIT)
gone.close("It has closed.")
account = BillingAccount.objects.for_buyer(owner, livemode=False)
account.store_customer(f"cus_{owner.pk}")
plan = SubscriptionFactory(
    order__listing=listing, order__buyer=owner, order__status="paid", account=account, gateway_status="active",
    period_end=timezone.now() + timedelta(days=20), next_charge_cents=4900, next_charge_on=timezone.now(),
    discount="10% off", gateway_quantity=3, gateway_unit_amount_cents=29000, gateway_interval="month",
)
BillingAccount.objects.update(name="Harbor County Hospital and Community Behavioral Health Services Foundation")
LedgerEntryFactory(
    subscription=plan, listing_name=str(listing), invoice_number="WAYPOST-0007", tax_cents=294,
    period_start=timezone.now(), period_end=timezone.now(),
)
plans = ["/account/billing/", f"/account/billing/{plan.account_id}/"]
plans += [f"/account/billing/plans/{plan.pk}/{page}/" for page in ("end", "change")]
claim = Claim.objects.create(clinic=claimed, user=owner, method=Claim.Method.PHONE)
one = f"/account/listings/{listing.pk}/"
steps = [f"{one}form/{slug}/" for slug in PAGES]
others = [f"{one}{page}/" for page in ("form/check", "photos", "publicity", "people", "plan", "billing", "close")]
shared = ["/account/shared/", *(f"/account/shared/{part}/" for part in ("hours", "payment", "languages", "website"))]
account = ["/account/", "/account/sessions/", "/account/email/", "/account/password/change/", "/account/2fa/"]
account += ["/account/data/", "/account/delete/"]
claims = [f"/list-your-practice/claim/{another.pk}/", f"/account/claims/{claim.pk}/", "/list-your-practice/new/"]
print(json.dumps([one, *plans, f"/account/listings/{gone.pk}/", *steps, *others, *shared, *account, *claims]))
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
    follow(page.get_by_role("main").get_by_role("button", name="Log in"))
    assert page.url == f"{site.url}/account/"
    for path in paths:
        answer = page.goto(path)
        assert (answer.status, page.url) == (200, site.url + path)
        found[path] = problems(page)
        if "/form/" in path and not path.endswith("/check/"):  # and with all that is wrong with an empty one
            follow(page.get_by_role("main").locator("form button[type=submit]").last)
            found[f"{page.url}, sent in"] = problems(page)
    assert {path: problem for path, problem in found.items() if problem} == {}
