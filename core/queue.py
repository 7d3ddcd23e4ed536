"""The queue of jobs: that of django-q2 in our database, which no clock that was ahead can hold up.

A job that was queued, and a schedule that ran, by such a clock would wait until the time which it had reached. The
worker looks every LOOK_EVERY_SECONDS, by a clock that cannot be set.
"""

import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule

from core import clock
from core.schedules import LATE, is_too_far_off

LOOK_EVERY_SECONDS = 60


class Broker(ORM):
    _next_look = 0.0

    def dequeue(self):
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_EVERY_SECONDS
            look()
        return super().dequeue()


@transaction.atomic  # with clock.look(), which tells of a jump once
def look() -> None:
    """Look at the clock. If it was ahead, what waits for a time that is too far off is due.

    Only then: somebody may have moved a schedule on purpose.
    """
    if clock.look() <= LATE:
        return
    now = timezone.now()
    for schedule in Schedule.objects.exclude(repeats=0):
        if is_too_far_off(schedule):
            # Unless the scheduler has it at this moment.
            Schedule.objects.filter(pk=schedule.pk, next_run=schedule.next_run).update(next_run=now)
    # A worker may be at work on it: as long as any job that was taken up now.
    longest = now + timedelta(seconds=Conf.RETRY)
    OrmQ.objects.filter(lock__gt=longest + LATE).update(lock=longest)
