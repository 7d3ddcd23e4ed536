"""A paid plan: its state at the gateway, and what follows for the listings that it covers."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import email
from listings.models.listing import Listing
from listings.models.order import Order
from listings.models.plans import PlanPrice

if TYPE_CHECKING:
    from listings.billing.gateway_types import GatewaySubscription

GRACE = timedelta(days=14)  # after a failed renewal
REMINDER_DAYS = (0, 5, 12)  # of the grace period
NOTICE = timedelta(days=30)  # before a new price


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def needing_sync(self) -> Self:
        """Subscriptions whose state may have changed at the gateway: not clearly paid, or past the end of a period."""
        status = Subscription.Status
        return self.filter(
            Q(status__in=[status.UNPAID, status.PAST_DUE, status.DISPUTED])
            | Q(status=status.ACTIVE, period_end__lte=timezone.now())
        )

    def sync(self, current: "GatewaySubscription", *, livemode: bool) -> "Subscription | None":
        """Write the gateway's current state; None if it belongs to no order of ours. Writing it twice changes nothing.

        Only states are compared, never events: their order does not matter, nor whether they all arrived.
        """
        order = Order.objects.filter(pk=current.order_id, livemode=livemode).first() if current.order_id else None
        if order is None:
            return None
        listing = Listing.objects.select_for_update().get(pk=order.listing_id)
        subscription = self.filter(gateway_id=current.id).first()
        if subscription is None:
            subscription = Subscription(gateway_id=current.id, order=order, price=order.price, quantity=order.quantity)
        subscription.update_from(current)
        if subscription.status != Subscription.Status.UNPAID:
            order.set_status(Order.Status.PAID)
            subscription.take_over(listing)
        subscription.sync_listings()
        subscription.notify()
        return subscription


class Subscription(models.Model):
    """Independent of a listing's status: whatever happens here, the listing stays at its address."""

    class Status(models.TextChoices):
        UNPAID = "unpaid", _("not paid yet")
        ACTIVE = "active", _("active")
        PAST_DUE = "past-due", _("payment failed, in grace")
        CANCELLED = "cancelled", _("ended")
        REFUNDED = "refunded", _("refunded")
        DISPUTED = "disputed", _("disputed")

    gateway_id = models.CharField(max_length=255, unique=True)
    customer_id = models.CharField(max_length=255, db_index=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="subscriptions")
    price = models.ForeignKey(PlanPrice, models.PROTECT, related_name="subscriptions")
    quantity = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.UNPAID)
    is_open_at_gateway = models.BooleanField(default=True, help_text="it would still be renewed or retried there")
    ends_at_period_end = models.BooleanField("cancelled for the end of the period", default=False)
    period_end = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    last_charge_id = models.CharField(max_length=255, blank=True)
    next_price = models.ForeignKey(PlanPrice, models.PROTECT, null=True, blank=True, related_name="+")
    next_price_announced_at = models.DateTimeField(null=True, blank=True)
    next_price_from = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["status", "period_end"], name="subscription_needing_sync")]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_price=None, next_price_from=None)
                | Q(next_price_from__gte=F("next_price_announced_at") + NOTICE, next_price__isnull=False),
                name="announced_30_days_ahead",
            ),
        ]

    def __str__(self):
        return f"{self.price.plan} ({self.get_status_display()})"

    @property
    def plan(self):
        return self.price.plan

    @property
    def buyer(self):
        return self.order.buyer

    # The state at the gateway

    def update_from(self, current: "GatewaySubscription") -> None:
        """Copy the current state and save, if something is new."""
        before = dict(self.__dict__) if self.pk else {}
        self.customer_id = current.customer_id
        self.created_at = current.created_at
        self.period_end = current.period_end
        self.is_open_at_gateway = current.is_open
        self.ends_at_period_end = current.ends_at_period_end
        self.last_charge_id = current.last_charge_id
        self.past_due_since = current.unpaid_since
        self.status = self._status_from(current)
        if self.__dict__ != before:
            self.save()

    def _status_from(self, current: "GatewaySubscription") -> str:
        if current.is_disputed:
            return self.Status.DISPUTED
        if current.is_refunded:
            return self.Status.REFUNDED
        if current.status in ("canceled", "incomplete_expired"):
            return self.Status.CANCELLED
        if current.unpaid_since is not None:
            in_grace = timezone.now() < current.unpaid_since + GRACE
            return self.Status.PAST_DUE if in_grace else self.Status.CANCELLED
        return self.Status.ACTIVE if current.status in ("active", "trialing") else self.Status.UNPAID

    # What follows from it

    @property
    def is_paid(self) -> bool:
        return self.paid_until is not None and timezone.now() < self.paid_until

    @property
    def paid_until(self) -> datetime | None:
        """When the extras end unless another payment arrives; None if they have ended.

        A missing renewal may still arrive, so an active plan lasts through the grace period.
        """
        if self.status == self.Status.ACTIVE and self.period_end:
            return self.period_end if self.ends_at_period_end else self.period_end + GRACE
        if self.status == self.Status.PAST_DUE and self.past_due_since:
            return self.past_due_since + GRACE
        return None

    @property
    def grace_is_over(self) -> bool:
        return self.past_due_since is not None and timezone.now() >= self.past_due_since + GRACE

    @property
    def capacity(self) -> int:
        """How many clinics it covers."""
        return self.plan.clinics_per_unit * self.quantity

    @property
    def rank(self) -> tuple:
        """Orders subscriptions of one listing: the highest one counts."""
        return self.is_paid, self.created_at, self.gateway_id

    def take_over(self, listing: Listing) -> None:
        """Become the subscription of the listing it was bought for, unless that has a paid or newer one."""
        present = listing.subscription
        if present is None or (not present.is_paid and present.rank < self.rank):
            Listing.objects.filter(pk=listing.pk).update(subscription=self)

    @transaction.atomic
    def cover(self, listing: Listing) -> None:
        """Extend a group plan to one more listing. Raises ValueError with a sentence if that is not possible."""
        locked = Subscription.objects.select_for_update().get(pk=self.pk)
        if not locked.is_paid:
            raise ValueError(_("This plan is not paid."))
        if not listing.takes_changes:
            raise ValueError(_("A listing that is suspended or closed takes no plan."))
        if listing.subscription_id != self.pk and listing.is_paid:
            raise ValueError(_("This listing already has a paid plan."))
        if locked.listings.exclude(pk=listing.pk).count() >= locked.capacity:
            raise ValueError(
                _("This plan covers %(count)s clinics and has no room for another.") % {"count": locked.capacity}
            )
        listing.subscription = locked
        listing.save(update_fields=["subscription"])
        listing.sync_sponsored()

    @transaction.atomic
    def release(self, listing: Listing) -> None:
        """Remove a listing from a group plan, which makes it a free one. Raises ValueError with a sentence."""
        if listing.pk == self.order.listing_id:
            raise ValueError(_("The plan was bought for this clinic. End the plan instead."))
        if Listing.objects.filter(pk=listing.pk, subscription=self).update(subscription=None):
            listing.subscription = None
            listing.sync_sponsored()

    def sync_listings(self) -> None:
        for listing in Listing.objects.filter(subscription=self).select_related("clinic"):
            listing.subscription = self
            listing.sync_sponsored()

    def announce_price(self, price: PlanPrice, starts_at: datetime | None = None) -> None:
        """Announce a new price to the subscriber, at least NOTICE ahead. Raises ValueError with a sentence."""
        now = timezone.now()
        starts_at = starts_at or now + NOTICE
        if price.plan != self.plan or price.interval != self.price.interval:
            raise ValueError("The new price must be of the same plan and interval.")
        if starts_at < now + NOTICE:
            raise ValueError(f"A price is announced {NOTICE.days} days ahead.")
        self.next_price, self.next_price_announced_at, self.next_price_from = price, now, starts_at
        self.save(update_fields=["next_price", "next_price_announced_at", "next_price_from"])
        self._mail("price_change", f"price-{self.pk}-{price.pk}-{starts_at:%Y-%m-%d}")

    @property
    def due_price(self) -> PlanPrice | None:
        """The announced price, from its day on."""
        is_due = self.next_price_from is not None and self.next_price_from <= timezone.now()
        return self.next_price if is_due else None

    def adopt_price(self) -> None:
        """Make the announced price the current one. Raises ValueError if none was announced."""
        if self.next_price is None:
            raise ValueError("No price was announced.")
        self.price = self.next_price
        self.next_price, self.next_price_announced_at, self.next_price_from = None, None, None
        self.save(update_fields=["price", "next_price", "next_price_announced_at", "next_price_from"])

    # Mails: each has a key of its own, so that none is sent twice

    def notify(self) -> None:
        """Enqueue the mail that the current status calls for."""
        if self.status == self.Status.PAST_DUE:
            self.remind()
        elif self.status in (self.Status.CANCELLED, self.Status.REFUNDED, self.Status.DISPUTED):
            self._mail("plan_ended", f"ended-{self.pk}")
        elif self.status == self.Status.ACTIVE and self.ends_at_period_end and self.period_end:
            self._mail("plan_cancelled", f"cancelled-{self.pk}-{self.period_end:%Y-%m-%d}")

    def remind(self) -> None:
        """Remind on each of REMINDER_DAYS. After an outage only the latest reminder is sent, not all at once."""
        if self.past_due_since is None:
            return
        days_past_due = (timezone.now() - self.past_due_since).days
        due = max((day for day in REMINDER_DAYS if day <= days_past_due), default=0)
        self._mail("payment_failing", f"failing-{self.pk}-{self.past_due_since:%Y-%m-%d}-{due}")

    def _mail(self, template: str, key: str) -> None:
        email.enqueue(key, f"listings/{template}", to=self.buyer.email, context={"subscription": self.pk})
