"""Stripe's own CLI drives the development gateway of a running site: `make conformance`.

STRIPE_CLI names the program if it is not the one that `make conformance` installs. Not part of `make test`:
installing it needs a package registry.
"""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

from tests.browser.stack import running_site

KEY = "sk_test_development"
INSTALLED = Path(settings.VAR_DIR) / "conformance" / "node_modules" / ".bin" / "stripe"
EVENTS = [
    "checkout.session.completed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
    "charge.refunded",
    "charge.dispute.created",
]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with running_site(tmp_path_factory.mktemp("site") / "log") as site:
        yield site


def events_of_type(site, event: str) -> set[str]:
    """The ids of the gateway's events of this type."""
    request = urllib.request.Request(f"{site.url}/v1/events?limit=100&type={event}")
    request.add_header("Authorization", f"Bearer {KEY}")
    with urllib.request.urlopen(request) as answer:
        return {row["id"] for row in json.load(answer)["data"]}


def counted(site, event: str) -> int:
    """How many messages about other business of the account came: what the CLI makes up names nobody we know."""
    return sum(count for [count] in site.rows("SELECT count FROM listings_foreignevent WHERE type = %s", event))


@pytest.mark.parametrize("event", EVENTS)
def test_a_trigger_succeeds_and_its_event_reaches_the_webhook(site, event, tmp_path):
    before, counted_before = events_of_type(site, event), counted(site, event)
    program = os.environ.get("STRIPE_CLI", str(INSTALLED))
    command = [program, "trigger", event, "--api-base", site.url, "--api-key", KEY]
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path)}  # it notes its own settings somewhere
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert run.returncode == 0, run.stdout + run.stderr
    new = events_of_type(site, event) - before
    assert new
    assert counted(site, event) - counted_before == len(new)
