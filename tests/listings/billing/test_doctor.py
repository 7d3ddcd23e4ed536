"""`manage.py doctor --stripe`: a sentence for each part of the account at the gateway."""

import io
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command

from listings.billing import doctor, events
from listings.fake_stripe import api, billing, faults, objects

pytestmark = pytest.mark.django_db
HOOK = "https://waypost.example/webhooks/stripe/"
KEY = {"Authorization": "Bearer sk_test_development"}


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL, settings.STRIPE_AUTOMATIC_TAX = "https://waypost.example", False


def examine() -> tuple[str, bool]:
    """What it says, and whether it ends with exit code 1."""
    out = io.StringIO()
    try:
        call_command("doctor", "--stripe", stdout=out)
    except CommandError as error:
        return out.getvalue(), error.returncode == 1
    return out.getvalue(), False


def post(path: str, body: str) -> dict:
    status, answer = api.answer("POST", f"/v1/{path}", body, KEY)
    assert status == 200, answer
    return answer


def endpoint(url: str = HOOK, names=doctor.EVENTS) -> dict:
    return post("webhook_endpoints", "&".join([f"url={url}", *(f"enabled_events[]={name}" for name in names)]))


def set_up() -> None:
    endpoint()
    billing.save_portal_settings()
    billing.account.change("account", settings={"payments": {"statement_descriptor": "WAYPOST"}})


def test_a_new_account_lacks_the_endpoint_the_portal_and_the_name_on_statements():
    said, failed = examine()
    assert failed
    assert f"PROBLEM  webhook: No webhook endpoint leads here. Create one for {HOOK}" in said
    assert "PROBLEM  portal: The billing portal has no settings yet" in said
    assert "PROBLEM  account: No statement descriptor is set" in said
    assert "ok       payment methods: The payment page offers" in said


def test_an_account_that_is_set_up_has_no_problem():
    set_up()
    said, failed = examine()
    assert (failed, "PROBLEM" in said) == (False, False)
    assert said.endswith("Nothing is wrong.\n")
    assert "ok       account: Card statements show “WAYPOST”." in said


def test_an_endpoint_without_its_slash_is_named():
    endpoint(HOOK.rstrip("/"))
    said, _ = examine()
    assert "The endpoint lacks the slash at its end" in said


def test_events_that_are_not_subscribed_are_named():
    endpoint(names=[name for name in doctor.EVENTS if name != "charge.dispute.created"])
    said, _ = examine()
    assert "PROBLEM  webhook: The endpoint is not subscribed to charge.dispute.created." in said


def test_a_disabled_endpoint_is_a_problem():
    made = endpoint(names=["*"])
    post(f"webhook_endpoints/{made['id']}", "disabled=true")
    said, _ = examine()
    assert "PROBLEM  webhook: The endpoint is disabled" in said
    assert "not subscribed" not in said


def test_tax_needs_a_head_office_and_a_registration(settings):
    settings.STRIPE_AUTOMATIC_TAX = True
    assert "Stripe would refuse every sale" in examine()[0]
    post("tax/settings", "head_office[address][country]=US&head_office[address][state]=MD")
    assert "no registration says where it is collected" in examine()[0]
    post("tax/registrations", "country=US&country_options[us][state]=MD&active_from=now")
    assert "ok       tax: Tax is calculated, and collected in 1 registered places." in examine()[0]


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("sk_live_1", "PROBLEM  key: The key can do everything"),
        ("rk_live_1", "ok       key: The key is live: cards are charged."),
        ("rk_test_1", "ok       key: The key is for tests: nobody is charged."),
    ],
)
def test_it_says_what_the_key_may_do(settings, key, sentence):
    settings.PAYMENT_GATEWAY, settings.STRIPE_SECRET_KEY = "stripe", key
    settings.STRIPE_LIVEMODE = "live" in key
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # nobody answers there
    assert sentence in examine()[0]


@pytest.mark.parametrize("kind", ["401", "403", "429", "500", "cut-off", "refused"])
def test_a_gateway_that_fails_is_a_sentence_and_exit_code_1(kind):
    set_up()
    faults.inject(kind, "billing_portal")
    said, failed = examine()
    assert failed
    assert "PROBLEM  portal: This could not be looked at: " in said
    assert said.count("PROBLEM") == 1


def test_without_a_key_plans_cannot_be_bought(settings):
    settings.PAYMENT_GATEWAY = "off"
    said, failed = examine()
    assert failed
    assert said.count("PROBLEM") == 1


def test_every_event_that_is_asked_for_is_used_and_is_in_the_steps():
    steps = (Path(site_settings.BASE_DIR) / "docs" / "payments.md").read_text()
    assert [name for name in doctor.EVENTS if not name.startswith(events.USED_TYPES)] == []
    assert [name for name in doctor.EVENTS if f"`{name}`" not in steps] == []


def test_a_portal_where_the_contact_can_be_changed_is_a_problem():
    set_up()
    [found] = objects.list_all("billing_portal.configuration")
    found["features"]["customer_update"] = {"enabled": True, "allowed_updates": ["email", "tax_id"]}
    objects.save(found, features=found["features"])
    said, failed = examine()
    assert failed
    assert "PROBLEM  portal: Buyers can change name and email" in said
