"""Readers' reports: stored, counted by sender, and how long they wait for an answer."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connections, transaction
from django.utils import timezone

from clinics.models import Clinic, ConfirmationRequest, Correction, PharmacyReport
from clinics.models.reports import REPORT_DAYS, reporter_hash, update_phone_reported
from clinics.verification.reconfirmation import request_confirmation

MEDIAN_OF_DAYS = 90
MEDIAN = """
    SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_at - created_at)
    FROM clinics_correction WHERE status <> 'open' AND closed_at >= %s
"""


def store_report(report: Correction, sender: str) -> Correction:
    """Store a report. Once enough senders report a dead number, the page warns and the clinic is asked at once."""
    with transaction.atomic():
        Clinic.objects.select_for_update().only("pk").get(pk=report.clinic_id)
        if report.problem != Correction.Problem.WRONG_NUMBER:
            report.phone = ""
        elif not report.phone:  # the one that they were shown first
            report.phone = report.clinic.phone_for_new_patients
        report.reporter_hash = reporter_hash(report.clinic, sender)
        report.save()
        if update_phone_reported(report.clinic):
            request_confirmation(report.clinic, ConfirmationRequest.Reason.REPORTED)
    return report


def delete_reporter_hashes() -> int:
    """Delete the codes of senders from reports that are too old to count together."""
    old = Correction.objects.filter(created_at__lt=timezone.now() - timedelta(days=REPORT_DAYS))
    too_old = (old, PharmacyReport.objects.aged_out())
    return sum(reports.exclude(reporter_hash="").update(reporter_hash="") for reports in too_old)


@dataclass(frozen=True)
class TimeToClose:
    count: int
    median: timedelta


def time_to_close() -> TimeToClose | None:
    """The median time from a report to its outcome, of those closed in the last 90 days; None without any."""
    with connections[Correction.objects.all().db].cursor() as cursor:
        cursor.execute(MEDIAN, [timezone.now() - timedelta(days=MEDIAN_OF_DAYS)])
        count, median = cursor.fetchone()
    return TimeToClose(count, median) if count else None
