"""What holds when everything has arrived, by the gateway's own rows: for the machine of test_state_machine.py."""

from django.utils import timezone

from core.email import NotWanted
from core.models import OutgoingEmail
from listings.emails.compose import compose
from listings.fake_stripe import billing, objects
from listings.models import LedgerEntry, Listing, Subscription

ENDED = ("canceled", "incomplete_expired")


def would_charge(subscription: dict) -> bool:
    """Asked of the gateway's own rows, not of our code."""
    invoices = objects.list_all("invoice", customer=subscription["customer"], status="open")
    own = [each for each in invoices if (billing.subscription_of(each) or {}).get("id") == subscription["id"]]
    if any(each["auto_advance"] and each["amount_remaining"] for each in own):
        return True
    ends = subscription["cancel_at_period_end"] or subscription["cancel_at"]
    return subscription["status"] in ("active", "past_due") and not ends and not subscription["pause_collection"]


def charges_of(invoice: dict) -> list[dict]:
    payments = objects.list_all("invoice_payment", invoice=invoice["id"])
    intents = [objects.find("payment_intent", each["payment"]["payment_intent"]) for each in payments]
    return [objects.get("charge", each["latest_charge"]) for each in intents if each and each["latest_charge"]]


def moved_at(charge: dict) -> float:
    moved = objects.find("balance_transaction", charge["balance_transaction"])
    return moved["created"] if moved else 0


class AtRest:
    def three_sides(self):
        """The same, without the module that says so."""
        for each in objects.list_all("subscription"):
            row = Subscription.objects.filter(gateway_id=each["id"]).first()
            assert row is not None, each["id"]
            if each["status"] == "incomplete":  # its first payment is under way; the plan begins when that arrives
                assert (row.status, row.is_paid) == ("waiting", False)
                assert row.account.payers.exists()
            elif would_charge(each):
                assert row.is_paid, (row, each["status"])
                assert row.listings.live().exists()
                assert row.account.payers.exists()
                assert row.next_charge_cents is not None
            elif each["status"] not in ENDED:
                assert row.next_charge_cents is None, (row, each["status"])
        for listing in Listing.objects.all():
            if listing.is_paid and not listing.subscription.is_comp:
                assert objects.get("subscription", listing.subscription.gateway_id)["status"] not in ENDED
            assert listing.subscriptions.open().count() <= 1

    def nothing_is_kept_for_nothing(self):
        """What was charged later than the end of its plan, or than somebody wanted it, went back to the payer."""
        disputed = {each["charge"] for each in objects.list_all("dispute")}
        for invoice in objects.list_all("invoice"):
            subscription = billing.subscription_of(invoice)
            row = Subscription.objects.filter(gateway_id=subscription["id"]).first() if subscription else None
            if row is None or subscription["status"] not in ENDED:
                continue
            moments = [subscription["ended_at"], row.end_wanted_at.timestamp() if row.end_wanted_at else None]
            end = min(filter(None, moments), default=None)
            for charge in charges_of(invoice):
                is_late = subscription["status"] == "incomplete_expired" or (end and moved_at(charge) > end)
                if charge["paid"] and is_late and charge["id"] not in disputed:
                    assert charge["amount_refunded"] == charge["amount"], (row, charge["id"])

    def mails_are_true(self):
        for mail in OutgoingEmail.objects.filter(sent_at=None, template__startswith="listings/"):
            try:
                message = compose(mail)
            except NotWanted:
                mail.delete()
                continue
            check = getattr(self, f"is_true_{mail.template.removeprefix('listings/')}", None)
            if check:
                check(mail, Subscription.objects.get(pk=mail.context["subscription"]), message.body)
            OutgoingEmail.objects.filter(pk=mail.pk).update(sent_at=timezone.now())

    def is_true_plan_ended(self, mail, plan, text):
        assert "nothing more is charged" in text
        if not plan.is_comp:
            there = objects.get("subscription", plan.gateway_id)
            assert there["status"] in ENDED
            assert not would_charge(there)
            charges = plan.entries.filter(kind="payment").values_list("charge_id", flat=True)
            refunded = sum(objects.get("charge", each)["amount_refunded"] for each in charges)
            assert refunded >= mail.context["refunded_cents"]

    def is_true_plan_cancelled(self, mail, plan, text):
        assert "Nothing more is charged" in text
        assert not would_charge(objects.get("subscription", plan.gateway_id))

    def is_true_payment_failing(self, mail, plan, text):
        assert objects.get("subscription", plan.gateway_id)["status"] in ("past_due", "unpaid")
        assert plan.is_paid

    def is_true_receipt(self, mail, plan, text):
        entry = LedgerEntry.objects.get(pk=mail.context["entry"])
        charge = objects.get("charge", entry.charge_id)
        assert f"{charge['amount'] / 100:,.2f}" in text
        invoice = objects.get("invoice", entry.invoice_id)
        assert billing.subscription_of(invoice)["id"] == plan.gateway_id
        assert entry.listing_name in text

    def is_true_refund(self, mail, plan, text):
        entry = LedgerEntry.objects.get(pk=mail.context["entry"])
        amounts = [each["amount"] for each in objects.list_all("refund", charge=entry.charge_id)]
        assert -entry.amount_cents in amounts
