"""Where the gateway, the site and what a payer sees do not agree: kept until it is gone (billing/invariant.py)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from listings.models.subscription import Subscription


class BillingDifference(models.Model):
    class Kind(models.TextChoices):
        CHARGED_NOT_GIVEN = "charged-not-given", "charged, and not given"
        GIVEN_NOT_CHARGED = "given-not-charged", "given, and not charged"
        KEPT_FOR_NOTHING = "kept-for-nothing", "paid after the end, and not refunded"
        NOBODY_CAN_END = "nobody-can-end", "nobody can end it"
        TWO_FOR_ONE = "two-for-one", "two plans for one listing"
        AMOUNT_DIFFERS = "amount-differs", "another amount at the gateway"
        STATUS_DIFFERS = "status-differs", "another state at the gateway"
        END_NOT_DONE = "end-not-done", "its end is not done yet"
        UNKNOWN_AT_SITE = "unknown-at-site", "open at the gateway, unknown here"
        NEEDS_OPERATOR = "needs-operator", "something to mend"
        UNKNOWN_STATUS = "unknown-status", "a word that this site does not know"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    subscription = models.ForeignKey(Subscription, models.CASCADE, null=True, blank=True, related_name="differences")
    gateway_id = models.CharField(max_length=255, blank=True, help_text="of what it is about")
    sentence = models.CharField(max_length=1000)
    found_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-found_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "gateway_id"], condition=Q(resolved_at=None), name="one_open_difference_each"
            )
        ]

    def __str__(self):
        return self.sentence
