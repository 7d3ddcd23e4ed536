"""What somebody wants to buy. It is stored before the gateway is called, so that nothing is lost or bought twice."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from listings.models.listing import Listing
from listings.models.plans import PlanPrice


class NotForSale(ValueError):  # noqa: N818 - a state, not a mistake of ours
    """This cannot be bought; the message says why in a sentence."""


class Order(models.Model):
    """One purchase of a plan for a listing. Its id is part of the idempotency key of its requests to the gateway."""

    class Status(models.TextChoices):
        OPEN = "open", _("waiting for payment")
        PAID = "paid", _("paid")
        EXPIRED = "expired", _("not paid")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="orders")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    price = models.ForeignKey(PlanPrice, models.PROTECT, related_name="orders")
    quantity = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(100)])
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.OPEN)
    livemode = models.BooleanField(default=False)
    attempt = models.PositiveSmallIntegerField(default=1, help_text="one more after each answer that was an error")
    error = models.CharField(max_length=500, blank=True, help_text="why there is no payment page yet")
    session_id = models.CharField(max_length=255, null=True, blank=True, unique=True)
    session_url = models.URLField(max_length=2000, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            # However often somebody presses the button, a listing has one purchase under way.
            models.UniqueConstraint(fields=["listing"], condition=Q(status="open"), name="one_open_order"),
            models.CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=100), name="order_quantity"),
        ]

    def __str__(self):
        return f"{self.price.plan} for {self.listing}"

    def get_absolute_url(self) -> str:
        return reverse("listings:order_detail", args=[self.pk])

    @classmethod
    def place(cls, listing: Listing, buyer: User, price: PlanPrice, quantity: int = 1) -> "Order":
        """The open order for exactly this, or a new one.

        Raises NotForSale, or OtherOrderOpen while the listing has an open order for something else.
        """
        with transaction.atomic():
            listing = Listing.objects.select_for_update().get(pk=listing.pk)
            if listing.is_paid:
                raise NotForSale(_("This listing already has a paid plan."))
            if not listing.takes_changes:
                raise NotForSale(_("A listing that is suspended or closed takes no plan."))
            if not price.is_for_sale():
                raise NotForSale(_("This price is not offered any more. Choose again."))
            values = {"price": price, "quantity": quantity, "buyer": buyer, "livemode": settings.STRIPE_LIVEMODE}
            order = listing.orders.filter(status=cls.Status.OPEN).first()
            if order is None:
                return cls.objects.create(listing=listing, **values)
            if any(getattr(order, name) != value for name, value in values.items()):
                raise OtherOrderOpen(order)
            return order

    @property
    def amount_cents(self) -> int:
        """Per interval, before tax."""
        return self.price.amount_cents * self.quantity

    @property
    def amount(self) -> Decimal:
        """In dollars."""
        return Decimal(self.amount_cents) / 100

    @property
    def idempotency_key(self) -> str:
        """The gateway returns the same session for the same key. After a refused request a new key is needed."""
        return f"order-{self.pk}-{self.attempt}"

    def store_session(self, session_id: str, session_url: str) -> None:
        """Store the payment page, unless a parallel request has stored one."""
        Order.objects.filter(pk=self.pk, session_id=None).update(
            session_id=session_id, session_url=session_url, error=""
        )
        self.refresh_from_db()

    def store_error(self, sentence: str, *, was_answered: bool) -> None:
        """Store why there is no payment page. The next try may use the same key only if the gateway did not answer."""
        changes: dict[str, str | int] = {"error": sentence[:500]}
        if was_answered:
            changes["attempt"] = self.attempt + 1
        Order.objects.filter(pk=self.pk, session_id=None, attempt=self.attempt).update(**changes)
        self.refresh_from_db()

    def set_status(self, status: str) -> None:
        """A paid order stays paid, whatever the gateway says later."""
        if Order.objects.filter(pk=self.pk).exclude(status=self.Status.PAID).update(status=status):
            self.status = status


class OtherOrderOpen(Exception):  # noqa: N818 - a state, not a mistake of ours
    """The listing has an open order for something else."""

    def __init__(self, order: Order):
        super().__init__(str(order))
        self.order = order
