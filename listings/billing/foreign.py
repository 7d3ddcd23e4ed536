"""Other business of the same account: its messages are refused unread, its money stays out of our books.

Ours is what names one of our orders, customers, billing accounts or charges. Nothing is asked of the gateway to find
out: a message that names none of them is about somebody whom this site never met. Our own first messages of a purchase
name the billing account (the customer is made) and the order (the payment page is complete).
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from listings.billing.gateway_types import BalanceMovement
from listings.models import BillingAccount, ForeignEvent, LedgerEntry, Order, Subscription

# Messages


def refuse(event: dict[str, Any]) -> bool:
    """Whether an event is not ours. Then it is counted, by its type and day, and nothing of it may be stored."""
    if ours([event]):
        return False
    ForeignEvent.count_one(event["type"])
    return True


def ours(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of `events` that are about our customers and orders, in the same order; at most four queries."""
    named = [(event, _names(event["data"]["object"])) for event in events]
    customers = known_customers({name for _, names in named for name in names["customer"]})
    orders = _known_orders({name for _, names in named for name in names["order"]})
    charges = known_charges({name for _, names in named for name in names["charge"]})
    accounts = _known_accounts({name for _, names in named for name in names["account"]})
    return [
        event
        for event, names in named
        if names["customer"] & customers
        or names["order"] & orders
        or names["charge"] & charges
        or names["account"] & accounts
    ]


def _names(thing: dict[str, Any]) -> dict[str, set[str]]:
    """The ids of our kinds of things that an event's object names, wherever the gateway writes them."""
    names: dict[str, set[str]] = {"customer": set(), "order": set(), "charge": set(), "account": set()}
    kind = thing.get("object")
    parent = (thing.get("parent") or {}).get("subscription_details") or {}
    _add(names["customer"], thing.get("customer"), thing.get("id") if kind == "customer" else None)
    _add(names["charge"], thing.get("charge"), thing.get("id") if kind == "charge" else None)
    if kind == "customer":
        _add(names["account"], (thing.get("metadata") or {}).get("account"))
    for metadata in (thing.get("metadata"), parent.get("metadata")):
        _add(names["order"], (metadata or {}).get("order"))
    if kind == "checkout.session":
        _add(names["order"], thing.get("client_reference_id"))
    return names


def _add(found: set[str], *values: Any) -> None:
    for value in values:
        name = value.get("id") if isinstance(value, dict) else value
        if isinstance(name, str) and name and "\0" not in name:
            found.add(name)


def known_customers(ids: set[str]) -> set[str]:
    """Customers of our accounts, and former ones of our subscriptions."""
    if not ids:
        return set()
    accounts = BillingAccount.objects.filter(customer_id__in=ids).values_list("customer_id", flat=True)
    former = Subscription.objects.filter(customer_id__in=ids).values_list("customer_id", flat=True)
    return ids & {*accounts.union(former)}


def known_charges(ids: set[str]) -> set[str]:
    return set(LedgerEntry.objects.filter(charge_id__in=ids).values_list("charge_id", flat=True)) if ids else set()


def _known_accounts(ids: set[str]) -> set[str]:
    """Accounts whose customer the gateway made before we stored its id."""
    numbers = {int(name): name for name in ids if name.isascii() and name.isdecimal() and len(name) < 10}
    found = BillingAccount.objects.filter(pk__in=numbers, customer_id=None) if numbers else []
    return {numbers[account.pk] for account in found}


def _known_orders(ids: set[str]) -> set[str]:
    uuids = {}
    for name in ids:
        try:
            uuids[UUID(name)] = name
        except ValueError:  # another business's own reference
            continue
    found = Order.objects.filter(Q(pk__in=uuids)).values_list("pk", flat=True) if uuids else []
    return {uuids[pk] for pk in found}


# Money


def split(movements: Iterable[BalanceMovement]) -> tuple[list[BalanceMovement], list[BalanceMovement]]:
    """Our movements and the foreign ones, each in the order in which they came (the oldest first).

    What names neither charge nor customer (payouts, fees of the account) is ours too: nobody can say whose it was.
    """
    movements = list(movements)
    customers = known_customers({movement.customer_id for movement in movements} - {""})
    charges = known_charges({movement.charge_id for movement in movements} - {""})
    own, foreign = [], []
    for movement in movements:
        if _is_own(movement, customers, charges):
            charges.add(movement.charge_id)  # its refunds and disputes follow it
            own.append(movement)
        else:
            foreign.append(movement)
    return own, foreign


def _is_own(movement: BalanceMovement, customers: set[str], charges: set[str]) -> bool:
    if movement.customer_id in customers:
        return True
    if movement.charge_id:
        return movement.charge_id in charges
    return not movement.customer_id
