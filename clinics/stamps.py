"""Which columns are set back after the clock was ahead (core/clock.py).

Else a clinic would be fresh for too long, or closed in a year.
"""

from datetime import date, datetime, timedelta

from django.utils import timezone

from clinics.models import (
    Call,
    Clinic,
    Closure,
    Confirmation,
    ConfirmationRequest,
    Correction,
    CountyNotice,
    ImportRun,
    ImportUpload,
    PharmacyReport,
)
from core import clock

clock.stamped(Confirmation, "confirmed_on")
clock.stamped(ConfirmationRequest, "asked_on")
clock.stamped(Closure, "created_at", "starts_at", "ends_at")
clock.stamped(CountyNotice, "created_at", "starts_at", "ends_at")
clock.stamped(Call, "finished_at")
clock.stamped(Call, "taken_at")
clock.stamped(Correction, "created_at")
clock.stamped(Correction, "closed_at")
clock.stamped(PharmacyReport, "filled_on")
clock.stamped(PharmacyReport, "created_at")
clock.stamped(ImportRun, "started_at")
clock.stamped(ImportRun, "finished_at")
clock.stamped(ImportUpload, "queued_at")


def set_back_answers(now: datetime, ahead: timedelta) -> int:
    """Of `answers_stated`, which says of each answer who gave it and when (clinics/questions/stated.py)."""
    limit, count = timezone.localdate(now + clock.TO_COME).isoformat(), 0
    for clinic in Clinic.objects.exclude(answers_stated={}).only("pk", "answers_stated").iterator():
        stated = {
            key: [source, _earlier(day, ahead) if day > limit else day]
            for key, (source, day) in clinic.answers_stated.items()
        }
        if stated != clinic.answers_stated:
            same = Clinic.objects.filter(pk=clinic.pk, answers_stated=clinic.answers_stated)
            count += same.update(answers_stated=stated)
    return count


def _earlier(day: str, ahead: timedelta) -> str:
    return (date.fromisoformat(day) - clock.whole_days(ahead)).isoformat()


clock.mended_by(set_back_answers)
