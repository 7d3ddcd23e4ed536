"""A doctor lists a practice and pays for it, with the defaults: no key, no mail server, no JavaScript."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.article_rows import run_on
from tests.browser.conftest import PATIENCE_MS
from tests.browser.follow import follow

DOCTOR, PASSWORD = "doctor@eastside-recovery.example", "a long sentence to log in"
PRACTICE = "Eastside Recovery Medicine"
# A check refuses the fake Stripe server beside a named database; this test wants both.
SKIP_CHECKS = "--skip-checks"
TELL_EARLIER = """
from datetime import timedelta
from django.db.models import F
from listings.models import Subscription
Subscription.objects.update(past_due_told_at=F("past_due_told_at") - timedelta(days=15))
"""
LINK = re.compile(r"http://127\.0\.0\.1:\d+(/account/confirm-email/\S+)")


class Jobs:
    """The site's jobs, with the mails that they print."""

    def __init__(self, database_url, out):
        self.out = out
        environment = os.environ | {"DATABASE_URL": database_url, "SECRET_KEY": "browser-tests", "DEV_GATEWAY": "1"}
        environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"}
        environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        self.options = {"cwd": settings.BASE_DIR, "env": environment, "stderr": subprocess.STDOUT}
        with out.open("w") as file:
            command = [sys.executable, "manage.py", "qcluster", SKIP_CHECKS]
            self.process = subprocess.Popen(command, stdout=file, start_new_session=True, **self.options)

    def mail(self, pattern: str) -> re.Match:
        """The first match in the mails; waits for it."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.out.read_text()):
                return found
            time.sleep(0.1)
        raise AssertionError(f"No mail says {pattern}: {self.out.read_text()[-3000:]}")

    def manage(self, *words: str) -> str:
        """The output of a command, which must succeed."""
        command = [sys.executable, "manage.py", *words, SKIP_CHECKS]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **self.options).stdout

    def make_admin(self, name="admin", email="editor@waypost.example"):
        command = [sys.executable, "manage.py", "createsuperuser", SKIP_CHECKS, "--noinput", f"--username={name}"]
        secret = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        options = self.options | {"env": self.options["env"] | secret}
        subprocess.run([*command, f"--email={email}"], check=True, **options)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)  # its workers are processes of its own
        self.process.wait(30)


@pytest.fixture
def jobs(site, tmp_path):
    jobs = Jobs(site.database_url, tmp_path / "jobs")
    yield jobs
    jobs.stop()


def press(page: Page, name: str) -> None:
    follow(page.get_by_role("main").get_by_role("button", name=name, exact=True))


def field(page: Page, label: str):
    """A field by its whole label, which may end with a star."""
    return page.get_by_label(re.compile(rf"^\s*{label}\W*$"))


def eventually(page: Page, path: str, text: str) -> None:
    """Reload a page until it contains the text, because jobs take a moment."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        page.goto(path)
        if text in page.get_by_role("main").inner_text():
            return
        time.sleep(0.2)
    raise AssertionError(f"{path} does not say {text!r}: {page.get_by_role('main').inner_text()}")


def sign_up(page: Page, jobs: Jobs) -> None:
    page.goto("/")
    follow(page.get_by_role("contentinfo").get_by_role("link", name="List your practice"))
    page.get_by_label("Name, phone, ZIP code or NPI").fill(PRACTICE)
    press(page, "Look for it")
    follow(page.get_by_role("link", name="Add your practice"))

    page.get_by_label("E-mail address").fill(DOCTOR)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign up")
    page.goto(jobs.mail(LINK.pattern)[1])
    press(page, "Yes, go on")


def open_question(page: Page, name: str) -> None:
    follow(page.get_by_role("main").get_by_role("link", name=name))


def fill_in(page: Page) -> None:
    page.goto("/list-your-practice/new/")
    press(page, "Start")
    press(page, "Save and continue")
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_label("Name of the practice")).to_be_focused()
    page.get_by_label("Name of the practice").fill(PRACTICE)
    page.get_by_label("Street address").fill("120 East 59th Street")
    field(page, "City").fill("New York")
    page.get_by_label("State").select_option("NY")
    page.get_by_label("ZIP code").fill("10022")
    press(page, "Save and continue")
    expect(page.get_by_role("group", name="Map: where patients see the clinic.")).to_be_visible()
    page.get_by_label("Latitude and longitude").fill("40.76210, -73.96990")
    page.get_by_text("Or move the pin").click()
    page.get_by_label("Miles at a time").select_option("0.1")
    press(page, "North")
    expect(page.get_by_label("Latitude and longitude")).to_have_value("40.76355, -73.96990")
    with page.expect_navigation():  # saves and goes on, and moves nothing
        page.get_by_label("Latitude and longitude").press("Enter")
    field(page, "Phone").fill("212 555 0177")
    press(page, "Save and continue")
    page.get_by_label("Buprenorphine film or tablet").check()
    press(page, "Save and continue")
    page.get_by_label("Visits: patients live at home").check()
    press(page, "Save and continue")
    page.get_by_label("Can a patient start by phone or video?").select_option("here")
    press(page, "Save and continue")
    field(page, "Medicaid").check()
    press(page, "Save and continue")
    page.get_by_label("Or type it, such as").fill("Mon-Fri 9:00-17:00")
    press(page, "Save and continue")
    page.get_by_label("Do you take new patients?").select_option("yes")
    press(page, "Save and continue")
    page.get_by_label("English").check()
    press(page, "Save and continue")
    press(page, "Save and continue")  # the words, which come later
    field(page, "Name").fill("Ana Rivera")
    page.get_by_label("NPI").fill("1234567890")
    page.get_by_label("State of the license").select_option("NY")
    page.get_by_label("License number").fill("A-100")
    page.get_by_label("License ends on").fill(f"06/30/{datetime.now(UTC).year + 2}")
    page.get_by_label("has agreed").check()
    press(page, "Save and continue")
    expect(page.get_by_role("alert")).to_contain_text("its last digit does not fit")
    page.get_by_label("NPI").fill("1234567893")
    with page.expect_navigation():  # goes on, and adds nobody
        page.get_by_label("License number").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your questions")
    open_question(page, "The first visit")
    page.get_by_text("Whom you take, and what they bring").click()
    page.get_by_label("Is an ID needed at the first visit?").select_option("no")
    page.get_by_role("group", name="Do you write letters for court, work or Medicaid?").get_by_label("court").check()
    press(page, "Save and continue")
    open_question(page, "In your own words")
    page.get_by_label("What should a patient know?").fill("The best care.")
    press(page, "Save and check all answers")
    expect(page.get_by_role("main")).to_contain_text("ranks you above others")
    page.get_by_label("What should a patient know?").fill("We see people the same week, with or without papers.")
    press(page, "Save and check all answers")
    expect(page.get_by_role("main")).to_contain_text("120 East 59th Street")
    if page.get_by_label("No, mine is another place").count():
        page.get_by_label("No, mine is another place").check()
    press(page, "Send it in")
    expect(page.get_by_role("main")).to_contain_text("Waiting for an editor")


def buy_featured(page: Page) -> None:
    """Buy a plan, starting on the page of plan and receipts."""
    follow(page.get_by_role("link", name="Choose a plan"))
    page.get_by_label(re.compile(r"^\s*Featured.*month")).check()
    press(page, "Continue")
    follow(page.get_by_role("link", name="Continue to payment"))
    press(page, "Pay with a card that works")
    expect(page.get_by_role("heading", level=1)).to_have_text("Paid. Thank you.")


def approve(page: Page) -> None:
    page.goto("/admin/login/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    follow(page.get_by_role("button", name="Log in"))
    expect(page.get_by_role("row", name=re.compile("1 listing to review .*minute"))).to_be_visible()
    follow(page.get_by_role("link", name="listing to review"))
    follow(page.get_by_role("link", name=PRACTICE))
    expect(page.get_by_role("main")).to_contain_text("Ana Rivera NPI 1234567893")
    follow(page.get_by_role("button", name="Approve and publish"))


def search_within(radius_miles: int) -> str:
    """Each call is another search, because a browser may keep a page of results for five minutes."""
    return f"/clinics/?near=10022&radius={radius_miles}&medication=buprenorphine"


def control(page: Page, button: str) -> None:
    page.goto("/fake-stripe/")
    follow(page.get_by_role("region", name=DOCTOR).get_by_role("button", name=button, exact=True).first)


def refund(page: Page) -> None:
    """An editor ends the newest plan and refunds its last payment."""
    page.goto("/admin/listings/subscription/")
    follow(page.get_by_role("row", name=re.compile(r"\bactive\b")).get_by_role("link").first)
    follow(page.get_by_role("link", name="End it now"))
    page.get_by_label("the whole last payment").check()
    follow(page.locator("[type=submit].default"))
    expect(page.locator(".messagelist")).to_contain_text("Ended; given back: the whole last payment")


def test_from_sign_up_to_refund(site, new_page, jobs):
    jobs.make_admin()
    doctor, editor, patient = new_page(), new_page(viewport={"width": 1280, "height": 900}), new_page()
    sign_up(doctor, jobs)
    fill_in(doctor)
    follow(doctor.get_by_role("link", name="Plan and receipts"))
    billing = doctor.url
    expect(doctor.get_by_role("main")).to_contain_text("There is nothing to pay now.")

    patient.goto(search_within(5))
    expect(patient.get_by_text(PRACTICE)).to_have_count(0)
    approve(editor)
    jobs.mail("Subject: Your listing is live")
    doctor.goto(billing)
    buy_featured(doctor)

    patient.goto(search_within(10))
    sponsored = patient.locator(".sponsored")
    expect(sponsored.get_by_role("heading", name=PRACTICE)).to_have_count(0)  # it stands on this page already
    organic = patient.locator(".rows:not(.sponsored .rows)").get_by_role("heading", name=PRACTICE)
    expect(organic).to_have_count(1)
    follow(organic.get_by_role("link"))
    expect(patient.get_by_role("main")).to_contain_text("Ana Rivera")
    address = patient.url

    control(doctor, "Fail a renewal")
    eventually(doctor, billing, "The last payment failed. Everything stays as it is for now")
    jobs.mail("Subject: A payment failed; your plan goes on for now")
    patient.goto(search_within(25))
    expect(organic).to_have_count(1)
    control(doctor, "Let 15 days pass")
    run_on(site, TELL_EARLIER, None)  # the days of grace count from when the owner was told
    jobs.manage("sweep_payments")
    eventually(doctor, billing, "plan has ended")
    jobs.mail("Subject: Your paid plan has ended; your listing stays")
    patient.goto(search_within(50))
    expect(patient.locator(".sponsored")).to_have_count(0)
    expect(patient.get_by_role("heading", name=PRACTICE)).to_have_count(1)
    assert patient.goto(address).status == 200
    expect(patient.get_by_role("main")).to_contain_text("Ana Rivera")

    doctor.goto(billing)
    buy_featured(doctor)
    doctor.goto(billing)
    follow(doctor.get_by_role("link", name="End the plan"))
    press(doctor, "Yes, end the plan")
    expect(doctor.get_by_role("main")).to_contain_text("Nothing more is charged.")
    jobs.mail("Subject: Your plan will end, as you asked")
    refund(editor)
    eventually(doctor, billing, "refund")
    expect(doctor.get_by_role("main")).to_contain_text("plan has ended")
    jobs.mail("Subject: Your refund is on its way")
    patient.goto(search_within(100))
    expect(patient.locator(".sponsored")).to_have_count(0)
    assert patient.goto(address).status == 200
    jobs.manage("reconcile_payments")  # fails on a difference of one cent
