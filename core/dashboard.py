"""The work that waits for a person. Each app registers its queues; the admin's first page and /metrics show them.

An app registers in its `dashboard` module, which its AppConfig imports when it is ready.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule

from core import heartbeat
from core.models import OutgoingEmail
from core.schedules import is_late

SOON = timedelta(minutes=15)  # within it, a job has taken up what came in


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Rows that wait, those of the field `since` that is earliest first; `page` is their model's in the admin.

    `priority` orders the queues of all apps: what harms somebody first has the lowest number.
    """

    priority: int
    name: str
    one: str  # "report from a reader"
    many: str
    rows: Callable[[], QuerySet]
    since: str
    page: str
    permission: str
    query: str = ""
    is_deadline: bool = False  # `since` is until when it has to be done

    def waiting(self) -> tuple[int, datetime | None]:
        """How many rows wait, and since when the oldest does; of deadlines, the first one."""
        found = self.rows().order_by().aggregate(count=Count("pk"), oldest=Min(self.since))
        oldest = found["oldest"]
        if oldest is not None and not isinstance(oldest, datetime):  # a day
            oldest = timezone.make_aware(datetime.combine(oldest, time.min))
        return found["count"], oldest

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.page}_changelist") + self.query


@dataclass(frozen=True, kw_only=True)
class Own:
    """Rows that wait for one person, as `rows(user)` finds them; who has no use for it has no such line."""

    priority: int
    name: str
    one: str  # "draft of yours"
    many: str
    rows: Callable[..., QuerySet]
    is_for: Callable[..., bool]
    page: str
    query: str

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.page}_changelist") + self.query


@dataclass(frozen=True)
class Note:
    """A line below the queues: `template` with what `context` returns, for those who have the permission."""

    priority: int
    template: str
    permission: str
    context: Callable[[], dict] = dict


@dataclass(frozen=True)
class Jobs:
    queued: int
    failed: int  # in the last day
    late: int  # schedules that no worker took up in time
    late_seconds: float  # how long ago the first of them was due
    silence: timedelta  # since the last of all jobs ended

    @property
    def silent_minutes(self) -> int:
        """0 while somebody does them."""
        return self.silence // timedelta(minutes=1) if self.silence > heartbeat.SILENT else 0

    @classmethod
    def now(cls) -> "Jobs":
        moment = timezone.now()
        schedules = Schedule.objects.exclude(repeats=0)
        due = schedules.aggregate(first=Min("next_run"))["first"]
        late = max(0.0, (moment - due).total_seconds()) if due else 0.0
        failed = Failure.objects.filter(stopped__gte=moment - timedelta(days=1)).count()
        return cls(OrmQ.objects.count(), failed, sum(map(is_late, schedules)), late, heartbeat.silence())


_queues: dict[str, Queue] = {}
_own: dict[str, Own] = {}
_notes: dict[str, Note] = {}


def register(*entries: Queue | Own | Note) -> None:
    """Add queues, lines and notes. One that is registered again, by its name or template, replaces the former."""
    for entry in entries:
        if isinstance(entry, Queue):
            _queues[entry.name] = entry
        elif isinstance(entry, Own):
            _own[entry.name] = entry
        else:
            _notes[entry.template] = entry


def mails_waiting() -> int:
    return OutgoingEmail.objects.waiting().count()


def queues() -> list[Queue]:
    return sorted(_queues.values(), key=lambda queue: queue.priority)


def own() -> list[Own]:
    return sorted(_own.values(), key=lambda line: line.priority)


def notes() -> list[Note]:
    return sorted(_notes.values(), key=lambda note: note.priority)


register(Note(30, "admin/core/_mails.html", "core.view_outgoingemail", lambda: {"mails": mails_waiting()}))
register(Note(20, "admin/_jobs.html", "django_q.view_schedule", lambda: {"jobs": Jobs.now()}))
