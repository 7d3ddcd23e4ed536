"""A member of staff with a passkey: added by invitation, asked for at the log-in, and before something is changed."""

import re
import subprocess
import sys

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.follow import follow
from tests.browser.stack import web_server

NAME, PASSWORD = "keeper", "a long sentence to log in"
INVITE = f"""
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from core.staff_invitations import link_for
user = User.objects.create_superuser("{NAME}", "keeper@waypost.example", "{PASSWORD}")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
print(link_for(user))
"""


@pytest.fixture
def deployed(site, tmp_path):
    """(address, invitation): the site as a deployment asks staff for a second factor, and a new account's invitation.

    At "localhost", because a browser binds no passkey to a number.
    """
    environment = site.environment | {"STAFF_MFA": "1", "SITE_URL": "http://localhost"}
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "--command", INVITE]
    with web_server(environment, tmp_path / "log") as port:
        options = {"cwd": settings.BASE_DIR, "env": environment, "check": True, "stdout": subprocess.PIPE}
        invitation = subprocess.run(command, text=True, **options).stdout.strip()
        address = f"http://localhost:{port}"
        yield address, invitation.replace("http://localhost", address)


def with_key(page: Page) -> Page:
    """The page in a browser into which somebody has put a security key, which they touch whenever it blinks."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "isUserVerified": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": key | {"automaticPresenceSimulation": True}})
    return page


def press(page: Page, name: str) -> None:
    follow(page.get_by_role("main").get_by_role("button", name=name, exact=True))


def log_in(page: Page) -> None:
    page.get_by_label("E-mail").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")


def ask_to_add(page: Page) -> None:
    """What adds a second factor asks for the password again."""
    follow(page.get_by_role("link", name="Add a passkey"))
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Go on")


def test_staff_add_a_passkey_and_log_in_with_it(deployed, new_page):
    address, invitation = deployed
    plain = new_page(base_url=address)
    plain.goto(invitation)
    log_in(plain)
    ask_to_add(plain)
    expect(plain.get_by_text("An authenticator app works without.")).to_be_visible()
    expect(plain.get_by_role("button", name="Add")).to_be_hidden()

    problems = []
    page = with_key(new_page(base_url=address, java_script_enabled=True))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(invitation)
    log_in(page)
    ask_to_add(page)
    page.get_by_label("Name of the passkey").fill("blue key")
    press(page, "Add")
    page.goto("/account/2fa/")
    expect(page.get_by_role("main")).to_contain_text("blue key")
    follow(page.get_by_role("link", name="Rename"))
    page.get_by_label("Name of the passkey").fill("green key")
    press(page, "Save")
    expect(page.get_by_role("main")).to_contain_text("green key")

    page.context.clear_cookies()
    page.goto("/admin/")
    log_in(page)
    press(page, "Use a passkey")
    assert page.url == f"{address}/admin/"
    expect(page.get_by_role("link", name="Log out").or_(page.get_by_role("button", name="Log out"))).to_be_visible()

    page.goto("/account/reauthenticate/")
    follow(page.get_by_role("link", name="Use a passkey"))
    press(page, "Use a passkey")
    page.goto("/account/2fa/")
    follow(page.get_by_role("link", name=re.compile("Remove.*green key")))
    press(page, "Remove")
    expect(page.get_by_role("main")).not_to_contain_text("green key")
    assert problems == []
