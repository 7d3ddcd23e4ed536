"""Another program's idea of Stripe judges listings/billing/gateway/: `make conformance`.

localstripe (GPL) runs as a process of its own, in an environment of its own, on the loopback interface. It knows no
Prices, Checkout or portal, so those are judged by Stripe's published shapes in tests/listings/fake_stripe/.
Not part of `make test`: installing it needs a package index.
"""

import json
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
import stripe
from django.conf import settings as site_settings

from listings.billing import gateway
from listings.billing.gateway.client import call, client
from listings.billing.gateway_types import GatewayMisconfigured, GatewayRefused
from listings.models import BillingAccount, ForeignEvent, LedgerEntry, PaymentEvent

pytestmark = pytest.mark.django_db(transaction=True)

PYTHON = Path(site_settings.VAR_DIR) / "conformance" / "localstripe" / "bin" / "python"
# Its own command listens on every interface and writes a file into /tmp.
LAUNCH = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda store: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""
SECRET = "whsec_of_the_judge"
PATIENCE_SECONDS = 30
GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000341"  # the latter can be kept, not charged


@pytest.fixture(scope="session")
def judge():
    """The address of a running localstripe."""
    assert PYTHON.exists(), "localstripe is not installed: run `make conformance`"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([str(PYTHON), "-c", LAUNCH, str(port)])
    try:
        eventually(lambda: answers(port), "localstripe did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(is_so, complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.1)


@pytest.fixture(autouse=True)
def judged_gateway(judge, settings):
    """Our module talks to the judge, by Stripe's own library and over a real socket."""
    settings.PAYMENT_GATEWAY, settings.STRIPE_SECRET_KEY = "stripe", "sk_test_judged"
    settings.STRIPE_API_BASE, settings.STRIPE_WEBHOOK_SECRETS = judge, [SECRET]
    request = urllib.request.Request(f"{judge}/_config/data", method="DELETE")
    urllib.request.urlopen(request).close()


def listen(judge: str, url: str, secret: str) -> None:
    body = json.dumps({"url": url, "secret": secret, "events": ["customer.created"]}).encode()
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{judge}/_config/webhooks/site", body, headers)).close()


def answer_of(judge: str, path: str) -> dict:
    """What the judge says itself, without our module."""
    request = urllib.request.Request(f"{judge}{path}", headers={"Authorization": "Bearer sk_test_judged"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def customer_with(card: str, **metadata: str) -> str:
    stripe_client = client()
    details = {"number": card, "exp_month": 12, "exp_year": 2099, "cvc": "123"}
    method = call(lambda: stripe_client.v1.payment_methods.create({"type": "card", "card": details}))
    values = {"email": "owner@practice.example", "metadata": metadata}
    customer = call(lambda: stripe_client.v1.customers.create(values))
    call(lambda: stripe_client.v1.payment_methods.attach(method.id, {"customer": customer.id}))
    default = {"invoice_settings": {"default_payment_method": method.id}}
    call(lambda: stripe_client.v1.customers.update(customer.id, default))
    return customer.id


def charge(customer: str, cents: int) -> stripe.Charge:
    details = {"amount": cents, "currency": "usd", "customer": customer}
    return call(lambda: client().v1.charges.create(details))


def record_everything() -> None:
    for movement in gateway.movements_since(None):
        LedgerEntry.record(movement, livemode=False)


def test_what_it_signed_is_accepted_and_stored(judge, live_server):
    listen(judge, f"{live_server.url}/webhooks/stripe/", SECRET)
    account = BillingAccount.objects.create()
    customer_with(GOOD_CARD, account=str(account.pk))
    eventually(PaymentEvent.objects.exists, "the signed message was not stored")
    stored = PaymentEvent.objects.latest("received_at")
    assert (stored.type, stored.payload["object"], stored.livemode) == ("customer.created", "event", False)


def test_of_a_customer_of_other_business_only_a_count_is_kept(judge, live_server):
    listen(judge, f"{live_server.url}/webhooks/stripe/", SECRET)
    customer_with(GOOD_CARD)
    eventually(ForeignEvent.objects.exists, "the message about other business was not counted")
    assert not PaymentEvent.objects.exists()


def test_a_message_signed_by_somebody_else_has_no_effect(judge, live_server):
    listen(judge, f"{live_server.url}/webhooks/stripe/", "whsec_of_somebody_else")
    customer_with(GOOD_CARD)
    time.sleep(3)  # nothing can be waited for: it must not come
    assert not PaymentEvent.objects.exists()
    assert not ForeignEvent.objects.exists()


def test_a_declined_card_is_a_refusal_with_its_code_and_costs_nothing(judge):
    customer = customer_with(DECLINED_CARD)
    with pytest.raises(GatewayRefused) as refusal:
        charge(customer, 4900)
    assert refusal.value.code == "card_declined"
    assert "declined" in str(refusal.value)
    record_everything()
    assert not LedgerEntry.objects.exists()
    assert [row["paid"] for row in answer_of(judge, "/v1/charges")["data"]] == [False]


def test_what_is_given_back_is_what_the_judge_gave_back_to_the_cent(judge):
    paid = charge(customer_with(GOOD_CARD), 4900)
    record_everything()
    payment = LedgerEntry.objects.get()
    assert (payment.kind, payment.amount_cents, payment.charge_id) == ("payment", 4900, paid.id)
    gateway.refund(payment, 1900)
    record_everything()
    assert answer_of(judge, f"/v1/charges/{paid.id}")["amount_refunded"] == 1900
    assert payment.refundable_cents() == 3000
    gateway.refund(payment, 3000)
    record_everything()
    record_everything()  # asked twice, written once
    assert answer_of(judge, f"/v1/charges/{paid.id}")["refunded"] is True
    assert sorted(LedgerEntry.objects.values_list("amount_cents", flat=True)) == [-3000, -1900, 4900]


def test_more_than_was_paid_is_never_asked_for(judge):
    paid = charge(customer_with(GOOD_CARD), 4900)
    record_everything()
    payment = LedgerEntry.objects.get()
    for cents in (4901, 0, -1):
        with pytest.raises(GatewayRefused):
            gateway.refund(payment, cents)
    assert answer_of(judge, f"/v1/charges/{paid.id}")["amount_refunded"] == 0


def test_a_refund_of_what_it_does_not_know_or_was_never_paid_is_a_refusal():
    stranger = LedgerEntry(charge_id="ch_nobody", kind="payment", amount_cents=4900, currency="usd")
    with pytest.raises(GatewayRefused):
        gateway.refund(stranger, 4900)


def test_a_key_that_is_none_is_ours_to_mend_and_is_not_repeated(settings):
    settings.STRIPE_SECRET_KEY = "no-key-at-all"
    with pytest.raises(GatewayMisconfigured) as refusal:
        gateway.customer_of("charge", "ch_nobody")
    assert "no-key-at-all" not in str(refusal.value)
