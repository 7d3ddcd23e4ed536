"""What payers are reminded of before money moves: a yearly charge, and a card that ends before the next charge.

The laws on automatic renewal ask for the first 30 to 45 days ahead, with price, day and the way to end it.
"""

from datetime import date, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from core import email
from core.clock import waits_for_the_clock
from listings.billing.amounts import amount_text
from listings.billing.bills import Bill
from listings.models import BillingAccount, Subscription

RENEWAL_NOTICE_DAYS = 45  # the job runs each day, so this is 45 days ahead, or later after an outage
CARD_NOTICE_DAYS = 30


def addresses_of(account: BillingAccount) -> list[str]:
    """The billing contact and every payer, each once."""
    payers = account.payers.filter(user__is_active=True).values_list("user__email", flat=True)
    found = {address.lower(): address for address in [account.email, *payers] if address}
    return list(found.values())


def _renewing() -> QuerySet[Subscription]:
    """Plans that charge again unless somebody ends them."""
    rows = Subscription.objects.filter(
        is_open_at_gateway=True, is_comp=False, is_paused=False, ends_at_period_end=False, end_wanted_at=None
    )
    return rows.exclude(account=None).exclude(next_charge_on=None).select_related("account", "listing", "price__plan")


@waits_for_the_clock
def remind_of_renewals() -> str:
    """A daily job: mails about yearly charges within RENEWAL_NOTICE_DAYS, once for each charge and person."""
    today = timezone.localdate()
    last = today + timedelta(days=RENEWAL_NOTICE_DAYS)
    due = _renewing().filter(next_charge_on__date__gt=today, next_charge_on__date__lte=last, next_charge_cents__gt=0)
    yearly = [subscription for subscription in due if Bill(subscription, is_payer=True).interval == "year"]
    for subscription in yearly:
        day, cents = timezone.localdate(subscription.next_charge_on), subscription.next_charge_cents or 0
        facts = {"amount": amount_text(cents, subscription.gateway_currency or "usd")}
        facts["by_invoice"] = "yes" if subscription.collection == "invoice" else ""
        _mail(subscription, "renewal", f"renewal-{subscription.pk}-{day}", day, facts)
    return f"{len(yearly)} yearly plans renew soon; their payers have a mail about it"


@waits_for_the_clock
def remind_of_cards() -> str:
    """A daily job: mails about cards that end before the next charge, once when they end and once before it."""
    today = timezone.localdate()
    soon = today + timedelta(days=CARD_NOTICE_DAYS)
    rows = _renewing().filter(collection="card", card_expires_on__lte=soon, next_charge_on__date__gt=today)
    count = 0
    for subscription in rows.filter(next_charge_on__date__gt=F("card_expires_on")):
        stage = "charge" if timezone.localdate(subscription.next_charge_on) <= soon else "end"
        key = f"card-{subscription.pk}-{subscription.card_expires_on}-{stage}"
        _mail(subscription, "card_ending", key, subscription.card_expires_on, {})
        count += 1
    return f"{count} cards end before the next payment; their payers have a mail about it"


def _mail(subscription: Subscription, template: str, key: str, day: date | None, facts: dict[str, str]) -> None:
    for address in addresses_of(subscription.account) if subscription.account else []:
        context = {"subscription": subscription.pk, "day": day.isoformat() if day else "", **facts}
        email.enqueue(f"{key}-{address}", f"listings/{template}", to=address, context=context)
