"""What must hold at every write and every night:

    what the gateway would still charge = what the site gives = what its payer sees and can end

`differences` finds where it does not hold, `record` keeps them until they are gone. Constraints hold what a database
can (one open plan a listing), writing.py what follows from each state; this is the proof that nothing else is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clinics.models import Clinic
from listings.billing import gateway, late, statuses
from listings.billing.gateway_types import OpenSubscription
from listings.models import BillingAccount, BillingDifference, Listing, Order, PaymentEvent, Subscription

END_WITHIN = timedelta(minutes=20)  # a job and the sweep end a plan sooner
Kind = BillingDifference.Kind


@dataclass(frozen=True)
class Difference:
    kind: str
    gateway_id: str  # of what it is about
    sentence: str
    subscription: Subscription | None = None


def differences(against_gateway: bool) -> list[Difference]:
    """Where the sides do not agree. With `against_gateway` the gateway is asked too. Raises GatewayError."""
    theirs = {each.id: each for each in gateway.open_subscriptions()} if against_gateway else None
    found = [difference for row in _rows() for difference in _of_row(row)]
    found += [*_two_for_one(), *_given_for_nothing(), *_kept_for_nothing(), *_for_the_operator()]
    if theirs is not None:
        found += _against(theirs)
    return sorted(set(found), key=lambda each: (each.kind, each.gateway_id))


def _rows() -> QuerySet[Subscription]:
    rows = Subscription.objects.filter(order__livemode=settings.STRIPE_LIVEMODE)
    return rows.select_related("price__plan", "account", "order__buyer", "listing").order_by("pk")


# One subscription, by what is known here


def _of_row(row: Subscription) -> Iterator[Difference]:
    if row.is_comp:
        if not row.is_paid and row.end_done_at is None and row.comp_until and row.comp_until > timezone.now():
            yield _said(Kind.END_NOT_DONE, row, "shall end and has not ended")
        return
    if row.gateway_status and row.state_at_gateway is None:
        yield _said(Kind.UNKNOWN_STATUS, row, f"has a status that is unknown here, {row.gateway_status!r}")
    if row.dispute_status and row.dispute_status not in statuses.DISPUTES:
        yield _said(Kind.UNKNOWN_STATUS, row, f"has a dispute with an unknown status, {row.dispute_status!r}")
    if not row.is_open_at_gateway:
        if row.is_paid:
            yield _said(Kind.GIVEN_NOT_CHARGED, row, "has ended at the gateway, and is given")
        if row.end_done_at is None and (row.end_wanted_at is None or _is_overdue(row)):
            yield _said(Kind.END_NOT_DONE, row, "has ended at the gateway, and its payer was not told")
        return
    yield from _of_open_row(row)


def _of_open_row(row: Subscription) -> Iterator[Difference]:
    may_charge = row.next_charge_cents is not None or row.status == Subscription.Status.WAITING
    if may_charge and (row.account is None or not row.account.payers.filter(user__is_active=True).exists()):
        yield _said(Kind.NOBODY_CAN_END, row, "is paid by nobody who could see and end it")
    if row.end_wanted_at is not None:
        if _is_overdue(row):
            yield _said(Kind.END_NOT_DONE, row, f"shall end ({row.get_end_reason_display()}) and is still open")
        return
    if row.is_surplus:
        yield _said(Kind.TWO_FOR_ONE, row, "is the second one for its listing, and nobody ends it")
    is_given = row.is_paid and row.listings.live().filter(clinic__is_listed=True).exists()
    if row.next_charge_cents is not None and not is_given and row.status != Subscription.Status.WAITING:
        yield _said(Kind.CHARGED_NOT_GIVEN, row, f"would be charged {_dollars(row.next_charge_cents)} for nothing")
    if row.status == Subscription.Status.DISPUTED and not row.is_paused:
        yield _said(Kind.STATUS_DIFFERS, row, "is disputed, and its collection is not paused")
    if row.paused_for == "dispute" and row.status != Subscription.Status.DISPUTED:
        yield _said(Kind.STATUS_DIFFERS, row, "is paused for a dispute that is over")
    if wrong := _other_terms(row):
        yield _said(Kind.AMOUNT_DIFFERS, row, wrong)


def _is_overdue(row: Subscription) -> bool:
    return row.end_wanted_at is not None and row.end_wanted_at < timezone.now() - END_WITHIN


def _other_terms(row: Subscription) -> str:
    if row.gateway_unit_amount_cents is None or row.gateway_quantity is None:
        return ""
    theirs = row.gateway_unit_amount_cents * row.gateway_quantity, row.gateway_currency, row.gateway_interval
    ours = row.amount_cents, row.price.currency, row.price.interval
    if theirs == ours and row.gateway_quantity == row.quantity:
        return ""
    return (
        f"is charged {_dollars(theirs[0])} a {theirs[2]} ({row.gateway_quantity} times, {theirs[1]}), "
        f"but {_dollars(ours[0])} a {ours[2]} ({row.quantity} times, {ours[1]}) was agreed on"
    )


def _said(kind: str, row: Subscription, rest: str) -> Difference:
    return Difference(kind, row.gateway_id, f"{row.plan} for {row.listing} ({row.gateway_id}) {rest}.", row)


def _dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}"


# Between rows


def _two_for_one() -> Iterator[Difference]:
    """A listing that shows another plan than the one that is open for it."""
    for row in _rows().filter(is_open_at_gateway=True, is_surplus=False, end_wanted_at=None).exclude(status="waiting"):
        listing = row.listing
        if listing is None or listing.subscription_id == row.pk:
            continue
        if row.status not in (Subscription.Status.UNPAID, Subscription.Status.PAUSED):
            yield _said(Kind.TWO_FOR_ONE, row, f"is open, but its listing shows {listing.subscription or 'no plan'}")


def _given_for_nothing() -> Iterator[Difference]:
    """Clinics that may appear as sponsored although no plan pays for that."""
    now = timezone.now()
    for clinic in Clinic.objects.filter(sponsored_until__gt=now).select_related("listing__subscription"):
        listing: Listing | None = getattr(clinic, "listing", None)
        until = listing.subscription.paid_until if listing and listing.subscription and listing.is_live else None
        if until is None or until <= now:
            sentence = f"{clinic} may be shown as sponsored until {clinic.sponsored_until:%Y-%m-%d}, and no plan pays."
            yield Difference(Kind.GIVEN_NOT_CHARGED, f"clinic-{clinic.pk}", sentence)


def _kept_for_nothing() -> Iterator[Difference]:
    """Payments of a plan that had ended, or was to end, of which something was not refunded."""
    for payment in late.kept():
        row = payment.subscription
        sentence = f"{payment.charge_id} of {row} for {payment.listing_name} was paid after its end, and "
        sentence += f"{_dollars(payment.kept_cents())} of it is kept."
        yield Difference(Kind.KEPT_FOR_NOTHING, payment.charge_id, sentence, row)


def _for_the_operator() -> Iterator[Difference]:
    """What waits until somebody mends a key, a permission or a setting."""
    for event in PaymentEvent.objects.filter(applied_at=None, error__startswith="GatewayMisconfigured"):
        yield Difference(
            Kind.NEEDS_OPERATOR, event.pk, f"The payment message {event} cannot be applied: {event.error}"
        )
    for order in Order.objects.filter(status=Order.Status.OPEN).exclude(error_for_operator=""):
        sentence = f"Nobody can pay the order {order.pk} ({order}): {order.error_for_operator}"
        yield Difference(Kind.NEEDS_OPERATOR, f"order-{order.pk}", sentence)
    for account in BillingAccount.objects.unreachable():
        sentence = f"The state of {account} ({account.customer_id}) cannot be fetched: {account.sync_error}"
        yield Difference(Kind.NEEDS_OPERATOR, str(account.customer_id), sentence)


# Against the gateway


def _against(theirs: dict[str, OpenSubscription]) -> Iterator[Difference]:
    rows = {row.gateway_id: row for row in _rows().filter(Q(is_open_at_gateway=True) | Q(gateway_id__in=theirs))}
    for gateway_id, their in theirs.items():
        row = rows.get(gateway_id)
        if row is None:
            if Order.find(their.order_id) is not None:
                sentence = f"{gateway_id} of the order {their.order_id} is open at the gateway and unknown here."
                yield Difference(Kind.UNKNOWN_AT_SITE, gateway_id, sentence)
        elif wrong := _other_state(row, their):
            yield _said(Kind.STATUS_DIFFERS, row, wrong)
    for gateway_id in rows.keys() - theirs.keys():
        if not rows[gateway_id].is_comp:
            yield _said(Kind.STATUS_DIFFERS, rows[gateway_id], "is open here and has ended at the gateway")


def _other_state(row: Subscription, their: OpenSubscription) -> str:
    if not row.is_open_at_gateway:
        return f"has ended here and is {their.status} at the gateway"
    if row.gateway_status != their.status:
        return f"is {row.gateway_status or 'unknown'} here and {their.status} at the gateway"
    ours = (row.gateway_unit_amount_cents or 0) * (row.gateway_quantity or 0)
    if ours != their.amount_cents:
        return f"costs {_dollars(ours)} here and {_dollars(their.amount_cents)} at the gateway"
    if their.will_charge and row.next_charge_cents is None:
        return "would be charged at the gateway, and its payer reads that nothing more is"
    return ""


# What was found


@transaction.atomic
def record(found: list[Difference]) -> int:
    """Keep what was found, mark as resolved what is gone; returns how many there are now."""
    now = timezone.now()
    present = {(row.kind, row.gateway_id): row for row in BillingDifference.objects.filter(resolved_at=None)}
    for difference in {(each.kind, each.gateway_id): each for each in found}.values():
        row = present.pop((difference.kind, difference.gateway_id), None) or BillingDifference(
            kind=difference.kind, gateway_id=difference.gateway_id, subscription=difference.subscription, found_at=now
        )
        row.sentence, row.last_seen_at = difference.sentence[:1000], now
        row.save()
    BillingDifference.objects.filter(pk__in=[row.pk for row in present.values()]).update(resolved_at=now)
    return BillingDifference.objects.filter(resolved_at=None).count()


def prove() -> str:
    """A nightly job: compares the three sides, and keeps what differs. Raises GatewayError if it cannot ask."""
    if settings.PAYMENT_GATEWAY == "off":
        return "Plans are not sold here."
    return f"{record(differences(against_gateway=True))} differences"
