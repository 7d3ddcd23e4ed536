"""What was agreed on about a plan: who pays which price for what, the price that was announced, and its mail."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from core import email
from listings.models.billing_account import BillingAccount
from listings.models.listing import Listing
from listings.models.order import Order
from listings.models.plans import Plan, PlanPrice
from listings.models.subscription_fields import GatewayState

NOTICE = timedelta(days=30)  # before a new price


class Terms(GatewayState):
    order = models.ForeignKey(Order, models.PROTECT, related_name="subscriptions")
    account = models.ForeignKey(
        BillingAccount, models.PROTECT, null=True, blank=True, related_name="subscriptions", help_text="who pays"
    )
    listing = models.ForeignKey(
        Listing,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
        help_text="what it was bought for",
    )
    price = models.ForeignKey(PlanPrice, models.PROTECT, related_name="subscriptions")
    quantity = models.PositiveSmallIntegerField(default=1)
    next_price = models.ForeignKey(PlanPrice, models.PROTECT, null=True, blank=True, related_name="+")
    next_price_announced_at = models.DateTimeField(null=True, blank=True)
    next_price_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def plan(self) -> Plan:
        return self.price.plan

    @property
    def buyer(self) -> User:
        return self.order.buyer

    @property
    def amount_cents(self) -> int:
        """What was agreed on, per interval, before discounts and tax."""
        return self.price.amount_cents * self.quantity

    @property
    def amount(self) -> Decimal:
        """In dollars."""
        return Decimal(self.amount_cents) / 100

    @property
    def livemode(self) -> bool:
        return self.order.livemode

    @property
    def capacity(self) -> int:
        """How many clinics it covers."""
        return self.plan.clinics_per_unit * self.quantity

    # A new price

    def announce_price(self, price: PlanPrice, starts_at: datetime | None = None) -> None:
        """Announce a new price to the subscriber, at least NOTICE ahead. Raises ValueError with a sentence."""
        now = timezone.now()
        starts_at = starts_at or now + NOTICE
        if not _is_newer_price_of(self.price, price):
            raise ValueError("The new price must be of the same plan and interval.")
        if starts_at < now + NOTICE:
            raise ValueError(f"A price is announced {NOTICE.days} days ahead.")
        self.next_price, self.next_price_announced_at, self.next_price_from = price, now, starts_at
        self.save(update_fields=["next_price", "next_price_announced_at", "next_price_from"])
        self.mail("price_change", f"price-{self.pk}-{price.pk}-{starts_at:%Y-%m-%d}")

    def agree_on(self, price: PlanPrice, quantity: int) -> None:
        """Set, without saving, what was agreed on last. An announced price was announced for the price before."""
        if price.pk != self.price_id:
            self.next_price, self.next_price_announced_at, self.next_price_from = None, None, None
        self.price, self.quantity = price, quantity

    @property
    def due_price(self) -> PlanPrice | None:
        """The announced price, from its day on, while the plan is still the one that it was announced for."""
        if self.next_price is None or self.next_price_from is None or self.next_price_from > timezone.now():
            return None
        is_same = _is_newer_price_of(self.price, self.next_price) and self.gateway_interval in (
            "",
            self.next_price.interval,
        )
        return self.next_price if is_same else None

    @property
    def next_amount(self) -> Decimal | None:
        """What the announced price makes of the whole plan, per interval, in dollars."""
        return self.next_price.amount * self.quantity if self.next_price else None

    # Mail. Each has a key of its own, so that none is sent twice. Whether it is still true when it is sent is for
    # listings/emails/compose.py to see.

    @property
    def billing_email(self) -> str:
        """Where its mail goes."""
        return (self.account.email if self.account else "") or self.buyer.email

    def mail(self, template: str, key: str, **context: object) -> None:
        email.enqueue(key, f"listings/{template}", to=self.billing_email, context={"subscription": self.pk} | context)


def _is_newer_price_of(present: PlanPrice, price: PlanPrice) -> bool:
    return (present.plan_id, present.interval) == (price.plan_id, price.interval)
