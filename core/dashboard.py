"""What waits for a person or for a job, over all apps: for the first page of the admin and for the metrics."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule

from articles.models import Article, Comment
from clinics.models import Correction, ImportDifference, ImportRun, ImportUpload, PossibleDuplicate
from clinics.verification.jobs import is_late
from listings.models import Claim, Mail, PaymentEvent, Submission

SOON = timedelta(minutes=15)  # within it, a job has taken up what came in


@dataclass(frozen=True)
class Queue:
    """Rows that wait; `since` is the field that says since when. `page` is in the admin."""

    name: str
    one: str  # "report from readers"
    many: str
    rows: Callable[[], QuerySet]
    since: str
    page: str
    permission: str
    query: str = ""

    def waiting(self) -> tuple[int, datetime | None]:
        """How many, and since when the oldest."""
        found = self.rows().order_by().aggregate(count=Count("pk"), oldest=Min(self.since))
        oldest = found["oldest"]
        if oldest is not None and not isinstance(oldest, datetime):  # a day
            oldest = timezone.make_aware(datetime.combine(oldest, time.min))
        return found["count"], oldest

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.page}_changelist") + self.query


def late_events() -> QuerySet:
    return PaymentEvent.objects.filter(applied_at=None)


# In the order in which they should be looked at: what harms somebody first.
HUMAN = (
    Queue(
        "danger",
        "comment of somebody who may be in danger",
        "comments of people who may be in danger",
        lambda: Comment.objects.filter(state=Comment.State.HELD, priority=Comment.Priority.DANGER),
        "created_at",
        "articles_comment",
        "articles.view_comment",
    ),
    Queue(
        "correction",
        "report from a reader",
        "reports from readers",
        lambda: Correction.objects.filter(outcome=Correction.Outcome.OPEN),
        "created_at",
        "clinics_correction",
        "clinics.view_correction",
    ),
    Queue(
        "submission",
        "listing to review",
        "listings to review",
        lambda: Submission.objects.filter(state=Submission.State.OPEN),
        "submitted_at",
        "listings_submission",
        "listings.view_submission",
    ),
    Queue(
        "claim",
        "claim with its proof",
        "claims with their proof",
        lambda: Claim.objects.filter(Q(state=Claim.State.OPEN) | Q(state=Claim.State.STARTED, method="phone")),
        "created_at",
        "listings_claim",
        "listings.view_claim",
    ),
    Queue(
        "comment",
        "comment to moderate",
        "comments to moderate",
        lambda: Comment.objects.waiting().exclude(state=Comment.State.HELD, priority=Comment.Priority.DANGER),
        "created_at",
        "articles_comment",
        "articles.view_comment",
    ),
    Queue(
        "article",
        "article handed in for review",
        "articles handed in for review",
        lambda: Article.objects.filter(state=Article.State.IN_REVIEW),
        "updated_at",
        "articles_article",
        "articles.view_article",
    ),
    Queue(
        "article_due",
        "article whose medical review is due",
        "articles whose medical review is due",
        lambda: Article.objects.published().filter(review_due_on__lt=timezone.localdate()),
        "review_due_on",
        "articles_article",
        "articles.view_article",
    ),
    Queue(
        "payment_event",
        "payment message not applied",
        "payment messages not applied",
        lambda: late_events().filter(received_at__lt=timezone.now() - SOON),
        "received_at",
        "listings_paymentevent",
        "listings.view_paymentevent",
    ),
    Queue(
        "upload",
        "import held until somebody looks",
        "imports held until somebody looks",
        lambda: ImportUpload.objects.filter(status__in=["rehearsed", "failed"]),
        "created_at",
        "clinics_importupload",
        "clinics.view_importupload",
    ),
    Queue(
        "duplicate",
        "pair of clinics that may be one place",
        "pairs of clinics that may be one place",
        lambda: PossibleDuplicate.objects.filter(decision=PossibleDuplicate.Decision.OPEN),
        "created_at",
        "clinics_possibleduplicate",
        "clinics.view_possibleduplicate",
    ),
    Queue(
        "difference",
        "fact that a newer list states otherwise",
        "facts that a newer list states otherwise",
        lambda: ImportDifference.objects.filter(decision=ImportDifference.Decision.OPEN),
        "created_at",
        "clinics_importdifference",
        "clinics.view_importdifference",
    ),
)


@dataclass(frozen=True)
class Jobs:
    queued: int
    failed: int  # in the last day
    late: int  # schedules that nobody took up in time
    late_seconds: float  # how long ago the first of them was due

    @classmethod
    def now(cls) -> "Jobs":
        moment = timezone.now()
        schedules = Schedule.objects.exclude(repeats=0)
        due = schedules.aggregate(first=Min("next_run"))["first"]
        late = max(0.0, (moment - due).total_seconds()) if due else 0.0
        failed = Failure.objects.filter(stopped__gte=moment - timedelta(days=1)).count()
        return cls(OrmQ.objects.count(), failed, sum(map(is_late, schedules)), late)


def mails_waiting() -> int:
    return Mail.objects.filter(sent_at=None).count()


def last_imports() -> dict[str, datetime]:
    """{source: when its last import was applied}."""
    runs = ImportRun.objects.filter(status=ImportRun.Status.APPLIED).order_by("source", "-started_at")
    return dict(runs.distinct("source").values_list("source", "started_at"))
