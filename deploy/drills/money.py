"""The money of `make soak`: owners buy plans, and the gateway renews, declines, refunds and disputes them.

Its events arrive as Stripe's do: some twice, out of order, and again after each refusal. At the end every amount of
the site's tables is compared with the gateway's, to the cent.
"""

import random
import re
import time
from collections import Counter
from urllib.parse import urlsplit

from deploy.drills.gateway import Event, Gateway
from deploy.drills.production import Production

BUYERS = 40
TWICE, LATE = 0.3, 0.2  # shares of the events
# How often what happens to a subscription. "age" lets 15 days pass, more than the grace period.
ACTIONS = {"renew": 8, "fail": 4, "retry": 4, "refund": 2, "dispute": 2, "win": 2, "lose": 1, "cancel": 1, "age": 1}
# In states that the readers of the drill do not ask for: who pays may be shown first.
MAKE_BUYERS = f"""
import json
import django; django.setup()
from allauth.account.models import EmailAddress
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.conf import settings
from clinics.models import Clinic
from listings.models import Listing, Membership, PlanPrice
price = PlanPrice.objects.get(plan__slug="featured", interval="month")
buyers = []
clinics = Clinic.objects.filter(is_listed=True, listing=None).exclude(state__in=("MA", "NY", "IL", "MD", "CA", "TX"))
for number, clinic in enumerate(clinics.order_by("pk")[:{BUYERS}]):
    user = User.objects.create_user(f"buyer{{number}}", email=f"buyer{{number}}@practice.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    listing = Listing.objects.create(clinic=clinic, practice_name=clinic.name)
    Membership.objects.create(listing=listing, user=user)
    listing.submit(); listing.start_review(); listing.publish()
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    buyers.append([listing.pk, session.session_key])
print(json.dumps([settings.SESSION_COOKIE_NAME, price.pk, buyers]))
"""


class Money:
    """`ask(what, request)` returns an answer of the site, or None if there was none (soak.py)."""

    def __init__(self, production: Production, gateway: Gateway, made: list, ask):
        self.production, self.gateway, self.ask = production, gateway, ask
        cookie, self.price, sessions = made
        self.buyers = [(listing, production.client("127.24.0.1")) for listing, _session in sessions]
        for (_listing, client), (_, session) in zip(self.buyers, sessions, strict=True):
            client.cookies[cookie] = session
        self.acknowledged: set[str] = set()
        self.deliveries = self.refusals = 0
        self.webhook = production.client("127.23.0.1")
        self.generator = random.Random(1)

    # The load, one step each

    def buy(self) -> None:
        """An owner orders, pays, and comes back or not. One who has a plan may end it, or keep it after all."""
        listing, client = self.generator.choice(self.buyers)
        path = f"/account/listings/{listing}/plan/"
        page = self.ask("form", lambda: client.get(path))
        if page is None or len(client.cookies) < 2:  # the first page brings the token of forms
            return
        answer = self.ask("order", lambda: client.post(path, {"price": self.price, "terms": 1}))
        if answer and answer.status == 302:
            self._pay(client, urlsplit(answer.headers["location"]).path)
        elif answer and self.generator.random() < 0.1:
            values = {"keep": self.generator.choice(("yes", "no"))}
            self.ask("change of a plan", lambda: client.post(f"/account/listings/{listing}/billing/cancel/", values))

    def _pay(self, client, order: str) -> None:
        page = self.ask("order", lambda: client.get(order))
        found = re.search(r'href="[^"]+/fake-stripe/pay/([^"/]+)/"', page.text) if page else None
        if found is None:  # the page could not be made while the database was away: the buyer asks again
            self.ask("order", lambda: client.post(f"{order}retry/", {}))
            return
        self.gateway.pay(found[1])
        if self.generator.random() < 0.5:  # else only the event says that it was paid
            self.ask("order", lambda: client.get(order))

    def happen(self) -> None:
        """Something happens to one subscription at the gateway."""
        if subscriptions := self.gateway.objects("subscription"):
            [choice] = self.generator.choices(list(ACTIONS), list(ACTIONS.values()))
            self.gateway.act(choice, subscription=self.generator.choice(subscriptions)["id"])

    def deliver(self) -> None:
        """The events that are not acknowledged yet, in any order; some are late, some arrive twice."""
        waiting = [event for event in self.gateway.events() if event.id not in self.acknowledged]
        self.generator.shuffle(waiting)
        for event in waiting:
            if self.generator.random() >= LATE:
                for _ in range(2 if self.generator.random() < TWICE else 1):
                    self._send(event)

    def _send(self, event: Event) -> None:
        headers = {"Stripe-Signature": event.signature(), "Content-Type": "application/json"}
        self.deliveries += 1
        answer = self.ask(
            "payment event", lambda: self.webhook.request("POST", "/webhooks/stripe/", event.body, headers)
        )
        if answer and answer.status == 200:
            self.acknowledged.add(event.id)
        else:
            self.refusals += 1

    # The end

    def settle(self, seconds: float = 120) -> str:
        """Deliver what is left, and let the site's sweep finish what killed jobs left undone. What the sweep did."""
        until = time.monotonic() + seconds
        while len(self.acknowledged) < len(self.gateway.events()) and time.monotonic() < until:
            self.deliver()
        done = self.production.manage("sweep_payments", role="jobs").strip()  # may end subscriptions there
        self.deliver_all()
        self.production.manage("sweep_payments", role="jobs")
        return done

    def deliver_all(self) -> None:
        for event in self.gateway.events():
            if event.id not in self.acknowledged:
                self._send(event)

    def differences(self) -> list[str]:
        """What is lost, twice or not equal, each in a line."""
        found = [*self._events(), *self._ledger(), *self._subscriptions(), *self._receipts()]
        try:
            self.production.manage("reconcile_payments", role="jobs")
        except RuntimeError as error:
            found.append(f"reconcile_payments: {error}")
        return found

    def _events(self):
        stored = dict(self.production.database.rows("SELECT id, applied_at FROM listings_paymentevent"))
        for event in self.gateway.events():
            if stored.get(event.id) is None:
                yield f"{event.type} {event.id}: {'not applied' if event.id in stored else 'lost'}"

    def _ledger(self):
        columns = "gateway_id, amount_cents, fee_cents, net_cents"
        ours = Counter(self.production.database.rows(f"SELECT {columns} FROM listings_ledgerentry"))
        moved = self.gateway.objects("balance_transaction")
        theirs = Counter((each["id"], each["amount"], each["fee"], each["net"]) for each in moved)
        yield from (f"the ledger lacks {row}" for row in theirs - ours)
        yield from (f"the ledger has {row}, the gateway not" for row in ours - theirs)

    def _subscriptions(self):
        query = """
            SELECT subscription.gateway_id, price.amount_cents * subscription.quantity, is_open_at_gateway,
                   ends_at_period_end, extract(epoch FROM period_end)::bigint, "order".status
            FROM listings_subscription subscription
            JOIN listings_planprice price ON price.id = subscription.price_id
            JOIN listings_order "order" ON "order".id = subscription.order_id
        """
        ours = Counter(self.production.database.rows(query))
        theirs = Counter(self._as_we_store(each) for each in self.gateway.objects("subscription"))
        yield from (f"the gateway has the subscription {row}" for row in theirs - ours)
        yield from (f"the site has the subscription {row}" for row in ours - theirs)

    @staticmethod
    def _as_we_store(subscription: dict) -> tuple:
        [item] = subscription["items"]["data"]
        amount, is_open = item["price"]["unit_amount"] * item["quantity"], subscription["status"] != "canceled"
        ends = bool(subscription["cancel_at_period_end"])
        return subscription["id"], amount, is_open, ends, item["current_period_end"], "paid"

    def _receipts(self):
        query = (
            "SELECT template, count(*) FROM core_outgoingemail WHERE template LIKE 'listings/re%%' GROUP BY template"
        )
        ours = dict(self.production.database.rows(query))
        for template, kind in {"listings/receipt": "charge", "listings/refund": "refund"}.items():
            if ours.get(template, 0) != (count := len(self.gateway.objects(kind))):
                yield f"{ours.get(template, 0)} mails {template}, but {count} at the gateway"

    def summary(self) -> str:
        moved, subscriptions = self.gateway.objects("balance_transaction"), self.gateway.objects("subscription")
        movements = ", ".join(f"{n} of {kind}" for kind, n in Counter(each["type"] for each in moved).most_common())
        cents = sum(each["net"] for each in moved)
        [[ledger]] = self.production.database.rows("SELECT coalesce(sum(net_cents), 0) FROM listings_ledgerentry")
        sent = f"sent {self.deliveries} times, {self.refusals} of those not accepted"
        return (
            f"{len(self.acknowledged)} events, {sent}\n"
            f"{len(subscriptions)} subscriptions, {len(moved)} movements of money: {movements}\n"
            f"net, in dollars: the gateway {cents / 100:,.2f}, the ledger {ledger / 100:,.2f}"
        )
