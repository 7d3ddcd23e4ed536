"""Whether anybody does the jobs. One of them does nothing, every minute: its row is the proof.

It goes the way of all jobs: the scheduler queues it, a worker takes it up, and django-q2 writes when it ended. So a
cluster whose processes are there but hang is silent too, which its own status (`django_q.status`) does not show.
"""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django_q.models import Schedule, Task

from core.schedules import Job, declare

SILENT = timedelta(minutes=5)  # since any job has ended
BEAT = "core.heartbeat.beat"


def beat() -> None:
    pass


def silence() -> timedelta:
    """How long no job has ended; before the first one, how long that has been due.

    An end in the future, from a clock that was ahead, proves nothing.
    """
    now = timezone.now()
    since = Task.objects.filter(stopped__lte=now).aggregate(latest=Max("stopped"))["latest"] or _first_due()
    return max(now - since, timedelta()) if since else timedelta()


def in_words(silence: timedelta) -> str:
    """For machines, in English."""
    return f"silent for {silence // timedelta(minutes=1)} minutes" if silence > SILENT else "ok"


def _first_due() -> datetime | None:
    return Schedule.objects.filter(func=BEAT).exclude(repeats=0).values_list("next_run", flat=True).first()


declare(Job("show that jobs are done", BEAT, every=1))
