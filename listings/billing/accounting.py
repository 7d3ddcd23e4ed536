"""A month of the ledger as an accountant reads it: a line a movement, totals apart, equal to the gateway's balance.

`gross` is the movement itself, `tax` the part of it that is tax, `fee` what the gateway kept; net = gross - fee. Times
are those of the site's time zone: settings.TIME_ZONE.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from core.csv import write_csv
from listings.billing import foreign, gateway
from listings.models import LedgerEntry

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

COLUMNS = [
    *("date", "clinic", "customer", "description", "gross", "tax", "fee", "net", "currency"),
    *("invoice number", "charge", "movement"),
]
MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])\Z")


def month_of(text: str) -> date:
    """The first day of a month written as 2026-11. Raises ValueError with a sentence."""
    found = MONTH.match(text)
    if not found:
        raise ValueError("Write the month as year and month, such as 2026-11.")
    return date(int(found[1]), int(found[2]), 1)


def next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def bounds(first: date) -> tuple[datetime, datetime]:
    """From the beginning of a month until before that of the next."""
    return _midnight(first), _midnight(next_month(first))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def entries(first: date) -> QuerySet[LedgerEntry]:
    """The movements of a month, the oldest first."""
    start, end = bounds(first)
    found = LedgerEntry.objects.filter(livemode=settings.STRIPE_LIVEMODE, happened_at__gte=start, happened_at__lt=end)
    return found.select_related("subscription__account", "subscription__price__plan").order_by("happened_at", "pk")


@dataclass
class Totals:
    """In cents, of one currency."""

    payments: int = 0
    refunds: int = 0
    disputes: int = 0
    other: int = 0
    tax: int = 0
    fees: int = 0
    payouts: int = 0
    balance: int = 0  # by how much all of it changed the balance

    PARTS = {"payment": "payments", "refund": "refunds", "refund-failed": "refunds", "dispute": "disputes"}

    def add(self, entry: LedgerEntry) -> None:
        self.balance += entry.net_cents
        if entry.kind == LedgerEntry.Kind.PAYOUT:
            self.payouts += entry.net_cents
            return
        self.tax += entry.tax_cents
        self.fees += entry.fee_cents
        if entry.kind == LedgerEntry.Kind.FEE:
            self.fees -= entry.amount_cents  # money out is negative, a fee is not
            return
        part = self.PARTS.get(entry.kind, "other")
        setattr(self, part, getattr(self, part) + entry.amount_cents)

    @property
    def net(self) -> int:
        """What the month brought, before payouts to the bank."""
        return self.balance - self.payouts


def totals(found: Iterable[LedgerEntry]) -> dict[str, Totals]:
    """By currency."""
    sums: dict[str, Totals] = {}
    for entry in found:
        sums.setdefault(entry.currency, Totals()).add(entry)
    return dict(sorted(sums.items()))


def export(stream: "SupportsWrite[str]", first: date) -> dict[str, Totals]:
    """Write a month as CSV: the movements, an empty line, and the totals of each currency."""
    found = list(entries(first))
    write_csv(stream, COLUMNS, map(_row, found))
    sums = totals(found)
    stream.write("\r\n")
    write_csv(stream, ["total", "currency", "amount"], _total_rows(sums))
    return sums


def _row(entry: LedgerEntry) -> dict[str, str]:
    account = entry.subscription.account if entry.subscription else None
    return {
        "date": f"{timezone.localtime(entry.happened_at):%Y-%m-%d}",
        "clinic": entry.listing_name,
        "customer": (account and (account.name or account.email)) or entry.customer_id,
        "description": describe(entry),
        "gross": amount(entry.amount_cents),
        "tax": amount(entry.tax_cents),
        "fee": amount(entry.fee_cents),
        "net": amount(entry.net_cents),
        "currency": entry.currency,
        "invoice number": entry.invoice_number,
        "charge": entry.charge_id,
        "movement": entry.gateway_id,
    }


def describe(entry: LedgerEntry) -> str:
    """Payment: Featured, 2026-11-03 to 2026-12-03."""
    text = str(LedgerEntry.Kind(entry.kind).label).capitalize()
    if entry.subscription:
        text += f": {entry.subscription.plan.name}"
    if entry.period_start and entry.period_end:
        text += f", {_day(entry.period_start)} to {_day(entry.period_end)}"
    return text


def _day(moment: date | datetime) -> str:
    return f"{timezone.localtime(moment) if isinstance(moment, datetime) else moment:%Y-%m-%d}"


def amount(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


def _total_rows(sums: dict[str, Totals]) -> Iterator[dict[str, str]]:
    for currency, total in sums.items():
        for part in fields(total):
            if part.name != "balance":
                yield {"total": part.name, "currency": currency, "amount": amount(getattr(total, part.name))}
        yield {"total": "net", "currency": currency, "amount": amount(total.net)}
        yield {"total": "change of the balance", "currency": currency, "amount": amount(total.balance)}


def differences(first: date, sums: dict[str, Totals]) -> list[str]:
    """A sentence for each currency in which the month is not what the gateway's balance says. Raises GatewayError."""
    start, end = bounds(first)
    own, _ = foreign.split(each for each in gateway.movements_since(start) if each.happened_at < end)
    theirs: dict[str, int] = {}
    for movement in own:
        theirs[movement.currency] = theirs.get(movement.currency, 0) + movement.net_cents
    ours = {currency: total.balance for currency, total in sums.items()}
    return [
        f"{currency}: the gateway's balance changed by {amount(theirs.get(currency, 0))}, "
        f"the ledger says {amount(ours.get(currency, 0))}."
        for currency in sorted(theirs.keys() | ours.keys())
        if theirs.get(currency, 0) != ours.get(currency, 0)
    ]
