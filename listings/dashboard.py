"""What waits for a person, and what is measured, of listings and payments."""

from django.db.models import QuerySet
from django.utils import timezone

from core import dashboard, metrics
from listings.billing import money
from listings.models import Claim, PaymentEvent, Submission


def events_not_applied() -> QuerySet:
    return PaymentEvent.objects.filter(applied_at=None)


def events_that_are_late() -> QuerySet:
    return events_not_applied().filter(received_at__lt=timezone.now() - dashboard.SOON)


dashboard.register(
    dashboard.Queue(
        priority=1,
        name="billing_difference",
        one="difference between the gateway and the site",
        many="differences between the gateway and the site",
        rows=money.differences,
        since="found_at",
        page="listings_billingdifference",
        permission="listings.view_billingdifference",
        query="?resolved_at__isempty=1",
    ),
    dashboard.Queue(
        priority=2,
        name="dispute",
        one="disputed payment to answer",
        many="disputed payments to answer",
        rows=money.disputes_to_answer,
        since="dispute_due_by",
        page="listings_subscription",
        permission="listings.view_subscription",
        query="?dispute=answer",
        is_deadline=True,
    ),
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
        rows=Claim.objects.for_editors,
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
    dashboard.Queue(
        priority=81,
        name="order_error",
        one="order that stands with an error",
        many="orders that stand with an error",
        rows=money.order_errors,
        since="created_at",
        page="listings_order",
        permission="listings.view_order",
        query="?stands=error",
    ),
    dashboard.Queue(
        priority=82,
        name="past_due",
        one="plan whose payment failed",
        many="plans whose payment failed",
        rows=money.past_due,
        since="past_due_since",
        page="listings_subscription",
        permission="listings.view_subscription",
        query="?status__exact=past-due",
    ),
    dashboard.Note(
        10,
        "admin/listings/_money.html",
        "listings.view_ledgerentry",
        lambda: {"differences": money.differences().count()},
    ),
)
metrics.register(
    metrics.Gauge(
        "waypost_payment_events_waiting", "Payment messages not applied yet", lambda: events_not_applied().count()
    ),
)
