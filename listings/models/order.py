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

from listings.billing import statuses
from listings.models.billing_account import BillingAccount
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

    class PaysBy(models.TextChoices):
        CARD = "card", _("Card")
        BANK = "bank", _("Bank debit (ACH)")
        INVOICE = "invoice", _("Invoice by e-mail, due in 30 days: for hospitals, counties and other organizations")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="orders")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    account = models.ForeignKey(BillingAccount, models.PROTECT, null=True, blank=True, related_name="orders")
    price = models.ForeignKey(PlanPrice, models.PROTECT, related_name="orders")
    quantity = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(100)])
    pays_by = models.CharField(
        max_length=7, choices=PaysBy.choices, default=PaysBy.CARD, db_default=PaysBy.CARD.value, editable=False
    )
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.OPEN)
    livemode = models.BooleanField(default=False)
    attempt = models.PositiveSmallIntegerField(default=1, help_text="one more after each answer that was an error")
    error = models.CharField(max_length=500, blank=True, help_text="why there is no payment page yet")
    error_for_operator = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="what the gateway wants mended; buyers do not see it",
    )
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
    def find(cls, order_id: str, **where) -> "Order | None":
        """The order of this id as the gateway has it; None for what another business of its account calls an order."""
        try:
            return cls.objects.filter(pk=uuid.UUID(order_id), **where).first()
        except ValueError:
            return None

    @classmethod
    def place(
        cls, listing: Listing, buyer: User, price: PlanPrice, quantity: int = 1, pays_by: str = PaysBy.CARD
    ) -> "Order":
        """The open order for exactly this, or a new one.

        Raises NotForSale, or OtherOrderOpen while the listing has an open order for something else.
        """
        livemode = settings.STRIPE_LIVEMODE
        account = BillingAccount.objects.for_buyer(buyer, livemode=livemode)
        with transaction.atomic():
            listing = Listing.objects.select_for_update().get(pk=listing.pk)
            values = {"price": price, "quantity": quantity, "buyer": buyer, "livemode": livemode, "pays_by": pays_by}
            order = listing.orders.filter(status=cls.Status.OPEN).first()
            cls._refuse(listing, price, order)
            if order is None:
                if pays_by == cls.PaysBy.INVOICE:
                    cls._refuse_invoice(listing, buyer, account)
                return cls.objects.create(listing=listing, account=account, **values)
            if any(getattr(order, name) != value for name, value in values.items()):
                raise OtherOrderOpen(order)
            return order

    @staticmethod
    def _refuse(listing: Listing, price: PlanPrice, order: "Order | None") -> None:
        """Raises NotForSale with a sentence, unless this listing may buy at this price. `order` is the open one."""
        waiting = order.subscriptions.filter(status__in=("waiting", "unpaid")).first() if order else None
        if reason := listing.why_no_plan(but=waiting):
            raise NotForSale(reason)
        if not price.is_for_sale():
            raise NotForSale(_("This price is not offered any more. Choose again."))

    @classmethod
    def _refuse_invoice(cls, listing: Listing, buyer: User, account: BillingAccount) -> None:
        """Raises NotForSale while, and after, an invoice of this listing or buyer was never paid."""
        theirs = Q(listing=listing) | Q(buyer=buyer) | Q(account=account)
        unpaid = Q(subscriptions__collection="invoice", subscriptions__is_waiting=True)
        if cls.objects.filter(theirs, unpaid, pays_by=cls.PaysBy.INVOICE, livemode=account.livemode).exists():
            sentence = _("An earlier invoice was not paid, so this plan cannot be ordered by invoice.")
            way_on = _("Pay by card or bank debit, or write to us.")
            raise NotForSale(f"{sentence} {way_on}")

    @property
    def amount_cents(self) -> int:
        """Per interval, before tax."""
        return self.price.amount_cents * self.quantity

    @property
    def capacity(self) -> int:
        """How many clinics it is for."""
        return self.price.plan.clinics_per_unit * self.quantity

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
            session_id=session_id, session_url=session_url, error="", error_for_operator=""
        )
        self.refresh_from_db()

    def store_error(self, sentence: str, *, was_answered: bool, for_operator: str = "") -> None:
        """Store why there is no payment page. The next try may use the same key only if the gateway did not answer."""
        changes: dict[str, str | int] = {"error": sentence[:500], "error_for_operator": for_operator[:500]}
        if was_answered:
            changes["attempt"] = self.attempt + 1
        Order.objects.filter(pk=self.pk, session_id=None, attempt=self.attempt).update(**changes)
        self.refresh_from_db()

    def follow_session(self, status: str, payment_status: str) -> None:
        """What became of its payment page, by the table of sessions; an unknown pair of words decides nothing."""
        if decided := statuses.SESSIONS.get((status, payment_status)):
            self.set_status(decided)

    @property
    def may_be_invoiced(self) -> bool:
        """Whether a plan that is paid by invoice may have begun at the gateway: it has no payment page."""
        is_known = self.account is not None and self.account.customer_id is not None
        return self.pays_by == self.PaysBy.INVOICE and is_known

    def is_paid_by(self, user: User) -> bool:
        """Whether what is charged for it is theirs to see and end: nobody else is led to its payment page."""
        return self.account.has_payer(user) if self.account else self.buyer == user

    @property
    def is_paid_too_late(self) -> bool:
        """Whether it was paid when its plan had ended already: that is refunded (listings/billing/late.py)."""
        return self.status == self.Status.EXPIRED and self.subscriptions.filter(entries__kind="payment").exists()

    @property
    def is_waiting(self) -> bool:
        """Whether it was sent off to be paid, and the bank has not paid yet."""
        return self.status == self.Status.OPEN and self.subscriptions.filter(status="waiting").exists()

    def set_status(self, status: str) -> None:
        """A paid order stays paid, whatever the gateway says later."""
        if Order.objects.filter(pk=self.pk).exclude(status=self.Status.PAID).update(status=status):
            self.status = status


class OtherOrderOpen(Exception):  # noqa: N818 - a state, not a mistake of ours
    """The listing has an open order for something else."""

    def __init__(self, order: Order):
        super().__init__(str(order))
        self.order = order
