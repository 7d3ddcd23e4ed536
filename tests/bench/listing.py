"""`make bench-listing`: what it takes an owner, at 360 px, from "List your practice" to a listing that was sent in."""

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from tests.browser.find_chromium import find_chromium
from tests.browser.listing_path import Walk, answer_all, answer_needed, look_first, send_in
from tests.browser.stack import FLAGS, running_site
from tests.browser.test_owners import DOCTOR, LINK, PASSWORD, Jobs

SMALL = {"width": 360, "height": 640}
NPI = "1245319599"
REGISTER = """
    INSERT INTO clinics_registeredprovider (npi, name, other_name, is_person, credentials, taxonomy, license_number,
        license_state, searched) VALUES (%s, %s, '', FALSE, '', '', '', '', %s) RETURNING npi
"""
PLACE = """
    INSERT INTO clinics_registeredplace (npi, street, street_detail, city, state, zip_code, phone)
    VALUES (%s, '120 EAST 59TH STREET', '', 'NEW YORK', 'NY', '10022', '212-555-0177') RETURNING npi
"""


def sign_up(walk: Walk, jobs: Jobs, email: str) -> None:
    """As a newcomer: an account, and the link of the mail."""
    page = walk.page
    if (link := page.get_by_role("link", name="sign up")).count():
        link.click()
    walk.fill("E-mail address", email)
    walk.fill("Password", PASSWORD)
    page.get_by_role("main").locator("form button[type=submit]").first.click()
    page.goto(jobs.mail(LINK.pattern)[1])
    page.get_by_role("main").locator("form button[type=submit]").first.click()
    page.goto("/list-your-practice/new/")


def measured(browser, site, jobs: Jobs, email: str, npi: str, answer) -> Walk:
    page = browser.new_page(viewport=SMALL, base_url=site.url, java_script_enabled=False)
    walk = Walk(page)
    look_first(walk)
    sign_up(walk, jobs, email)
    answer(walk, npi)
    if answer is answer_needed:
        walk.press("Save and check all answers")
    send_in(walk)
    return walk


WAYS = {
    "what is needed, typed": ("", answer_needed),
    "what is needed, by NPI": (NPI, answer_needed),
    "all twelve, typed": ("", answer_all),
    "all twelve, by NPI": (NPI, answer_all),
}


def main() -> None:
    os.environ["NPPES_LOOKUP"] = "table"
    print("| from “List your practice” to sent in | page loads | controls shown | characters typed |")
    print("|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder) / "log") as site, sync_playwright() as run:
        site.rows(REGISTER, NPI, "PIER RECOVERY", "PIER RECOVERY")
        site.rows(PLACE, NPI)
        browser = run.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for number, (name, (npi, answer)) in enumerate(WAYS.items()):
            jobs = Jobs(site.database_url, Path(folder) / f"jobs-{number}")
            walk = measured(browser, site, jobs, f"{number}-{DOCTOR}", npi, answer)
            jobs.stop()
            site.rows("DELETE FROM django_q_ormq RETURNING id")
            print(f"| {name} | {walk.loads} | {walk.controls} | {walk.typed} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
