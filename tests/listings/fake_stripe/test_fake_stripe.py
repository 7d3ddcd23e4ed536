"""The fake Stripe server: its objects match the published examples of Stripe's, its pages do what they say."""

import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from listings.billing.sweep import sweep
from listings.checks import payments_are_real
from listings.fake_stripe import api, billing, encoding, objects
from listings.fake_stripe.models import GatewayObject
from listings.models import LedgerEntry, Subscription
from tests.listings.billing.payments import buy, deliver_all_events, events, gateway_subscription, order

KEY = {"Authorization": "Bearer sk_test_development"}
# Fields that only some objects have: when expanded, or of one kind of payment.
SOMETIMES = {
    "charge": {"refunds", "presentment_details"},
    "checkout.session": {"presentment_details"},
    "invoice": {"payments"},
    "payment_intent": {"presentment_details"},
    "payment_method": {"card", "us_bank_account"},
}


@pytest.fixture(scope="module")
def published(shared_data):
    return json.loads((shared_data / "stripe" / "fixtures3.json").read_text())["resources"]


def create_every_kind() -> None:
    """An object of each kind."""
    call("POST", "coupons", "id=half&percent_off=50&duration=once")
    call("POST", "promotion_codes", "promotion[type]=coupon&promotion[coupon]=half")
    call("POST", "test_helpers/test_clocks", "frozen_time=1700000000")
    call("POST", "webhook_endpoints", "url=https://site.example/webhooks/stripe/&enabled_events[]=*")
    call("POST", "tax/settings", "head_office[address][country]=US&head_office[address][state]=MD")
    call("POST", "tax/registrations", "country=US&country_options[us][state]=MD&active_from=now")
    billing.account.change("account", email="staff@site.example")
    billing.account.change_methods({"us_bank_account": {"display_preference": {"preference": "on"}}})
    subscription = buy()
    customer = subscription.customer_id
    call("POST", f"customers/{customer}", "address[country]=US&address[state]=MD")
    call("POST", f"customers/{customer}/balance_transactions", "amount=-100&currency=usd")
    call("POST", f"customers/{customer}/tax_ids", "type=us_ein&value=12-3456789")
    changes = "automatic_tax[enabled]=true&discounts[0][coupon]=half"
    assert call("POST", f"subscriptions/{subscription.gateway_id}", changes)[0] == 200
    call("POST", "invoiceitems", f"customer={customer}&amount=100&currency=usd")
    billing.save_portal_settings()
    checkout_portal = api.answer("POST", "/v1/billing_portal/sessions", f"customer={subscription.customer_id}", KEY)
    assert checkout_portal[0] == 200
    thing = gateway_subscription(subscription)
    billing.renew(thing)
    billing.refund(billing.newest_charge(thing), 100)
    billing.dispute(billing.newest_charge(thing))
    billing.renew(thing, succeeds=False)
    billing.cancel(thing)


@pytest.mark.django_db
def test_every_object_has_exactly_the_fields_of_the_published_example(published):
    create_every_kind()
    seen = {}
    for row in GatewayObject.objects.exclude(kind__in=["idempotency", "control"]):
        shown = api.render(row.data)
        sometimes = SOMETIMES.get(row.kind, set())
        assert shown.keys() - sometimes == published[row.kind].keys() - sometimes, row.kind
        seen.setdefault(row.kind, []).append(shown)
    assert seen.keys() >= {
        "product", "price", "customer", "payment_method", "checkout.session", "subscription", "invoice",
        "invoice_payment", "payment_intent", "charge", "refund", "dispute", "balance_transaction", "event",
        "billing_portal.session", "billing_portal.configuration", "coupon", "promotion_code", "discount", "account",
        "test_helpers.test_clock", "webhook_endpoint", "tax.settings", "tax.registration", "tax_rate", "tax_id",
        "customer_balance_transaction", "payment_method_configuration", "invoiceitem",
    }  # fmt: skip
    wrong = [
        f"{kind}.{name}: {value!r}"
        for kind, things in seen.items()
        for thing in things
        for name, value in thing.items()
        if value is not None and published[kind].get(name) is not None and not _same_type(value, published[kind][name])
    ]
    assert sorted(set(wrong)) == []


def _same_type(ours, theirs) -> bool:
    if isinstance(theirs, dict) and isinstance(theirs.get("object"), str):
        return isinstance(ours, dict) and ours.get("object") == theirs["object"]
    return type(ours) is type(theirs) or {type(ours), type(theirs)} == {int, float}


def call(method, path, body="", **headers):
    return api.answer(method, f"/v1/{path}", body, KEY | headers)


@pytest.mark.django_db
def test_form_fields_nest_as_in_requests_to_stripe():
    pairs = [("a[b][0][c]", "1"), ("a[b][1][c]", "2"), ("expand[]", "x"), ("expand[]", "y"), ("flag", "true")]
    assert encoding.nested(pairs) == {"a": {"b": [{"c": "1"}, {"c": "2"}]}, "expand": ["x", "y"], "flag": True}


@pytest.mark.django_db
def test_errors_have_the_words_of_stripe():
    assert api.answer("GET", "/v1/balance", "", {})[0] == 401
    status, body = call("GET", "customers/cus_none")
    assert (status, body["error"]["code"]) == (404, "resource_missing")
    assert call("POST", "no/such/thing")[0] == 404
    assert call("POST", "charges", "currency=usd")[0] == 400


@pytest.mark.django_db
def test_a_repeated_idempotency_key_returns_the_first_response_and_refuses_another_request():
    key = {"Idempotency-Key": "k1"}
    first = call("POST", "customers", "email=a@b.example", **key)
    assert call("POST", "customers", "email=a@b.example", **key) == first
    status, body = call("POST", "customers", "email=c@d.example", **key)
    assert (status, body["error"]["type"]) == (400, "idempotency_error")
    assert len(objects.list_all("customer")) == 1


@pytest.mark.django_db
def test_lists_continue_after_the_last_object_of_a_page():
    for number in range(5):
        objects.make("customer", email=f"{number}@practice.example")
    status, first = call("GET", "customers?limit=3")
    assert (status, len(first["data"]), first["has_more"]) == (200, 3, True)
    rest = call("GET", f"customers?limit=3&starting_after={first['data'][-1]['id']}")[1]
    assert (len(rest["data"]), rest["has_more"]) == (2, False)


@pytest.mark.django_db
def test_refunds_are_limited_to_what_was_paid():
    charge = billing.charge(1000, "usd")
    assert call("POST", "refunds", f"charge={charge['id']}&amount=1001")[0] == 400
    assert call("POST", "refunds", f"charge={charge['id']}&amount=400")[0] == 200
    assert call("POST", "refunds", f"charge={charge['id']}")[1]["amount"] == 600
    assert call("POST", "refunds", f"charge={charge['id']}")[1]["error"]["code"] == "charge_already_refunded"


@pytest.mark.django_db
def test_a_declined_card_leaves_the_invoice_open_and_emits_an_event():
    customer = call("POST", "customers", "email=a@b.example")[1]["id"]
    call("POST", "payment_methods/pm_card_chargeCustomerFail/attach", f"customer={customer}")
    call("POST", "invoiceitems", f"customer={customer}&amount=2000&currency=usd")
    invoice = call("POST", "invoices", f"customer={customer}")[1]["id"]
    _, body = call("POST", f"invoices/{invoice}/pay")
    assert body["error"]["code"] == "card_declined"
    assert objects.get("invoice", invoice)["status"] == "open"
    assert events()[-1]["type"] == "invoice.payment_failed"


# The pages


def page_of(placed) -> str:
    return reverse("fake_stripe:pay", args=[placed.session_id])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("choices", "status"),
    [
        (["pay"], "complete"),
        (["prove", "proved"], "complete"),
        (["prove", "not-proved"], "open"),
        (["decline"], "open"),
        (["decline", "pay"], "complete"),
        (["abandon"], "open"),
        (["pay", "pay"], "complete"),
    ],
)
def test_the_pay_page_pays_declines_asks_for_3d_secure_or_is_left(client, choices, status):
    placed = order()
    for choice in choices:
        answer = client.post(page_of(placed), {"choice": choice})
    assert objects.get("checkout.session", placed.session_id)["status"] == status
    assert len(objects.list_all("charge")) == (status == "complete")
    if status == "complete" or choices == ["abandon"]:
        assert answer.status_code in (200, 302)
    if "declined" in choices[-1:]:
        assert b"The card was declined" in answer.content


@pytest.mark.django_db
def test_every_page_says_test_mode(client):
    subscription = buy()
    billing.save_portal_settings()
    portal = call("POST", "billing_portal/sessions", f"customer={subscription.customer_id}")[1]["id"]
    placed = subscription.order
    for address in (page_of(placed), reverse("fake_stripe:control"), reverse("fake_stripe:portal", args=[portal])):
        page = client.get(address).content.decode()
        assert page.count("TEST MODE") >= 2
        assert "style=" not in page


@pytest.mark.django_db
def test_the_portal_ends_only_plans_of_its_customer(client):
    subscription = buy()
    billing.save_portal_settings()
    portal = call("POST", "billing_portal/sessions", f"customer={subscription.customer_id}")[1]["id"]
    address = reverse("fake_stripe:portal", args=[portal])
    client.post(address, {"choice": "cancel", "subscription": subscription.gateway_id})
    ending = gateway_subscription(subscription)
    assert (ending["cancel_at_period_end"], ending["cancel_at"] is not None) == (False, True)
    objects.save(gateway_subscription(subscription), customer="cus_other")
    assert client.post(address, {"choice": "keep", "subscription": subscription.gateway_id}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("choices", "status", "movements"),
    [
        (["renew"], "active", 2),
        (["fail"], "past-due", 1),
        (["fail", "retry"], "active", 2),
        (["fail", "age"], "past-due", 1),
        (["cancel"], "cancelled", 1),
        (["refund"], "refunded", 2),
        (["dispute"], "disputed", 2),
        (["dispute", "win"], "active", 3),
        (["dispute", "lose"], "cancelled", 2),
        (["win"], "active", 1),
    ],
)
def test_the_control_page_triggers_renewals_refunds_and_disputes(client, choices, status, movements):
    subscription = buy()
    for choice in choices:
        client.post(reverse("fake_stripe:control"), {"choice": choice, "subscription": subscription.gateway_id})
    deliver_all_events()
    sweep()
    assert Subscription.objects.get().status == status
    assert LedgerEntry.objects.count() == movements
    call_command("reconcile_payments")
    assert client.get(reverse("fake_stripe:control")).status_code == 200


@pytest.mark.django_db
def test_the_api_is_reachable_over_http_too():
    answer = Client().post(
        "/fake-stripe/v1/customers",
        "email=a%40b.example",
        "application/x-www-form-urlencoded",
        headers={"Authorization": "Bearer sk_test_development"},
    )
    assert answer.json()["email"] == "a@b.example"
    assert Client().get("/fake-stripe/v1/balance").status_code == 401
    assert [event["type"] for event in events()] == ["customer.created"]


# Where it may run


@pytest.mark.parametrize(
    ("gateway", "own_database", "debug", "secrets", "expected"),
    [
        ("development", False, False, ["whsec"], []),
        ("development", True, True, ["whsec"], []),
        ("development", True, False, ["whsec"], ["listings.E001"]),
        ("stripe", True, False, [], ["listings.E002"]),
        ("stripe", True, False, ["whsec"], []),
        ("off", True, False, [], ["listings.I001"]),
    ],
)
def test_a_deployment_never_takes_invented_money(settings, gateway, own_database, debug, secrets, expected):
    settings.PAYMENT_GATEWAY, settings.HAS_OWN_DATABASE, settings.DEBUG = gateway, own_database, debug
    settings.STRIPE_WEBHOOK_SECRETS = secrets
    assert [message.id for message in payments_are_real()] == expected
