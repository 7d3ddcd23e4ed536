"""What a page says when the payment gateway did not do what was asked of it, and how the operator learns of it."""

import logging

from django.utils.translation import gettext as _
from django_q.tasks import async_task

from listings.billing import sync
from listings.billing.gateway_types import GatewayError, GatewayMisconfigured, GatewayRefused
from listings.models import BillingDifference

logger = logging.getLogger(__name__)


def failure_sentence(error: GatewayError, what: str) -> str:
    """A sentence for the person who waits. `what` was tried; it names the entry that the operator finds."""
    if isinstance(error, GatewayMisconfigured):
        _tell_operator(what, str(error))
        if what == "portal":
            return _(
                "The page of our payment service with card and invoices is not set up yet. We were told, and mend it. "
                "Nothing was changed."
            )
        return _("Our payment service is not set up for this. We were told, and mend it. Nothing was changed.")
    if isinstance(error, GatewayRefused):
        logger.warning("The payment service refused (%s): %s", what, error)
        return _("The payment service refused this: %(reason)s") % {"reason": error}
    return _("The payment service does not answer just now. Nothing was changed; try again.")


def sync_after_change(customer_id: str) -> None:
    """Fetch what the gateway has just changed; a job does it if the gateway does not answer now."""
    try:
        sync.sync_customer(customer_id)
    except GatewayError:
        async_task("listings.billing.sync.sync_customer", customer_id)


def _tell_operator(what: str, reason: str) -> None:
    """A row on the operator's first page, until the next proof; a page that fails again opens it again."""
    logger.error("The payment service refuses our request (%s): %s", what, reason)
    sentence = f"A page for owners cannot do its work ({what}): {reason}"[:1000]
    key = {"kind": BillingDifference.Kind.NEEDS_OPERATOR, "gateway_id": f"page-{what}", "resolved_at": None}
    BillingDifference.objects.get_or_create(**key, defaults={"sentence": sentence})
