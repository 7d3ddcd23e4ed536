"""What staff do to a plan beside ending it: another payer, a receipt once more, a plan for a partner. No gateway."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from core import email
from core.clock import waits_for_the_clock
from listings.models import BillingAccount, LedgerEntry, Listing, PlanPrice, Subscription


@transaction.atomic
def move_to_payer(account: BillingAccount, user: User, *, keeps_others: bool) -> None:
    """Let `user` see and end what this account pays, and get its mail; unless `keeps_others`, instead of the others.

    The account keeps its customer, card and receipts at the gateway: the new payer changes the card there.
    """
    account.add_payer(user)
    if not keeps_others:
        for payer in account.payers.exclude(user=user).select_related("user"):
            account.remove_payer(payer.user)
    account.email = user.email
    account.save(update_fields=["email"])


def user_with(address: str) -> User:
    """Raises ValueError with a sentence unless exactly one account has this address."""
    found = list(User.objects.filter(email__iexact=address.strip(), is_active=True)[:2])
    if len(found) != 1:
        raise ValueError(f"{'Several accounts have' if found else 'No account has'} the address {address}.")
    return found[0]


def listing_named(text: str) -> Listing:
    """A listing by its number or a part of its name. Raises ValueError with a sentence unless it is exactly one."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 19:
        found = list(Listing.objects.filter(pk=int(text)))
    else:
        named = Listing.objects.filter(practice_name__icontains=text) | Listing.objects.filter(
            clinic__name__icontains=text
        )
        found = list(named.select_related("clinic").distinct()[:6]) if text else []
    if not found:
        raise ValueError(f"No listing is called {text!r}.")
    if len(found) > 1:
        names = ", ".join(f"{each} (number {each.pk})" for each in found[:5])
        raise ValueError(f"Several listings fit: {names}. Write the number.")
    return found[0]


def resend_receipt(subscription: Subscription, entry: LedgerEntry) -> str:
    """Mail a receipt once more, at most one a minute; returns to whom."""
    template = "refund" if entry.kind == LedgerEntry.Kind.REFUND else "receipt"
    to = subscription.billing_email
    key = f"{template}-{entry.gateway_id}-again-{timezone.now():%Y-%m-%dT%H:%M}"
    email.enqueue(key, f"listings/{template}", to=to, context={"subscription": subscription.pk, "entry": entry.pk})
    return to


def give(listing: Listing, price: PlanPrice, until: datetime) -> Subscription:
    """A plan without charge for a partner, until a day. Raises ValueError with a sentence."""
    if until <= timezone.now():
        raise ValueError("That day is over.")
    if reason := listing.why_no_plan():
        raise ValueError(f"{listing}: {reason}")
    return Subscription.objects.give(listing, price, until, livemode=settings.STRIPE_LIVEMODE)


@waits_for_the_clock
def end_given_plans() -> str:
    """A daily job: given plans whose day has come end, and their owners are told (billing/endings.py)."""
    over = Subscription.objects.filter(is_comp=True, end_wanted_at=None, comp_until__lte=timezone.now())
    return f"{sum(each.want_end(Subscription.EndReason.OPERATOR) for each in over)} given plans are over"
