"""A gateway's account that had a life before this site, or has another one beside it."""

from typing import Self

from django.db import models
from django.db.models import F
from django.utils import timezone


class OpeningBalanceQuerySet(models.QuerySet["OpeningBalance"]):
    def current(self, *, livemode: bool) -> Self:
        """The rows of the last opening, one a currency; none if the books were never opened by hand."""
        last = self.filter(livemode=livemode).order_by("-opened_at").values("opened_at")[:1]
        return self.filter(livemode=livemode, opened_at=models.Subquery(last))


class OpeningBalance(models.Model):
    """What the account held when the books were opened, other business included. Later movements are compared."""

    currency = models.CharField(max_length=3)
    amount_cents = models.BigIntegerField()
    livemode = models.BooleanField()
    opened_at = models.DateTimeField()

    objects = OpeningBalanceQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["livemode", "opened_at", "currency"], name="one_opening_a_currency")
        ]

    def __str__(self):
        return f"{self.amount_cents / 100:,.2f} {self.currency.upper()} on {self.opened_at:%Y-%m-%d}"


class ForeignEvent(models.Model):
    """How many messages about other business came on a day. Nothing else of them is kept."""

    day = models.DateField(default=timezone.localdate)
    type = models.CharField(max_length=100)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "type"]
        constraints = [models.UniqueConstraint(fields=["day", "type"], name="one_count_a_day")]

    def __str__(self):
        return f"{self.day} {self.type}: {self.count}"

    @classmethod
    def count_one(cls, event_type: str) -> None:
        row, _ = cls.objects.get_or_create(day=timezone.localdate(), type=event_type[:100])
        cls.objects.filter(pk=row.pk).update(count=F("count") + 1)
