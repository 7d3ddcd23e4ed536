import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models.clinic import Clinic

REPORT_DAYS = 30  # how long reports of one clinic count together, and the codes of their senders are kept
HASH_DIGITS = 40  # 160 bits
REPORTERS_TO_WARN = 2  # senders who report a dead number put a warning on the page


def new_key() -> str:
    """The secret part of the address at which a reporter follows a report."""
    return secrets.token_urlsafe(16)


class CorrectionQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=Correction.Status.OPEN)

    def worst_first(self):
        """The most harmful first, then the oldest: a dead number turns away someone who had the courage to call."""
        by_harm = [models.When(problem=problem, then=rank) for rank, problem in enumerate(Correction.HARM)]
        rank = models.Case(*by_harm, default=len(by_harm), output_field=models.IntegerField())
        return self.annotate(harm=rank).order_by("harm", "created_at")

    def recent_phone_reports(self):
        """Open reports of a dead number that are young enough to count together."""
        since = timezone.now() - timedelta(days=REPORT_DAYS)
        return self.open().filter(problem=Correction.Problem.WRONG_NUMBER, created_at__gte=since)


class Correction(models.Model):
    """A reader's report of what is wrong with a clinic. Nothing about the reader is stored."""

    class Problem(models.TextChoices):
        WRONG_NUMBER = "wrong-number", _("The phone number is wrong or dead")
        MOVED = "moved", _("It has moved")
        CLOSED = "closed", _("It has closed")
        NOT_TAKING_PATIENTS = "not-taking-patients", _("It takes no new patients")
        NOT_COVERED = "not-covered", _("It does not take the insurance shown here")
        OTHER = "other", _("Something else")

    class Status(models.TextChoices):
        OPEN = "open", "to be looked at"
        CORRECTED = "corrected", "the listing was corrected"
        AS_STATED = "as-stated", "checked, the listing is right"
        UNCLEAR = "unclear", "could not be found out"

    HARM = (
        Problem.WRONG_NUMBER,
        Problem.CLOSED,
        Problem.MOVED,
        Problem.NOT_TAKING_PATIENTS,
        Problem.NOT_COVERED,
        Problem.OTHER,
    )

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="corrections")
    problem = models.CharField(max_length=20, choices=Problem.choices)
    phone = models.CharField(
        max_length=24, blank=True, default="", db_default="", help_text="the number that is wrong; empty: the main one"
    )
    note = models.TextField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)
    # Distinguishes the senders of one clinic's reports for REPORT_DAYS, and nothing else: see reporter_hash.
    reporter_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    follow_key = models.CharField(max_length=22, unique=True, null=True, default=new_key, editable=False)  # noqa: DJ001

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["status", "created_at"], name="correction_queue")]

    def __str__(self):
        return f"{self.get_problem_display()}: {self.clinic}"

    def close(self, status: str, by) -> None:
        """Store the status of the report and who closed it."""
        self.status, self.closed_by, self.closed_at = status, by, timezone.now()
        self.save(update_fields=["status", "closed_by", "closed_at"])
        update_phone_reported(self.clinic)


def close_phone_reports(clinic: Clinic, status: str, by, phone: str = "") -> None:
    """Close all open reports of a dead number, or those of `phone`, which takes down the warning on the page."""
    reports = _phone_reports(clinic)
    if phone:
        reports = reports.filter(phone__in=_ways_to_name(clinic, phone))
    reports.update(status=status, closed_by=by, closed_at=timezone.now())
    update_phone_reported(clinic)


def reporter_hash(clinic: Clinic, sender: str) -> str:
    """A code for the sender of a report on `clinic`: the same one for REPORT_DAYS while a report of theirs is open.

    "salt$hash": the salt is random, so the codes of one sender at two clinics have nothing in common, and nobody can
    try addresses against a code without our key. The caller holds the clinic's row locked, so that simultaneous
    reports are compared too.
    """
    since = timezone.now() - timedelta(days=REPORT_DAYS)
    return code_of(sender, clinic.corrections.open().filter(created_at__gte=since))


def code_of(sender: str, recent: models.QuerySet) -> str:
    """The code that the `recent` reports on one thing have of this sender, else a new one."""
    codes = recent.exclude(reporter_hash="").order_by().values_list("reporter_hash", flat=True)
    for known in codes.distinct():
        if hmac.compare_digest(known, _hash(known.partition("$")[0], sender)):
            return known
    return _hash(secrets.token_urlsafe(16), sender)


def _hash(salt: str, sender: str) -> str:
    keyed = hmac.new(settings.SECRET_KEY.encode(), f"{salt} origin {sender}".encode(), hashlib.sha256)
    return f"{salt}${keyed.hexdigest()[:HASH_DIGITS]}"


def update_phone_reported(clinic: Clinic) -> bool:
    """Put up or take down the warning that readers report the phone number. True if it was put up just now.

    A sender counts once for a number, however many reports they send. No other fact changes: no flood of reports
    unlists a clinic.
    """
    current = Clinic.objects.defer("position").get(pk=clinic.pk)
    warned_of = current.reported_phone
    if warned_of and not _phone_reports(current).filter(phone__in=_ways_to_name(current, warned_of)).exists():
        Clinic.objects.filter(pk=clinic.pk).update(phone_reported_on=None, phone_reported="")
    counted = current.corrections.recent_phone_reports().exclude(reporter_hash="").values("phone")
    counted = counted.annotate(senders=Count("reporter_hash", distinct=True)).order_by("-senders", "phone")
    worst_first = [row["phone"] or current.phone for row in counted.filter(senders__gte=REPORTERS_TO_WARN)]
    dead = [phone for phone in worst_first if phone in current.stated_phones]
    if not dead:
        return False
    return warn_of_phone(current, min(dead, key=lambda phone: phone != current.phone_for_new_patients))


def warn_of_phone(clinic: Clinic, phone: str) -> bool:
    """Warn readers that `phone` is dead; True if they are warned of it from now on.

    One number has the warning. It gives way to the number that new patients call, and once the clinic states another.
    """
    current = Clinic.objects.defer("position").get(pk=clinic.pk)
    keeps = current.reported_phone in current.stated_phones and phone != current.phone_for_new_patients
    if current.reported_phone and (keeps or phone == current.reported_phone):
        return False
    known = Clinic.objects.filter(pk=current.pk, phone_reported_on=current.phone_reported_on)
    warning = {"phone_reported_on": timezone.localdate(), "phone_reported": phone}
    return known.filter(phone_reported=current.phone_reported).update(**warning) == 1


def _phone_reports(clinic: Clinic):
    return clinic.corrections.open().filter(problem=Correction.Problem.WRONG_NUMBER)


def _ways_to_name(clinic: Clinic, phone: str) -> list[str]:
    """A report that names no number is about the main one."""
    return [phone, clinic.phone, ""] if phone in ("", clinic.phone) else [phone]
