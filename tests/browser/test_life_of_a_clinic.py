"""One clinic's life: imported, reported twice, warned, called, confirmed, aged, reconfirmed by link, closed."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.follow import follow
from tests.browser.stack import running_site

DIRECTORY = """Program Name,DBA,Street,City,State,Zipcode,Phone,Certification,FullCertification
Harbor Sample Program,,100 Holliday Street,Baltimore,MD,21202,(410) 555-0100,Certified,1/2/20
"""
PASSWORD = "a sentence to log in with"
WARNING = "Readers say that this number does not work."
CONTACT = "Name, address and phone:"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A separate site, because an import removes the demo clinics. Mails are files, and a header names the reader."""
    folder = tmp_path_factory.mktemp("life")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMAIL_URL", f"filemail:///{folder}/mails")
        patch.setenv("TRUSTED_PROXIES", "1")
        with running_site(folder / "site.log") as site:
            site.folder = folder
            yield site


def manage(site, *arguments, **environment) -> str:
    told = {"DATABASE_URL": site.database_url, "SECRET_KEY": "browser-tests", "SITE_URL": site.url}
    told |= {"DJANGO_SETTINGS_MODULE": "config.settings", "VAR_DIR": str(site.folder / "var")}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR, env=os.environ | told | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def reader(live, chromium):
    """reader(address) -> page of a phone without JavaScript, as if it came from that network address."""
    contexts = []

    def open_one(address="192.0.2.1"):
        headers = {"X-Forwarded-For": address}
        context = chromium.new_context(base_url=live.url, java_script_enabled=False, extra_http_headers=headers)
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


def report_dead_number(page, clinic):
    page.goto(clinic)
    follow(page.get_by_role("link", name="Something wrong? Tell us"))
    page.get_by_label("The phone number is wrong or dead").check()
    follow(page.get_by_role("button", name="Send the report"))
    follow(page.locator(".notice a"))
    expect(page.locator("main")).to_contain_text("Not looked at yet")


def test_the_life_of_a_clinic(live, reader):
    def look(path):
        """What a new reader sees: a browser keeps a page for five minutes."""
        page = reader()
        page.goto(path)
        return page

    # Imported
    path = live.folder / "otp_directory.csv"
    path.write_text(DIRECTORY)
    manage(live, "import_clinics", str(path), "--edition", "2020-07-04")
    [[pk]] = live.rows("SELECT id FROM clinics_clinic WHERE NOT is_demo")
    clinic, page = f"/clinics/{pk}/x/", look(f"/clinics/{pk}/x/")
    expect(page.locator("main")).to_contain_text(
        f"{CONTACT} from SAMHSA's 2020-07-04 OTP directory, not confirmed since"
    )

    # Reported twice, by the same reader and by another: warned
    report_dead_number(reader(), clinic)
    report_dead_number(reader(), clinic)
    page = look(clinic)
    expect(page.locator("main")).not_to_contain_text(WARNING)
    report_dead_number(reader("192.0.2.2"), clinic)
    page = look(clinic)
    expect(page.locator("main")).to_contain_text(WARNING)

    # Called
    manage(live, "createsuperuser", "--noinput", "--username", "caller", "--email", "caller@example.org",
           DJANGO_SUPERUSER_PASSWORD=PASSWORD)  # fmt: skip
    desk = reader()
    desk.goto("/admin/clinics/call/next/")
    desk.get_by_label("Username").fill("caller")
    desk.get_by_label("Password").fill(PASSWORD)
    follow(desk.get_by_role("button", name="Log in"))
    follow(desk.get_by_role("button", name="Give me the next clinic"))
    expect(desk.get_by_role("link", name="Call 410-555-0100")).to_have_attribute("href", "tel:+14105550100")
    for question, answer in [("Is this the clinic?", "Yes"), ("at this address", "Yes"), ("take new patients", "Yes")]:
        desk.get_by_role("group", name=re.compile(question)).get_by_label(answer, exact=True).check()
    desk.get_by_role("group", name=re.compile("be seen first")).get_by_label("Tomorrow").check()
    follow(desk.get_by_role("button", name="Save, and the next one"))
    expect(desk.locator("#content")).to_contain_text("0 clinics wait to be called")

    # Confirmed: the warning is gone, and the readers can see the result of their reports
    page = look(clinic)
    expect(page.locator("main")).not_to_contain_text(WARNING)
    expect(page.locator("main")).to_contain_text(f"{CONTACT} confirmed by a call to the clinic today")
    expect(page.locator("main")).to_contain_text("Takes new patients.")
    expect(page.locator("main")).to_contain_text("First visit tomorrow.")
    assert live.rows("SELECT DISTINCT status FROM clinics_correction") == [("as-stated",)]

    # Aged
    live.rows("UPDATE clinics_confirmation SET confirmed_on = confirmed_on - 200 WHERE source = 'called' RETURNING id")
    page = look(clinic)
    expect(page.locator("main")).to_contain_text("200 days ago, not confirmed since")
    expect(page.locator("main")).not_to_contain_text("Takes new patients")

    # Reconfirmed by link
    live.rows("UPDATE clinics_clinic SET contact_email = 'desk@clinic.example' WHERE id = %s RETURNING id", pk)
    ask = ("shell", "-v", "0", "-c", "from clinics.verification import jobs; print(jobs.send_reconfirmations())")
    assert "1 mails sent" in manage(live, *ask)
    assert "0 mails sent" in manage(live, *ask)
    [mail] = (live.folder / "mails").iterdir()
    [link] = re.findall(r"^http\S+/confirm/\S+$", mail.read_text(), re.MULTILINE)
    page.goto(link)
    page = look(clinic)
    expect(page.locator("main")).to_contain_text("200 days ago, not confirmed since")  # opening it changed nothing
    page.goto(link)
    follow(page.get_by_role("button", name="Still right"))
    page = look(clinic)
    expect(page.locator("main")).to_contain_text(f"{CONTACT} confirmed by the clinic today")
    expect(page.locator("main")).to_contain_text("Takes new patients")
    page.goto(link)
    expect(page.locator("main")).to_contain_text("was used already")

    # Closed
    desk.goto("/admin/clinics/clinic/?q=Harbor+Sample")
    desk.locator("input.action-select").first.check()
    desk.locator("select[name=action]").first.select_option(label="Mark as closed for good, as of today")
    follow(desk.locator("button[name=index]").first)
    page = look(clinic)
    expect(page.locator("main")).to_contain_text("Closed, as reported on")
    page.get_by_text("How phone and status have changed").click()
    expect(page.locator(".clinic-changes")).to_contain_text("reported as closed")
