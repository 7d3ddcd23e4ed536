"""What is left of the gateway's messages after 90 days: ids, types and amounts, and nothing of a person."""

import re
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from core.clock import waits_for_the_clock
from listings.models import PaymentEvent

KEPT = timedelta(days=90)  # the gateway itself keeps its messages for 30
AT_ONCE = 500

# Everything else is forgotten, also what the gateway adds one day.
ID = re.compile(
    r"(acct|ba|bps|ch|cs|cus|dp|du|evt|ii|il|in|inpay|pi|pm|po|price|prod|promo|py|pyr|re|req|seti|si|sub|txn|txr)"
    r"(_test|_live)?_[A-Za-z0-9]{8,}\Z"
)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")  # our order's
WORD = re.compile(r"[a-z0-9_.]{1,60}\Z")
WORDS = {  # texts that are one of the gateway's own words
    *("api_version", "billing_reason", "collection_method", "currency", "duration", "interval", "mode", "object"),
    *("payment_status", "reason", "reporting_category", "status", "type"),
}
NUMBERS = re.compile(
    r"(amount|balance|created|fee|net|paid_at|percent_off|period|quantity|starting_balance|subtotal|tax|total|unit)"
)


def strip(payload: Any, key: str = "") -> Any:
    """`payload` with ids, types, amounts and times alone; None for what is forgotten, {} for an object of nothing."""
    if isinstance(payload, dict):
        parts = {name: strip(value, name) for name, value in payload.items()}
        return {name: value for name, value in parts.items() if value not in (None, {}, [])}
    if isinstance(payload, list):
        return [part for part in (strip(value, key) for value in payload) if part not in (None, {}, [])]
    if isinstance(payload, bool):
        return payload
    if isinstance(payload, int | float):
        return payload if NUMBERS.search(key) else None
    if isinstance(payload, str):
        is_kept = ID.match(payload) or UUID.match(payload) or (key in WORDS and WORD.match(payload))
        return payload if is_kept else None
    return None


def due() -> QuerySet[PaymentEvent]:
    return PaymentEvent.objects.filter(stripped_at=None, received_at__lt=timezone.now() - KEPT)


@waits_for_the_clock
def strip_events() -> str:
    """A daily job. What was not applied yet can still be: that needs ids alone."""
    return f"{_strip_each(due())} messages stripped"


def strip_customers(customer_ids: list[str]) -> int:
    """Now, whatever their age, the messages about these customers; returns how many."""
    unstripped = PaymentEvent.objects.filter(stripped_at=None)
    named = Q(payload__data__object__customer__in=customer_ids) | Q(payload__data__object__id__in=customer_ids)
    return _strip_each(unstripped.filter(named)) if customer_ids else 0


def _strip_each(events: QuerySet[PaymentEvent]) -> int:
    count = 0
    while rows := list(events.order_by("received_at")[:AT_ONCE]):
        now = timezone.now()
        for event in rows:
            event.payload = {"data": {"object": {}}} | strip(event.payload)
            event.stripped_at = now
        PaymentEvent.objects.bulk_update(rows, ["payload", "stripped_at"])
        count += len(rows)
    return count
