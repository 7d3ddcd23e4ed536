"""The gateway's messages, and every movement of money. The database refuses to change or delete ledger entries."""

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from listings.models.ledger_triggers import APPEND_ONLY, REFUND_LIMIT

if TYPE_CHECKING:
    from listings.billing.gateway_types import BalanceMovement
    from listings.models.subscription import Subscription

# What a refund or a dispute has in common with its payment
OF_THE_PAYMENT = ("subscription", "invoice_id", "invoice_number", "period_start", "period_end", "listing_name")


class PaymentEvent(models.Model):
    """A message of the gateway, stored before it is answered. Only its ids are used; the state is fetched."""

    id = models.CharField(max_length=255, primary_key=True)
    type = models.CharField(max_length=100)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    livemode = models.BooleanField()
    received_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True, help_text="why it could not be applied the last time")
    stripped_at = models.DateTimeField(
        null=True, blank=True, help_text="since then only ids, types and amounts are kept"
    )

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["received_at"], condition=Q(applied_at=None), name="payment_events_waiting"),
        ]

    def __str__(self):
        return f"{self.type} {self.id}"

    @property
    def object(self) -> dict:
        return self.payload["data"]["object"]

    @classmethod
    def store(cls, event: dict) -> bool:
        """Store an event; False if it is stored already."""
        values = {"type": event["type"], "livemode": event["livemode"], "payload": event}
        return cls.objects.get_or_create(id=event["id"], defaults=values)[1]


class LedgerEntry(models.Model):
    """One movement of money on the gateway's balance, in cents; money out is negative. Never changed afterwards."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("payment")
        REFUND = "refund", _("refund")
        REFUND_FAILED = "refund-failed", _("refund that came back")
        DISPUTE = "dispute", _("dispute")
        PAYOUT = "payout", _("payout to the bank")
        FEE = "fee", _("fee")
        OTHER = "other", _("other")

    gateway_id = models.CharField(max_length=255, unique=True, help_text="of the movement on the gateway's balance")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    amount_cents = models.BigIntegerField()
    fee_cents = models.BigIntegerField(default=0)
    net_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    livemode = models.BooleanField()
    charge_id = models.CharField(max_length=255, blank=True, db_index=True)
    customer_id = models.CharField(max_length=255, blank=True, db_index=True)
    receipt_url = models.URLField(max_length=2000, blank=True, editable=False)
    subscription = models.ForeignKey(
        "listings.Subscription",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        help_text="what it paid",
    )
    invoice_id = models.CharField(max_length=255, blank=True, default="", db_default="", db_index=True)
    invoice_number = models.CharField(max_length=100, blank=True, default="", db_default="")
    tax_cents = models.BigIntegerField(default=0, db_default=0, help_text="contained in the amount")
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    listing_name = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="as it was then")
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-happened_at", "-pk"]
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["charge_id"], condition=Q(kind="payment"), name="one_payment_a_charge"),
            models.CheckConstraint(
                condition=~Q(kind__in=["payment", "refund-failed"]) | Q(amount_cents__gt=0),
                name="money_in_is_positive",
            ),
            models.CheckConstraint(condition=~Q(kind="refund") | Q(amount_cents__lt=0), name="refund_is_negative"),
            models.CheckConstraint(
                condition=~Q(kind__in=["payment", "refund", "refund-failed"]) | ~Q(charge_id=""),
                name="money_names_its_charge",
            ),
            models.CheckConstraint(
                condition=Q(net_cents=models.F("amount_cents") - models.F("fee_cents")), name="net_is_amount_less_fee"
            ),
        ]
        triggers = [APPEND_ONLY, REFUND_LIMIT]

    def __str__(self):
        return f"{self.get_kind_display()} {self.amount:,.2f} {self.currency.upper()}"

    @property
    def amount(self) -> Decimal:
        """In dollars."""
        return Decimal(self.amount_cents) / 100

    @property
    def amount_text(self) -> str:
        return f"{'−' if self.amount_cents < 0 else ''}${abs(self.amount):,.2f}"

    @classmethod
    def record(
        cls, movement: "BalanceMovement", *, livemode: bool, subscription: "Subscription | None" = None
    ) -> "LedgerEntry | None":
        """Add a movement; None if the ledger has it already.

        `subscription` is what a payment paid. Refunds and disputes take theirs, and the invoice, from their payment.
        """
        values = asdict(movement)
        values.pop("subscription_id")
        values["subscription"] = subscription
        if subscription is not None and subscription.listing is not None:
            values["listing_name"] = str(subscription.listing)[:200]
        paid = cls.objects.filter(charge_id=movement.charge_id, kind=cls.Kind.PAYMENT).first()
        if movement.charge_id and paid is not None and paid.gateway_id != movement.gateway_id:
            values |= {name: getattr(paid, name) for name in OF_THE_PAYMENT}
            if movement.kind in (cls.Kind.REFUND, cls.Kind.REFUND_FAILED):
                values["tax_cents"] = paid.tax_of_part(movement.amount_cents)
        row, is_new = cls.objects.get_or_create(
            gateway_id=values.pop("gateway_id"), defaults=values | {"livemode": livemode}
        )
        return row if is_new else None

    def tax_of_part(self, cents: int) -> int:
        """The tax in a part of this payment that moves next; all parts together give back all of its tax."""
        before = self.refundable_cents()
        left_before, left_after = (
            round(self.tax_cents * left / self.amount_cents) for left in (before, before + cents)
        )
        return left_after - left_before

    def refundable_cents(self) -> int:
        """The part of a payment that was not refunded yet."""
        return self._sum_cents(self.Kind.PAYMENT, self.Kind.REFUND, self.Kind.REFUND_FAILED)

    def kept_cents(self) -> int:
        """What is left of a payment after refunds and disputes."""
        kinds = (self.Kind.PAYMENT, self.Kind.REFUND, self.Kind.REFUND_FAILED, self.Kind.DISPUTE)
        return self._sum_cents(*kinds)

    def _sum_cents(self, *kinds: str) -> int:
        entries = LedgerEntry.objects.filter(charge_id=self.charge_id, kind__in=kinds)
        return entries.aggregate(total=models.Sum("amount_cents"))["total"] or 0
