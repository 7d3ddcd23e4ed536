"""Whether the clock can be believed, and what follows when it could not.

The worker looks at it every minute (core/queue.py). A clock that has jumped by more than MOST_GAP is doubted until it
is back, or has gone on for BELIEVED_AFTER: then it was the machine that had been off. Meanwhile jobs that nobody could
take back (mail to everybody, deleting, ending plans) wait: they are marked with `waits_for_the_clock`.

When a clock that was ahead is back, what people wrote meanwhile has a date that is to come. Such columns are
registered with `stamped`, in the module `stamps` of each app, and set back by as much as the clock was ahead.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from django.db import IntegrityError, models, transaction
from django.db.models import ExpressionWrapper, F
from django.utils import timezone

from core.models import ClockWatch

CLOCK_SECONDS = 5  # so far apart may two clocks be that are both right
MOST_GAP = timedelta(hours=25)  # between two looks: the machine was off for a day, or the clock is wrong by hours
BELIEVED_AFTER = timedelta(days=1)
TO_COME = timedelta(days=1)  # a stamp beyond that was not written by a clock that was right
WAITS = "The clock has jumped, so this waits until it is right, or has been the same for a day."

logger = logging.getLogger(__name__)
_stamped: list[tuple[type[models.Model], tuple[str, ...]]] = []
_menders: list[Callable[[datetime, timedelta], int]] = []


def stamped(model: type[models.Model], *columns: str) -> None:
    """The first column says when a row was written; the others follow from it, and are set back with it."""
    _stamped.append((model, columns))


def mended_by(mend: Callable[[datetime, timedelta], int]) -> None:
    """`mend(now, ahead)` sets back what is no column of its own; returns in how many rows."""
    _menders.append(mend)


def is_sure(now: datetime | None = None) -> bool:
    """False from a jump on, also before the worker has looked."""
    now, watch = now or timezone.now(), ClockWatch.objects.first()
    return watch is None or (watch.doubted_at is None and _follows(now, watch.believed_at, MOST_GAP))


def believed_from(now: datetime) -> datetime:
    """When a clock that is doubted and goes on as it does is believed."""
    watch = ClockWatch.objects.first()
    return ((watch and watch.doubted_at) or now) + BELIEVED_AFTER


def waits_for_the_clock(job: Callable[[], str]) -> Callable[[], str]:
    @wraps(job)
    def when_sure() -> str:
        return job() if is_sure() else WAITS

    return when_sure


@transaction.atomic  # "right again" is never stored without what follows from it: nothing would try again
def look() -> timedelta:
    """Compare the clock with the last look, and mend what a clock that was ahead has written.

    Returns by how much the clock that is believed now is behind the one that ran before; mostly that is nothing.
    """
    now = timezone.now()
    watch, is_new = ClockWatch.objects.select_for_update().get_or_create(pk=1, defaults={"believed_at": now})
    if is_new:
        return timedelta()
    before = watch.believed_at
    ahead = _step(watch, now)
    if ahead > MOST_GAP:
        logger.warning(
            "The clock was ahead by %s and is right again: %d stamps were set back", ahead, mend(now, ahead)
        )
    watch.save()
    return max(ahead, before - watch.believed_at)


def _follows(now: datetime, before: datetime, most: timedelta) -> bool:
    return abs(now - before) <= most


def _step(watch: ClockWatch, now: datetime) -> timedelta:
    """The next state; returns by how much the clock was ahead, if it is back now."""
    if watch.doubted_at is None or watch.seen_at is None:
        if _follows(now, watch.believed_at, MOST_GAP):
            watch.believed_at = now
        else:
            watch.doubted_at = watch.seen_at = now
        return timedelta()
    lasted = watch.seen_at - watch.doubted_at
    if _follows(now, watch.believed_at, MOST_GAP + lasted):
        ahead = watch.doubted_at - watch.believed_at
        watch.believed_at, watch.doubted_at, watch.seen_at = now, None, None
        return ahead
    if not _follows(now, watch.seen_at, MOST_GAP):
        watch.doubted_at = watch.seen_at = now  # it has jumped again
    elif lasted > BELIEVED_AFTER:
        watch.believed_at, watch.doubted_at, watch.seen_at = now, None, None
    else:
        watch.seen_at = now
    return timedelta()


def mend(now: datetime, ahead: timedelta) -> int:
    """Set back every stamp that is to come; returns in how many rows."""
    count = 0
    for model, columns in _stamped:
        is_day = not isinstance(model._meta.get_field(columns[0]), models.DateTimeField)
        limit = timezone.localdate(now + TO_COME) if is_day else now + TO_COME
        changes = {column: _earlier(model, column, ahead) for column in columns}
        rows = model._base_manager.filter(**{f"{columns[0]}__gt": limit})
        for pk in rows.values_list("pk", flat=True):
            try:
                with transaction.atomic():
                    count += model._base_manager.filter(pk=pk).update(**changes)
            except IntegrityError:  # another row has that day already
                logger.warning("%s %s keeps a date that is to come", model._meta.label, pk)
    for each in _menders:
        count += each(now, ahead)
    return count


def _earlier(model: type[models.Model], column: str, ahead: timedelta) -> ExpressionWrapper:
    """Whole days from a date."""
    field = model._meta.get_field(column)
    if isinstance(field, models.DateTimeField):
        return ExpressionWrapper(F(column) - ahead, output_field=models.DateTimeField())
    return ExpressionWrapper(F(column) - whole_days(ahead), output_field=models.DateField())


def whole_days(ahead: timedelta) -> timedelta:
    return timedelta(days=round(ahead / timedelta(days=1)))
