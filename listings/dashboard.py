"""What waits for a person, and what is measured, of listings and payments."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from core import dashboard, metrics
from listings.models import Claim, PaymentEvent, Submission


def events_not_applied() -> QuerySet:
    return PaymentEvent.objects.filter(applied_at=None)


def events_that_are_late() -> QuerySet:
    return events_not_applied().filter(received_at__lt=timezone.now() - dashboard.SOON)


dashboard.register(
    dashboard.Queue(
        priority=30,
        name="submission",
        one="listing to review",
        many="listings to review",
        rows=lambda: Submission.objects.filter(status=Submission.Status.OPEN),
        since="submitted_at",
        page="listings_submission",
        permission="listings.view_submission",
    ),
    dashboard.Queue(
        priority=40,
        name="claim",
        one="claim with its proof",
        many="claims with their proof",
        rows=lambda: Claim.objects.filter(Q(status="open") | Q(status="started", method="phone")),
        since="created_at",
        page="listings_claim",
        permission="listings.view_claim",
    ),
    dashboard.Queue(
        priority=80,
        name="payment_event",
        one="payment message not applied",
        many="payment messages not applied",
        rows=events_that_are_late,
        since="received_at",
        page="listings_paymentevent",
        permission="listings.view_paymentevent",
    ),
)
metrics.register(
    metrics.Gauge(
        "waypost_payment_events_waiting", "Payment messages not applied yet", lambda: events_not_applied().count()
    ),
)
