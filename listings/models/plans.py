"""What can be bought and for how much. Editors write these rows; a price is flat, per month or year."""

from datetime import date
from decimal import Decimal
from typing import Self

import pgtrigger
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.triggers import Trigger

# What somebody bought at, pays or was told of is never another amount later, whatever writes it.
FROZEN = Trigger(
    name="frozen_price",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func="""
        IF (NEW.plan_id, NEW.interval, NEW.amount_cents, NEW.currency)
                IS DISTINCT FROM (OLD.plan_id, OLD.interval, OLD.amount_cents, OLD.currency)
            AND (EXISTS (SELECT FROM listings_order WHERE price_id = OLD.id)
                OR EXISTS (SELECT FROM listings_subscription WHERE OLD.id IN (price_id, next_price_id)))
        THEN
            RAISE EXCEPTION 'this price was sold or announced' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


def translated(text: str) -> str:
    """In the active language if it is a text that we know, or else as it was written."""
    text = text.strip()
    return gettext(text) if text else ""


class PlanQuerySet(models.QuerySet["Plan"]):
    def offered(self) -> Self:
        return self.filter(is_offered=True)


class Plan(models.Model):
    """A plan for a listing. The free plan has no prices."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60)
    summary = models.CharField(max_length=300, blank=True)
    features = models.TextField(blank=True, help_text="one on a line, as the page of the plans shows them")
    clinics_per_unit = models.PositiveSmallIntegerField(
        "clinics for one price",
        default=1,
        validators=[MinValueValidator(1)],
        help_text="a group plan is sold in steps of so many clinics",
    )
    position = models.PositiveSmallIntegerField("place on the page", default=0)
    is_offered = models.BooleanField("offered", default=True, help_text="who has it keeps it when it is not any more")

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(clinics_per_unit__gte=1), name="plan_covers_a_clinic"),
        ]

    def __str__(self):
        return self.name

    # As pages and mails show them: in the reader's language as far as they are those that we ship (translations.py).

    @property
    def shown_name(self) -> str:
        return translated(self.name)

    @property
    def shown_summary(self) -> str:
        return translated(self.summary)

    @property
    def feature_lines(self) -> list[str]:
        return [translated(line) for line in self.features.splitlines() if line.strip()]

    @property
    def product_id(self) -> str:
        """The id of this plan at the gateway; we choose it."""
        return f"plan-{self.slug}"

    def prices_on(self, day: date | None = None) -> list["PlanPrice"]:
        """What a new subscriber pays on `day` (default: today): one price per interval, the month first."""
        day = day or timezone.localdate()
        newest: dict[str, PlanPrice] = {}
        for price in sorted(self.prices.all(), key=lambda price: (price.starts_on, price.pk)):
            if price.starts_on <= day:
                newest[price.interval] = price
        return sorted(newest.values(), key=lambda price: PlanPrice.Interval.values.index(price.interval))

    def announced_prices(self) -> list["PlanPrice"]:
        """The prices that start later, the soonest first."""
        later = [price for price in self.prices.all() if price.starts_on > timezone.localdate()]
        return sorted(later, key=lambda price: (price.starts_on, price.amount_cents))


class PlanPrice(models.Model):
    """What a plan costs from a day on. One that was sold or announced is never changed: add a newer row instead."""

    class Interval(models.TextChoices):
        MONTH = "month", _("month")
        YEAR = "year", _("year")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="prices")
    interval = models.CharField(max_length=5, choices=Interval.choices)
    amount_cents = models.PositiveIntegerField("amount in cents", validators=[MinValueValidator(50)])
    currency = models.CharField(max_length=3, default="usd", editable=False)
    starts_on = models.DateField(default=timezone.localdate)

    class Meta:
        ordering = ["plan", "-starts_on", "interval"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "interval", "starts_on"], name="one_price_a_day"),
            # The least that the gateway charges.
            models.CheckConstraint(condition=Q(amount_cents__gte=50), name="price_can_be_charged"),
        ]
        triggers = [FROZEN]

    def __str__(self):
        return f"{self.plan}: ${self.amount:,.2f} a {self.get_interval_display()} from {self.starts_on}"

    def clean(self):
        if self.pk and self.why_frozen and PlanPrice.objects.filter(pk=self.pk).exclude(**self._terms()).exists():
            raise ValidationError(self.why_frozen)

    def _terms(self) -> dict:
        names = ("plan_id", "interval", "amount_cents", "starts_on")
        return {name: getattr(self, name) for name in names}

    @property
    def amount(self) -> Decimal:
        """In dollars."""
        return Decimal(self.amount_cents) / 100

    @property
    def why_frozen(self) -> str:
        """Why it cannot be changed any more; "" while it can."""
        instead = "Add a new row with a later start instead."
        if self.was_sold:
            return f"Somebody bought at this price. {instead}"
        if self.was_announced:
            return f"This price was announced to subscribers. {instead}"
        return ""

    @property
    def was_sold(self) -> bool:
        return self.orders.exists()

    @property
    def was_announced(self) -> bool:
        """Whether a subscriber was told of it, and will pay it or pays it now."""
        subscriptions = apps.get_model("listings", "Subscription")
        return subscriptions.objects.filter(Q(next_price=self) | Q(price=self)).exists()

    def is_for_sale(self) -> bool:
        return self.plan.is_offered and self in self.plan.prices_on()
