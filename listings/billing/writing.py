"""One subscription as the gateway has it, written to our row, and what follows at once: all within a transaction."""

from django.db import transaction

from listings.billing import statuses
from listings.billing.gateway_types import GatewaySubscription
from listings.models import BillingAccount, Listing, Order, PlanPrice, Subscription

REASONS = {  # why a plan ends whose listing is not live, by the listing's status
    Listing.Status.SUSPENDED: Subscription.EndReason.SUSPENDED,
    Listing.Status.CLOSED: Subscription.EndReason.CLOSED,
}


def write(current: GatewaySubscription, customer_id: str, *, livemode: bool) -> Subscription | None:
    """None if it belongs to no order of ours. Writing it twice changes nothing.

    Only states are compared, never events: their order does not matter, nor whether they all arrived.
    """
    order = Order.find(current.order_id, livemode=livemode)
    if order is None:
        return None
    subscription = Subscription.objects.select_for_update().filter(gateway_id=current.id).first()
    listing = Listing.objects.select_for_update().get(pk=(subscription or order).listing_id or order.listing_id)
    if subscription is None:
        subscription = Subscription(gateway_id=current.id, order=order, price=order.price, quantity=order.quantity)
        subscription.listing = listing
        subscription.is_surplus = current.is_open and _has_another(listing, current.id)
    is_new = subscription.pk is None
    if subscription.account_id is None:
        subscription.account = _account(order, customer_id, livemode)
    _agree(subscription, current)
    subscription.update_from(current)
    never_paid = subscription.owes_first_invoice and not subscription.is_open_at_gateway
    if subscription.gateway_status == "incomplete_expired" or never_paid:
        order.set_status(Order.Status.EXPIRED)
    elif subscription.status not in (Subscription.Status.UNPAID, Subscription.Status.WAITING):
        order.set_status(Order.Status.PAID)
        if not subscription.is_surplus:
            subscription.take_over(listing)
    _want_what_follows(subscription, listing, is_new)
    subscription.sync_listings()
    subscription.notify()
    if not subscription.is_open_at_gateway and subscription.end_wanted_at is None:
        subscription.finish_end()  # an end that was wanted is finished by endings.py, which also refunds
    return subscription


def _has_another(listing: Listing, gateway_id: str) -> bool:
    """Whether another plan stays for it: one that ends just now made way, and one that is given or covers it did not.

    What may be begun is stricter (Listing.why_no_plan), but this one is paid already.
    """
    others = listing.subscriptions.open().filter(is_surplus=False, end_wanted_at=None)
    covering = listing.subscription
    is_covered = covering is not None and covering.gateway_id != gateway_id and covering.is_paid
    return is_covered or others.exclude(gateway_id=gateway_id).exists()


def _account(order: Order, customer_id: str, livemode: bool) -> BillingAccount:
    """Who pays it: the account of the customer, or that of the order, whose customer it becomes."""
    account = BillingAccount.objects.filter(customer_id=customer_id).first()
    if account is None:
        account = order.account or BillingAccount.objects.for_buyer(order.buyer, livemode=livemode)
        if account.customer_id is None:
            account.store_customer(customer_id)
    if not account.payers.filter(user__is_active=True).exists():
        account.add_payer(order.buyer)  # removed while nothing was charged, and the page was paid after all
    return account


def _agree(subscription: Subscription, current: GatewaySubscription) -> None:
    """Price and quantity as they were agreed on last: a change writes them beside the amount, in one request."""
    price = subscription.price
    if current.price_id.isdigit() and int(current.price_id) != price.pk:
        price = PlanPrice.objects.filter(pk=int(current.price_id)).first() or price
    subscription.agree_on(price, current.agreed_quantity or subscription.quantity)


def _want_what_follows(subscription: Subscription, listing: Listing, is_new: bool) -> None:
    """What the gateway would still charge although the site gives nothing for it ends there."""
    reasons = Subscription.EndReason
    if not subscription.is_open_at_gateway or subscription.end_wanted_at is not None:
        return
    dispute = statuses.DISPUTES.get(subscription.dispute_status, "")
    if subscription.is_surplus:
        subscription.want_end(reasons.SURPLUS, Subscription.RefundWanted.ALL)
    elif dispute == statuses.LOST_DISPUTE:
        subscription.want_end(reasons.DISPUTE_LOST)
    elif subscription.is_refunded and dispute != statuses.OPEN:
        subscription.want_end(reasons.REFUNDED)
    elif subscription.grace_is_over:
        subscription.want_end(reasons.GRACE_OVER)
    elif not listing.is_live and not subscription.listings.live().exists():
        refund = Subscription.RefundWanted.ALL if is_new else Subscription.RefundWanted.NONE
        subscription.want_end(REASONS.get(Listing.Status(listing.status), reasons.REJECTED), refund)


@transaction.atomic
def close_gone(subscription_id: int) -> None:
    """The gateway knows it no more: it charges nothing, so nothing is given."""
    subscription = Subscription.objects.select_for_update().get(pk=subscription_id)
    if not subscription.is_open_at_gateway:
        return
    subscription.is_open_at_gateway, subscription.gateway_status = False, "canceled"
    subscription.next_charge_cents, subscription.next_charge_on, subscription.owed_cents = None, None, 0
    subscription.status = subscription.state.status
    subscription.save()
    subscription.sync_listings()
    if subscription.end_wanted_at is None:
        subscription.finish_end()
