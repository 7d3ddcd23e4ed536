"""Coupons: a code that a buyer types on the payment page. The gateway keeps them; here they are made and ended."""

from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone


class CouponQuerySet(models.QuerySet["Coupon"]):
    def usable(self, day: date | None = None) -> Self:
        """Those that the payment page takes on `day`, by default today, as far as we know."""
        day = day or timezone.localdate()
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), is_active=True).exclude(gateway_id="")


class Coupon(models.Model):
    """Percent or dollars off. Its terms are fixed once the gateway has it; then it can only be ended."""

    class Duration(models.TextChoices):
        ONCE = "once", "the first payment"
        REPEATING = "repeating", "so many months"
        FOREVER = "forever", "every payment"

    code = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9-]{3,40}\Z", "Use 3 to 40 capital letters, digits and hyphens.")],
        help_text="what the buyer types, such as WELCOME-2027",
    )
    percent_off = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    amount_off_cents = models.PositiveIntegerField("dollars off", null=True, blank=True)
    duration = models.CharField("taken off", max_length=9, choices=Duration.choices, default=Duration.ONCE)
    duration_months = models.PositiveSmallIntegerField(
        "months", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="how many buyers may use it; empty: any number",
    )
    ends_on = models.DateField(null=True, blank=True, help_text="the last day on which it can be used")
    note = models.CharField(max_length=200, blank=True, help_text="for staff: why, and for whom")
    is_active = models.BooleanField(default=True, editable=False)
    gateway_id = models.CharField("id at the gateway", max_length=255, blank=True, editable=False)
    livemode = models.BooleanField(default=False, editable=False)
    error = models.CharField(max_length=500, blank=True, editable=False, help_text="why the gateway does not have it")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CouponQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent_off__isnull=False, amount_off_cents=None)
                | Q(percent_off=None, amount_off_cents__isnull=False),
                name="percent_or_dollars",
                violation_error_message="Fill in percent off or dollars off, one of the two.",
            ),
            models.CheckConstraint(
                condition=Q(duration="repeating", duration_months__isnull=False)
                | (~Q(duration="repeating") & Q(duration_months=None)),
                name="months_if_repeating",
                violation_error_message="Fill in the months if it is taken off for so many months, and only then.",
            ),
        ]

    def __str__(self):
        return self.code

    def clean(self):
        if (self.percent_off is None) == (self.amount_off_cents is None):
            raise ValidationError("Fill in percent off or dollars off, one of the two.")
        if (self.duration == self.Duration.REPEATING) != (self.duration_months is not None):
            raise ValidationError("Fill in the months if it is taken off for so many months, and only then.")
        if not self.gateway_id and self.ends_on and self.ends_on < timezone.localdate():
            raise ValidationError({"ends_on": "This day is over."})

    @property
    def off(self) -> str:
        """What it takes off: "20%" or "$10.00"."""
        if self.percent_off is not None:
            return f"{self.percent_off}%"
        return f"${(self.amount_off_cents or 0) / 100:,.2f}"

    @property
    def terms(self) -> dict[str, Any]:
        """As gateway.create_promotion_code takes them."""
        months = {self.Duration.ONCE: 0, self.Duration.FOREVER: None}.get(
            self.Duration(self.duration), self.duration_months
        )
        after = self.ends_on and timezone.make_aware(datetime.combine(self.ends_on + timedelta(days=1), time.min))
        return {
            "percent_off": self.percent_off,
            "amount_off_cents": self.amount_off_cents,
            "months": months,
            "most_uses": self.limit,
            "expires_at": after,
        }

    def store(self, gateway_id: str) -> None:
        """The gateway has it under this id."""
        self.gateway_id, self.error, self.livemode = gateway_id, "", settings.STRIPE_LIVEMODE
        self.save(update_fields=["gateway_id", "error", "livemode"])

    def store_error(self, sentence: str) -> None:
        self.error = sentence[:500]
        self.save(update_fields=["error"])
