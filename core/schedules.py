"""Jobs that run by themselves. Each app declares its own; after `migrate` they are rows of django-q2's table.

An app declares its jobs in its `schedules` module, which its AppConfig imports when it is ready. A job does only what
is due, so it may run at any time and twice.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps as installed_apps
from django.db import router
from django.utils import timezone
from django_q.models import Schedule

LATE = timedelta(minutes=10)  # after its time no worker took a job up
# django-q2 tries what fails again after an hour, three times in all. Worth it for what does not come soon by itself.
TRY_AGAIN = "{'q_options': {'ack_failure': False}}"
EVERY_HOUR, EVERY_DAY, EVERY_WEEK = Schedule.HOURLY, Schedule.DAILY, Schedule.WEEKLY


@dataclass(frozen=True)
class Job:
    """`function`, by its dotted path, every so many minutes or every hour, day or week. Its name is its identity."""

    name: str
    function: str
    every: str | int  # a constant of this module, or minutes

    @property
    def columns(self) -> dict:
        is_in_minutes = isinstance(self.every, int)
        return {
            "func": self.function,
            "schedule_type": Schedule.MINUTES if is_in_minutes else self.every,
            "minutes": self.every if is_in_minutes else None,
            "kwargs": TRY_AGAIN if self.every in (EVERY_DAY, EVERY_WEEK) else None,
        }


_jobs: dict[str, Job] = {}


def declare(*jobs: Job) -> None:
    _jobs.update({job.name: job for job in jobs})


def write_schedules(using: str, apps=installed_apps, **kwargs) -> None:
    """Make the table of schedules hold the declared jobs. Connected to post_migrate.

    When a job runs next, and whether it is switched off (`repeats` is 0), stay as they are. Rows of our own apps that
    no app declares any more are deleted.
    """
    try:
        model = apps.get_model("django_q", "Schedule")
    except LookupError:  # its table is not there yet
        return
    if not router.allow_migrate_model(using, model):
        return
    schedules = model.objects.using(using)
    rows = {row.name: row for row in schedules.all()}
    for job in _jobs.values():
        row = rows.get(job.name)
        if row is None:
            schedules.create(name=job.name, repeats=-1, next_run=timezone.now(), **job.columns)
        elif any(getattr(row, column) != value for column, value in job.columns.items()):
            schedules.filter(pk=row.pk).update(**job.columns)
    our_apps = {job.function.partition(".")[0] for job in _jobs.values()}
    for row in rows.values():
        if row.name not in _jobs and row.func.partition(".")[0] in our_apps:
            schedules.filter(pk=row.pk).delete()


def is_late(schedule: Schedule) -> bool:
    """Whether no worker took it up in time, or a clock was ahead when it ran."""
    is_overdue = schedule.next_run is not None and schedule.next_run < timezone.now() - LATE
    return is_overdue or is_too_far_off(schedule)


def is_too_far_off(schedule: Schedule) -> bool:
    """Whether it is due later than its next round: a clock was ahead when it ran. Then it is due (core/queue.py)."""
    if schedule.next_run is None or schedule.schedule_type == Schedule.ONCE:
        return False
    return schedule.next_run > schedule.calculate_next_run(timezone.now()) + LATE


declare(
    Job("send waiting mails", "core.email.send_waiting", every=15),
    Job("delete old drafts of forms", "core.form_drafts.jobs.delete_old", EVERY_DAY),
)
