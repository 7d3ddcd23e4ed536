"""Payments for a plan that had ended, or was to end: they paid for nothing, so they are refunded (endings.py).

Such a payment was on its way when the plan ended, as a bank debit is for days, or the gateway could not be told.
"""

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncSecond

from listings.models import LedgerEntry, Subscription

# The gateway's clock has seconds. What was recorded before the end was wanted did not come later, in the same second.
AFTER_IT_WAS_WANTED = Q(
    happened_at__gte=TruncSecond("subscription__end_wanted_at"), recorded_at__gt=F("subscription__end_wanted_at")
)
AFTER_IT_HAD_ENDED = Q(subscription__is_open_at_gateway=False, happened_at__gt=F("subscription__ended_at"))
NEVER_BEGUN = Q(subscription__gateway_status="incomplete_expired")


def paid_for_nothing() -> QuerySet[LedgerEntry]:
    """These payments, whether they were refunded or not."""
    payments = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.PAYMENT, subscription__isnull=False)
    found = payments.filter(AFTER_IT_WAS_WANTED | AFTER_IT_HAD_ENDED | NEVER_BEGUN, livemode=settings.STRIPE_LIVEMODE)
    return found.select_related("subscription")


def payments_of(subscription: Subscription) -> list[LedgerEntry]:
    return list(paid_for_nothing().filter(subscription=subscription))


def kept() -> list[LedgerEntry]:
    """Those of which something is left."""
    return [payment for payment in paid_for_nothing().order_by("pk") if payment.kept_cents() > 0]
