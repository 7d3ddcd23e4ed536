"""The part of a subscription that is copied from the gateway, as it was when it was last asked."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from listings.billing import statuses

if TYPE_CHECKING:
    from listings.billing.gateway_types import GatewaySubscription

COPIED = (
    "customer_id",
    "created_at",
    "ended_at",
    "period_start",
    "period_end",
    "ends_at_period_end",
    "cancel_at",
    "collection",
    "is_paused",
    "paused_for",
    "is_waiting",
    "is_refunded",
    "last_charge_id",
    "last_invoice_id",
    "open_invoice_url",
    "owed_cents",
    "next_charge_cents",
    "next_charge_on",
    "discount",
    "tax_cents",
    "dispute_status",
    "dispute_due_by",
    "card_expires_on",
)
# Ours: the field of the gateway's answer
RENAMED = {
    "gateway_status": "status",
    "gateway_quantity": "quantity",
    "gateway_unit_amount_cents": "unit_amount_cents",
    "gateway_currency": "currency",
    "gateway_interval": "interval",
    "is_open_at_gateway": "is_open",
    "past_due_since": "unpaid_since",
}


class GatewayState(models.Model):
    gateway_id = models.CharField(max_length=255, unique=True)
    customer_id = models.CharField(max_length=255, db_index=True)
    gateway_status = models.CharField(max_length=30, blank=True, default="", db_default="")
    gateway_quantity = models.PositiveIntegerField(null=True, blank=True)
    gateway_unit_amount_cents = models.BigIntegerField(null=True, blank=True)
    gateway_currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    gateway_interval = models.CharField(max_length=5, blank=True, default="", db_default="")
    is_open_at_gateway = models.BooleanField(default=True, help_text="it would still be renewed or retried there")
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    ends_at_period_end = models.BooleanField("cancelled for the end of the period", default=False)
    cancel_at = models.DateTimeField("cancelled for a day", null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    collection = models.CharField(max_length=7, default="card", db_default="card")
    is_paused = models.BooleanField(default=False, db_default=False, help_text="nothing is collected")
    paused_for = models.CharField(max_length=20, blank=True, default="", db_default="")
    is_waiting = models.BooleanField(default=False, db_default=False, help_text="a bank has to pay for the first time")
    is_refunded = models.BooleanField(default=False, db_default=False, help_text="its last invoice, in whole")
    past_due_since = models.DateTimeField(null=True, blank=True)
    last_charge_id = models.CharField(max_length=255, blank=True)
    last_invoice_id = models.CharField(max_length=255, blank=True, default="", db_default="")
    open_invoice_url = models.URLField(max_length=2000, blank=True, default="", db_default="", editable=False)
    owed_cents = models.BigIntegerField(default=0, db_default=0, help_text="of an open invoice")
    next_charge_cents = models.BigIntegerField(null=True, blank=True, help_text="before tax; empty: nothing more")
    next_charge_on = models.DateTimeField(null=True, blank=True)
    discount = models.CharField(max_length=100, blank=True, default="", db_default="")
    tax_cents = models.BigIntegerField(default=0, db_default=0, help_text="of its last invoice")
    dispute_status = models.CharField(max_length=30, blank=True, default="", db_default="")
    dispute_due_by = models.DateTimeField(null=True, blank=True)
    card_expires_on = models.DateField(null=True, blank=True, help_text="the last day of its card")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def copy_from(self, current: "GatewaySubscription") -> None:
        for name in COPIED:
            setattr(self, name, getattr(current, name))
        for ours, theirs in RENAMED.items():
            setattr(self, ours, getattr(current, theirs))

    @property
    def owes_first_invoice(self) -> bool:
        """Whether it is paid by invoices and none was ever paid; also after its end."""
        return self.is_waiting and self.collection == "invoice"

    @property
    def is_of_known_payer(self) -> bool:
        """Whether its account has paid before."""
        return False

    @property
    def circumstances(self) -> set[str]:
        dispute = statuses.DISPUTES.get(self.dispute_status, "")
        holding = {
            "disputed": dispute == statuses.OPEN,
            "lost": dispute == statuses.LOST_DISPUTE,
            "refunded": self.is_refunded,
            "invoiced": self.owes_first_invoice and not self.is_of_known_payer,
            "waiting": self.is_waiting and not self.owes_first_invoice,
            "paused": self.is_paused,
            "ends": self.ends_at_period_end,
        }
        return {name for name, holds in holding.items() if holds}

    @property
    def state_at_gateway(self) -> statuses.State | None:
        """None before the first sync, and for a word that is in no table."""
        return statuses.state_of(self.gateway_status, self.circumstances)
