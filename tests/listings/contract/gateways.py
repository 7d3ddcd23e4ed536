"""One interface to the fake server and to Stripe's test mode: clients, customers, and time that passes."""

import json
import os
import time

import stripe
from django.conf import settings

from listings.fake_stripe import api
from tests.listings.contract.recorder import Recorder

KEY = os.environ.get("STRIPE_TEST_KEY", "")
EMBEDDED, STRIPE = "embedded", "stripe"
PATIENCE_SECONDS = 120
DAY_SECONDS = 86400
PLAN_CENTS = 4900


class InProcess(stripe.HTTPClient):
    """Hands requests to the fake server."""

    name = "in-process"

    def request(self, method, url, headers=None, post_data=None, **kwargs):
        status, body = api.answer(method, url, post_data or "", dict(headers or {}))
        return json.dumps(body), status, {}

    def close(self):
        pass


class Gateway:
    """The fake server or Stripe, with what the tests need of it."""

    def __init__(self, target: str):
        self.target = target
        is_stripe = target == STRIPE
        self.recorder = Recorder(stripe.RequestsClient(timeout=80) if is_stripe else InProcess())
        self.client = stripe.StripeClient(
            KEY if is_stripe else settings.STRIPE_SECRET_KEY,
            stripe_version=settings.STRIPE_API_VERSION,
            max_network_retries=0,
            http_client=self.recorder,
        )
        self.v1 = self.client.v1
        self.clocks: list[str] = []

    def close(self) -> None:
        """Stripe deletes with a clock all that belongs to it."""
        for clock in self.clocks:
            self.v1.test_helpers.test_clocks.delete(clock)

    # What is sold and who buys

    def price(self, cents: int = PLAN_CENTS, interval: str = "month") -> stripe.Price:
        product = self.v1.products.create({"name": "Contract plan"})
        terms = {"currency": "usd", "unit_amount": cents, "recurring": {"interval": interval}, "product": product.id}
        return self.v1.prices.create(terms)

    def customer(self, card: str | None = "pm_card_visa", **values) -> stripe.Customer:
        """A customer whose time stands still; with a card, if one is named."""
        clock = self.v1.test_helpers.test_clocks.create({"frozen_time": int(time.time())})
        self.clocks.append(clock.id)
        values |= {"email": "owner@practice.example", "test_clock": clock.id}
        if card:
            values |= {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        return self.v1.customers.create(values)

    def subscribe(self, customer=None, cents=PLAN_CENTS, interval="month", quantity=1, **values):
        customer = customer or self.customer()
        items = [{"price": self.price(cents, interval).id, "quantity": quantity}]
        return self.v1.subscriptions.create({"customer": customer.id, "items": items} | values)

    def replace_card(self, customer_id: str, card: str) -> None:
        method = self.v1.payment_methods.attach(card, {"customer": customer_id})
        self.v1.customers.update(customer_id, {"invoice_settings": {"default_payment_method": method.id}})

    # The present state

    def subscription(self, thing) -> stripe.Subscription:
        return self.v1.subscriptions.retrieve(thing.id)

    def invoice(self, subscription) -> stripe.Invoice:
        """The latest invoice of a subscription, with its payments."""
        latest = self.subscription(subscription).latest_invoice
        return self.v1.invoices.retrieve(latest, {"expand": ["payments"]})

    def item(self, subscription) -> stripe.SubscriptionItem:
        return self.subscription(subscription)["items"].data[0]

    def pay(self, cents: int = PLAN_CENTS, card: str = "pm_card_visa") -> stripe.PaymentIntent:
        """A payment of no customer."""
        methods = {"enabled": True, "allow_redirects": "never"}
        values = {"amount": cents, "currency": "usd", "payment_method": card, "confirm": True}
        return self.v1.payment_intents.create(values | {"automatic_payment_methods": methods})

    # Time

    def pass_time(self, customer_id: str, *, days: float = 0, hours: float = 0) -> None:
        """Advance the clock of a customer, and wait until all that was due has happened."""
        clock_id = self.v1.customers.retrieve(customer_id).test_clock
        frozen = self.v1.test_helpers.test_clocks.retrieve(clock_id).frozen_time
        moment = frozen + round(days * DAY_SECONDS + hours * 3600)
        self.v1.test_helpers.test_clocks.advance(clock_id, {"frozen_time": moment})
        self.eventually(lambda: self.v1.test_helpers.test_clocks.retrieve(clock_id).status == "ready")

    def eventually(self, find):
        """What `find` returns, as soon as it is something. The fake server does everything at once."""
        deadline = time.monotonic() + (PATIENCE_SECONDS if self.target == STRIPE else 0)
        while not (found := find()):
            assert time.monotonic() < deadline, "It did not happen."
            time.sleep(2)
        return found
