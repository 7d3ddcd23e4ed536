"""What can be bought and for how much. Editors write these rows; a price is flat, per month or year."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


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

    @property
    def feature_lines(self) -> list[str]:
        return [line.strip() for line in self.features.splitlines() if line.strip()]

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
    """What a plan costs from a day on. A price that was sold is never changed: add a newer row instead."""

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

    def __str__(self):
        return f"{self.plan}: ${self.amount:,.2f} a {self.get_interval_display()} from {self.starts_on}"

    def clean(self):
        if self.pk and self.was_sold and PlanPrice.objects.filter(pk=self.pk).exclude(**self._terms()).exists():
            raise ValidationError("Somebody bought at this price. Add a new row with a later start instead.")

    def _terms(self) -> dict:
        names = ("plan_id", "interval", "amount_cents", "starts_on")
        return {name: getattr(self, name) for name in names}

    @property
    def amount(self) -> Decimal:
        """In dollars."""
        return Decimal(self.amount_cents) / 100

    @property
    def was_sold(self) -> bool:
        return self.orders.exists()

    def is_for_sale(self) -> bool:
        return self.plan.is_offered and self in self.plan.prices_on()
