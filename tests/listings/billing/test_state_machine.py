"""Any sequence of what owners, operators, banks and the gateway can do: at rest the three sides agree.

What the gateway would still charge = what the site gives = what its payer sees and can end. And every mail is true
when it is sent. Events are lost, answers fail, workers die on the way; a rest is a sweep with the gateway up.
"""

import random
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from clinics.models import Clinic
from listings.billing import endings, gateway, invariant, sync
from listings.billing.gateway_types import GatewayError
from listings.billing.sweep import sweep
from listings.fake_stripe import billing, faults, objects
from listings.models import LedgerEntry, Listing, Membership, Order, PlanPrice, Subscription
from listings.models.order import NotForSale, OtherOrderOpen
from tests.depth import tries
from tests.factories import TOWSON, make_clinic
from tests.listings.billing import deaths
from tests.listings.billing.at_rest import ENDED, AtRest
from tests.listings.billing.payments import deliver_event, events, order, pay, price_of
from tests.listings.factories import make_listing, make_owner

RUNS = tries(suite=25, deep=2000)
STEPS = 10 if RUNS <= 25 else 25
FAILURES = ["500", "503", "429", "409", "401", "403", "400", "refused", "timeout", "cut-off"]
some = st.integers(0, 5)


class Money(AtRest, RuleBasedStateMachine):
    begins_at: datetime  # of every try, so that the same steps are the same again

    def __init__(self):
        super().__init__()
        self.clock = time_machine.travel(self.begins_at, tick=False)
        self.traveller = self.clock.start()
        self.block = transaction.atomic()
        self.block._from_testcase = True  # it stands for no transaction of ours
        self.block.__enter__()
        self.delivered = 0

    @initialize()
    def begin(self):
        note(f"# It begins at {self.begins_at.isoformat()}.")
        billing.save_portal_settings()
        owner = make_owner()
        self.listings = [make_listing(owner), make_listing(owner, make_clinic("Second", at=TOWSON))]
        self.partner = make_owner("partner")
        for listing in self.listings:
            Membership.objects.create(listing=listing, user=self.partner)
        self._buy(self.listing(0), "featured", "month", 1)
        sweep()

    def teardown(self):
        try:
            if hasattr(self, "partner"):
                self.rest()
        finally:
            self._roll_back()

    def _roll_back(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        self.clock.stop()

    # What there is

    def listing(self, number) -> Listing:
        return Listing.objects.get(pk=self.listings[number % len(self.listings)].pk)

    def at_gateway(self, number, *statuses) -> dict | None:
        found = [each for each in objects.list_all("subscription") if each["status"] not in ENDED]
        found = [each for each in found if not statuses or each["status"] in statuses]
        return found[number % len(found)] if found else None

    def here(self, number) -> Subscription | None:
        found = list(Subscription.objects.filter(is_comp=False).order_by("pk"))
        return found[number % len(found)] if found else None

    def ask(self, request) -> None:
        """A request of a page or an operator: what it raises is a sentence."""
        with suppress(GatewayError, ValueError):
            request()

    def happen(self, what) -> None:
        """Something happens at the gateway, which refuses what cannot be."""
        with suppress(objects.ApiError, ValueError):
            what()

    # Owners

    @rule(number=some, group=st.booleans(), year=st.booleans())
    def buy(self, number, group, year):
        listing = self.listing(number)
        interval = "year" if year else "month"
        self.ask(lambda: self._buy(listing, "group" if group else "featured", interval, 2 if group else 1))

    def _buy(self, listing, slug, interval, quantity):
        try:
            placed = order(listing, slug, interval, quantity)
        except OtherOrderOpen:
            return
        except NotForSale:
            unsettled = listing.subscriptions.open().exists() or listing.is_paid or not listing.is_live
            assert unsettled or listing.subscriptions.filter(status="disputed").exists()
            return
        self.happen(lambda: pay(placed))  # an old page of it may be closed there

    @rule(number=some)
    def order_and_leave(self, number):
        with suppress(OtherOrderOpen):
            self.ask(lambda: order(self.listing(number)))

    @rule(number=some)
    def buy_by_bank(self, number):
        """The money arrives days later, or never: see `bank_decides`."""
        with suppress(OtherOrderOpen):
            self.ask(lambda: self._pay_by_bank(order(self.listing(number))))

    def _pay_by_bank(self, placed):
        page = objects.get("checkout.session", placed.session_id)
        self.happen(lambda: billing.complete(page, method=billing.new_bank_account()))

    @rule(number=some, succeeds=st.booleans())
    def bank_decides(self, number, succeeds):
        found = [each for each in objects.list_all("charge") if each["status"] == "pending"]
        pages = [each for each in objects.list_all("checkout.session") if each.get("payment_status") == "unpaid"]
        pages = [each for each in pages if each["status"] == "complete"]
        if found and pages:
            self.happen(lambda: billing.settle_session(pages[number % len(pages)], succeeds=succeeds))

    @rule(number=some)
    def pay_an_old_page(self, number):
        """A page that we take for expired or withdrawn may still be paid."""
        placed = list(Order.objects.exclude(session_id=None).order_by("session_id"))
        if placed:
            Order.objects.filter(pk=placed[number % len(placed)].pk, status="open").update(status="expired")
            self.happen(lambda: pay(placed[number % len(placed)]))

    @rule(number=some)
    def come_back(self, number):
        for placed in Order.objects.filter(status="open").order_by("session_id"):
            self.ask(lambda placed=placed: sync.sync_order_of(str(placed.pk)))

    @rule(number=some, ends=st.booleans())
    def cancel_or_keep(self, number, ends):
        if plan := self.here(number):
            self.ask(lambda: gateway.set_ends_at_period_end(plan, ends))

    @rule(number=some)
    def cancel_in_the_portal(self, number):
        if found := self.at_gateway(number):
            self.happen(lambda: billing.end_at(found, "max_period_end"))

    @rule(number=some, year=st.booleans(), quantity=st.integers(1, 3), later=st.booleans())
    def change_plan(self, number, year, quantity, later):
        plan = self.here(number)
        if plan and plan.is_open_at_gateway and plan.status == "active":
            group = plan.plan.slug == "group"
            price = plan.price if later else price_of(plan.plan.slug, "year" if year else "month")
            when = "renewal" if later else "now"
            self.ask(lambda: gateway.change_plan(plan, price, quantity if group else 1, when))

    @rule(number=some)
    def cover_another(self, number):
        if (plan := self.here(number)) and plan.capacity > 1:
            self.ask(lambda: plan.cover(self.listing(number + 1)))

    @rule(number=some)
    def remove_the_payer(self, number):
        if (plan := self.here(number)) and plan.account:
            users = [payer.user for payer in plan.account.payers.all()]
            self.ask(lambda: plan.account.remove_payer(users[number % len(users)]) if users else None)

    @rule(number=some)
    def add_a_payer(self, number):
        if (plan := self.here(number)) and plan.account:
            plan.account.add_payer(self.partner)

    # The gateway and the banks

    @rule(number=some, succeeds=st.booleans())
    def renew_or_fail(self, number, succeeds):
        if found := self.at_gateway(number, "active", "past_due"):
            self.happen(lambda: billing.renew(found, succeeds=succeeds))

    @rule(number=some)
    def pay_later(self, number):
        if found := objects.list_all("invoice", status="open"):
            invoice = found[number % len(found)]
            if (billing.subscription_of(invoice) or {}).get("status") not in ENDED and invoice["auto_advance"]:
                self.happen(lambda: billing.pay(invoice))

    @rule(number=some, status=st.sampled_from(["void", "uncollectible"]))
    def close_an_invoice(self, number, status):
        if found := objects.list_all("invoice", status="open"):
            self.happen(lambda: billing.close_invoice(found[number % len(found)], status))

    @rule(number=some, share=st.sampled_from([0.3, 1.0]))
    def refund_there(self, number, share):
        charges = [each for each in objects.list_all("charge") if each["amount_refunded"] < each["amount"]]
        if charges:
            charge = charges[number % len(charges)]
            left = charge["amount"] - charge["amount_refunded"]
            self.happen(lambda: billing.refund(charge, max(1, round(left * share))))

    @rule(number=some, inquiry=st.booleans())
    def dispute(self, number, inquiry):
        if charges := [each for each in objects.list_all("charge") if not each["amount_refunded"]]:
            self.happen(lambda: billing.dispute(charges[number % len(charges)], inquiry=inquiry))

    @rule(number=some, to=st.sampled_from(["won", "lost", "escalate"]))
    def decide_a_dispute(self, number, to):
        if found := objects.list_all("dispute"):
            disputed = found[number % len(found)]
            decide = billing.escalate if to == "escalate" else lambda one: billing.close_dispute(one, to)
            self.happen(lambda: decide(disputed))

    @rule(number=some)
    def end_there(self, number):
        if found := self.at_gateway(number):
            self.happen(lambda: billing.cancel(found))

    # The operator

    @rule(number=some, share=st.sampled_from([0.3, 1.0]))
    def refund_here(self, number, share):
        payments = LedgerEntry.objects.filter(kind="payment").order_by("pk")
        payments = [each for each in payments if each.refundable_cents()]
        if payments:
            payment = payments[number % len(payments)]
            self.ask(lambda: gateway.refund(payment, max(1, round(payment.refundable_cents() * share))))

    @rule(number=some, refund=st.sampled_from(["none", "unused", "all"]))
    def end_here(self, number, refund):
        if plan := self.here(number):
            plan.want_end("operator", refund)

    @rule(number=some, refund=st.sampled_from(["none", "unused", "all"]), closes=st.booleans())
    def suspend_or_close(self, number, refund, closes):
        listing = self.listing(number)
        self.ask(lambda: listing.close(refund=refund) if closes else listing.suspend("The phone is dead.", refund))

    @rule(number=some)
    def reinstate_or_reopen(self, number):
        listing = self.listing(number)
        self.ask(listing.reinstate if listing.status == "suspended" else listing.reopen)

    @rule(number=some)
    def reject(self, number):
        """A listing of the time when drafts could buy."""
        listing = self.listing(number)
        if listing.is_live:
            Listing.objects.filter(pk=listing.pk).update(status="in-review")
            self.listing(number).send_back("Which entrance?")
            listing.refresh_from_db()
            Listing.objects.filter(pk=listing.pk).update(status="live")
            self.listing(number).sync_sponsored()

    @rule(number=some)
    def merge(self, number):
        listing = self.listing(number)
        if listing.clinic.merged_into is None and listing.is_live:
            listing.close()
            self.ask(lambda: Clinic.objects.get(pk=listing.clinic_id).merge_into(make_clinic("The other", at=TOWSON)))

    @rule(number=some)
    def pause_or_resume(self, number):
        plan = self.here(number)
        if plan and plan.is_open_at_gateway and plan.paused_for != "dispute":
            self.ask(lambda: gateway.resume(plan) if plan.is_paused else gateway.pause(plan, "operator"))

    @rule(number=some)
    def announce_a_price(self, number):
        plan = self.here(number)
        if plan and plan.is_open_at_gateway and plan.next_price is None:
            day = timezone.localdate() + timedelta(days=1)
            price, _new = PlanPrice.objects.get_or_create(
                plan=plan.plan, interval=plan.price.interval, starts_on=day, defaults={"amount_cents": 7700}
            )
            self.ask(lambda: plan.announce_price(price))

    @rule(number=some)
    def give_a_plan(self, number):
        listing = self.listing(number)
        if listing.is_live and not listing.subscriptions.open().exists() and not listing.is_paid:
            until = timezone.now() + timedelta(days=40)
            Subscription.objects.give(listing, price_of(), until, livemode=False)

    # Time, faults and deaths

    @rule(days=st.sampled_from([1, 6, 15, 33]))
    def days_pass(self, days):
        """The gateway renews by itself what is due."""
        self.traveller.shift(timedelta(days=days))
        for each in objects.list_all("subscription"):
            for _period in range(3):
                found = objects.get("subscription", each["id"])
                due = found["items"]["data"][0]["current_period_end"] <= timezone.now().timestamp()
                if due and found["status"] in ("active", "past_due"):
                    self.happen(lambda found=found: billing.renew(found, succeeds=found["status"] == "active"))

    @rule(kind=st.sampled_from(FAILURES), count=st.integers(1, 6), path=st.sampled_from(["", "refunds", "subscr"]))
    def the_gateway_fails(self, kind, count, path):
        faults.inject(kind, path, count=count)

    @rule(share=st.sampled_from([0.0, 0.5, 1.0]), seed=st.integers(0, 99))
    def events_arrive(self, share, seed):
        """In any order; the others are lost."""
        new = events()[self.delivered :]
        self.delivered += len(new)
        chance = random.Random(seed)
        chance.shuffle(new)
        for event in new[: round(len(new) * share)][:4]:
            deliver_event(event)

    @precondition(lambda self: Subscription.objects.exists())
    @rule(number=some, statements=st.integers(0, 70), ends=st.booleans())
    def a_worker_dies(self, number, statements, ends):
        with suppress(deaths.Crash), connection.execute_wrapper(deaths.after(statements)):
            if ends:
                endings.finish_endings()
            else:
                self.ask(lambda: sync.sync_customer(Subscription.objects.order_by("pk").last().customer_id))

    # Rest

    @rule()
    def rest(self):
        faults.clear()
        for _again in range(2):
            counts = sweep(timezone.now() - timedelta(days=30))
            assert counts["failed"] == 0, counts
        found = invariant.differences(against_gateway=True)
        assert found == []
        assert not Subscription.objects.ending().exists()
        self.three_sides()
        self.nothing_is_kept_for_nothing()
        self.mails_are_true()


@pytest.mark.django_db
def test_at_rest_the_gateway_the_site_and_the_payer_agree_whatever_has_happened():
    Money.begins_at = timezone.now()
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # to make a failure shorter would take minutes; its steps can be read as they are
            suppress_health_check=list(HealthCheck),
        ),
    )
