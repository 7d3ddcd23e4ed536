"""The gateway: webhook signatures, checkout sessions, timeouts and reconciliation."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from listings.billing import gateway
from listings.billing.gateway import client as client_module
from listings.billing.sweep import sweep
from listings.fake_stripe import billing, delivery, objects
from listings.models import BillingAccount, LedgerEntry, Order, PaymentEvent
from tests.listings.billing.payments import buy, order, pay, price_of, send
from tests.listings.factories import make_listing, make_owner

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "plan.created",
    "livemode": False,
    "data": {"object": {"object": "plan", "id": "plan_1", "customer": "cus_ours"}},
}


def post(body: bytes, signature: str):
    return Client().post(reverse("stripe_webhook"), body, "application/json", headers={"Stripe-Signature": signature})


# Webhook messages


@pytest.mark.django_db
def test_a_signed_event_is_stored_once_and_every_delivery_is_answered():
    BillingAccount.objects.for_buyer(make_owner(), livemode=False).store_customer("cus_ours")
    assert send(EVENT).status_code == send(EVENT).status_code == 200
    assert PaymentEvent.objects.get().payload == EVENT


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (EVENT, ""),
        (EVENT, "nonsense"),
        (EVENT, "t=abc,v1=def"),
        (EVENT, "t=1,v1="),
        (EVENT, lambda body: delivery.signature(body, at=int(time.time()) - 301)),
        (EVENT, lambda body: delivery.signature(body + b" ")),
        (EVENT, lambda body: delivery.signature(body).replace("v1=", "v0=")),
        (EVENT | {"livemode": True}, delivery.signature),
        (EVENT | {"livemode": None}, delivery.signature),
        (EVENT | {"id": 7}, delivery.signature),
        (EVENT | {"id": "evt_" + "x" * 300}, delivery.signature),
        (EVENT | {"id": "evt_\x00"}, delivery.signature),
        (EVENT | {"data": {"object": {"name": "a\x00b"}}}, delivery.signature),
        ({"object": "event"}, delivery.signature),
        ([], delivery.signature),
    ],
)
def test_a_message_without_a_valid_recent_signature_for_this_mode_is_refused(body, signature):
    text = json.dumps(body).encode()
    answer = post(text, signature(text) if callable(signature) else signature)
    assert answer.status_code == 400
    assert PaymentEvent.objects.count() == 0


@pytest.mark.django_db
def test_a_signed_message_that_is_not_json_is_refused():
    for body in (b"", b"{", b"\xff\xfe"):
        assert post(body, delivery.signature(body)).status_code == 400


@pytest.mark.django_db
def test_either_of_two_webhook_secrets_is_accepted(settings):
    body = json.dumps(EVENT).encode()
    signed = delivery.signature(body)
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", *settings.STRIPE_WEBHOOK_SECRETS]
    assert post(body, signed).status_code == 200
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert post(body, signed).status_code == 400


@pytest.mark.django_db
def test_the_webhook_answers_without_its_last_slash_too_and_a_backslash_is_no_nul(client):
    body = json.dumps(EVENT | {"data": {"object": {"name": "C:\\u0000"}}}).encode()
    headers = {"Stripe-Signature": delivery.signature(body)}
    address = reverse("stripe_webhook").removesuffix("/")
    assert client.post(address, body, "application/json", headers=headers).status_code == 200


@pytest.mark.django_db
def test_the_webhook_accepts_only_posts(client):
    assert client.get(reverse("stripe_webhook")).status_code == 405


# Payment pages


@pytest.mark.django_db
def test_the_amount_is_the_row_of_the_price_times_the_quantity():
    placed = order(slug="group", interval="year", quantity=3)
    session = objects.get("checkout.session", placed.session_id)
    assert session["amount_total"] == placed.amount_cents == 3 * 290000
    assert (session["mode"], session["client_reference_id"]) == ("subscription", str(placed.pk))


@pytest.mark.django_db
def test_the_same_order_gets_the_same_page_and_its_key_works_for_no_other_request():
    placed = order()
    again = gateway.start_session(placed, return_url="http://testserver/back/")
    assert again.id == placed.session_id
    with pytest.raises(gateway.GatewayMisconfigured):
        gateway.start_session(placed, return_url="http://testserver/elsewhere/")


@pytest.mark.django_db
def test_choosing_another_plan_closes_the_page_of_the_first(client):
    listing = make_listing()
    first = order(listing)
    client.force_login(listing.owners.get())
    client.post(reverse("listings:plan_choose", args=[listing.pk]), {"price": price_of(interval="year").pk})
    first.refresh_from_db()
    assert first.status == "expired"
    assert objects.get("checkout.session", first.session_id)["status"] == "expired"
    assert Order.objects.get(status="open").price == price_of(interval="year")


@pytest.mark.django_db
def test_choosing_another_plan_after_paying_the_first_buys_nothing_more(client):
    listing = make_listing()
    first = order(listing)
    pay(first)  # in another tab
    client.force_login(listing.owners.get())
    page = client.post(reverse("listings:plan_choose", args=[listing.pk]), {"price": price_of(interval="year").pk})
    assert "This listing already has a plan." in page.text
    assert Order.objects.get().status == "paid"


# When it does not answer

PATIENCE_SECONDS, DRIBBLE_SECONDS = 1.0, 0.2
DRIBBLES = round(20 * PATIENCE_SECONDS / DRIBBLE_SECONDS)


@pytest.fixture
def gateway_at(settings):
    """The real library and a real socket, at an address of this machine."""

    def point(port):
        settings.PAYMENT_GATEWAY = "stripe"
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{port}"

    return point


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def silent_port():
    """Connections are taken and never answered."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def dribbling_port():
    """Answers a byte now and then: no pause is as long as the timeout, and the whole answer is 20 times as long."""
    ends, wrote_all = threading.Event(), threading.Event()

    class Dribbling(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(DRIBBLES))
            self.end_headers()
            for _byte in range(DRIBBLES):
                if ends.wait(DRIBBLE_SECONDS):
                    return
                self.wfile.write(b" ")
            wrote_all.set()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Dribbling) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        assert not wrote_all.is_set(), "the client waited for the whole answer"
        ends.set()
        server.shutdown()


@pytest.fixture
def failing_port():
    """Every request is answered with the gateway's own failure."""

    class Failing(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"error": {"type": "api_error", "message": "Something went wrong."}}'
            self.send_response(500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["closed_port", "silent_port", "dribbling_port", "failing_port"])
def test_an_order_is_kept_when_the_gateway_does_not_answer_in_time(
    kind, request, client, gateway_at, settings, monkeypatch
):
    monkeypatch.setattr(client_module, "TIMEOUT_SECONDS", PATIENCE_SECONDS)
    listing = make_listing()
    client.force_login(listing.owners.get())
    gateway_at(request.getfixturevalue(kind))
    page = client.post(
        reverse("listings:plan_choose", args=[listing.pk]), {"price": price_of().pk}, follow=True
    ).content.decode()
    assert "your order is kept" in page
    assert "Try again" in page
    placed = Order.objects.get()
    assert placed.attempt == (2 if kind == "failing_port" else 1)  # an answer uses up the key, silence does not
    settings.PAYMENT_GATEWAY = "development"
    client.post(reverse("listings:order_retry", args=[placed.pk]))
    placed.refresh_from_db()
    assert (placed.error, bool(placed.session_url)) == ("", True)


@pytest.mark.django_db
def test_a_buyer_who_returns_while_the_gateway_is_down_reads_not_to_pay_twice(client, gateway_at, silent_port):
    """The page asks nobody: a job does, and the page loads itself again."""
    placed = order()
    pay(placed)
    client.force_login(placed.buyer)
    gateway_at(silent_port)
    began = time.monotonic()
    page = client.get(placed.get_absolute_url(), {"back": 1}).content.decode()
    assert time.monotonic() - began < 5
    assert "Do not pay twice" in page
    assert f'content="3;url={placed.get_absolute_url()}?back=2"' in page
    assert "http-equiv" not in client.get(placed.get_absolute_url(), {"back": 40}).content.decode()
    assert OrmQ.objects.count() == 1


@pytest.mark.django_db
def test_without_a_gateway_nothing_can_be_bought_and_the_page_says_so(client, settings):
    listing = make_listing()
    client.force_login(listing.owners.get())
    settings.PAYMENT_GATEWAY = "off"
    page = client.post(reverse("listings:plan_choose", args=[listing.pk]), {"price": price_of().pk}, follow=True)
    assert "cannot be bought here yet" in page.content.decode()
    assert sweep()["failed"] == 0


# Reconciliation


@pytest.mark.django_db
def test_the_ledger_equals_the_balance_of_the_gateway_and_any_difference_is_an_error(capsys):
    subscription = buy()
    call_command("reconcile_payments")
    assert "gateway 47.28, ledger 47.28" in capsys.readouterr().out
    billing.refund(billing.newest_charge(objects.get("subscription", subscription.gateway_id)), 1000)
    objects.make(
        "balance_transaction",
        amount=-2000,
        fee=0,
        net=-2000,
        currency="usd",
        type="payout",
        source=None,
        status="available",
    )
    with pytest.raises(CommandError, match="differs"):
        call_command("reconcile_payments")
    call_command("sweep_payments")
    call_command("reconcile_payments")
    assert set(LedgerEntry.objects.values_list("kind", flat=True)) == {"payment", "refund", "payout"}


@pytest.mark.django_db
def test_the_commands_fail_with_a_sentence_when_the_gateway_is_down(gateway_at, closed_port):
    order()
    gateway_at(closed_port)
    with pytest.raises(CommandError, match="did not answer"):
        call_command("reconcile_payments")
    with pytest.raises(CommandError, match="stay for the next sweep"):
        call_command("sweep_payments")
    with pytest.raises(CommandError, match="1 to 30"):
        call_command("sweep_payments", days=31)
