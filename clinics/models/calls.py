from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinics.models.clinic import Clinic

ATTEMPTS = 3  # of a number that nobody answers, on different days
LEASE = timedelta(minutes=30)  # how long a clinic is reserved for its caller


class AccuracySample(models.Model):
    """The listings drawn in one month, to be called and scored. Seed and population make the draw repeatable."""

    month = models.DateField(unique=True, help_text="its first day")
    seed = models.BigIntegerField()
    population = models.PositiveIntegerField(help_text="listed clinics that could be drawn")
    population_sha256 = models.CharField(max_length=64, help_text="of their numbers in order, separated by commas")
    size = models.PositiveIntegerField()
    drawn_at = models.DateTimeField(default=timezone.now)
    measured_at = models.DateTimeField(null=True, blank=True, help_text="when the last of them had its score")

    class Meta:
        ordering = ["-month"]

    def __str__(self):
        return f"{self.month:%Y-%m}"


class SampleMember(models.Model):
    """A listing of a sample as it was shown on the day of the draw, and its scores; None until it is scored."""

    sample = models.ForeignKey(AccuracySample, models.CASCADE, related_name="members")
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="sample_members")
    shown = models.JSONField(help_text="name, address and phone on the day of the draw")
    is_exact = models.BooleanField(null=True)
    is_functional = models.BooleanField(null=True)
    is_reachable = models.BooleanField(null=True)
    is_accepting = models.BooleanField(null=True)
    scored_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["sample", "clinic"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "clinic"], name="drawn_once_a_month"),
            models.CheckConstraint(
                condition=Q(scored_at__isnull=True)
                | Q(
                    is_exact__isnull=False,
                    is_functional__isnull=False,
                    is_reachable__isnull=False,
                    is_accepting__isnull=False,
                ),
                name="score_is_whole",
            ),
        ]

    def __str__(self):
        return f"{self.sample}: {self.clinic}"


class Call(models.Model):
    """A clinic that a caller took from the call list, and the result of the call."""

    class Result(models.TextChoices):
        ANSWERED = "answered", "somebody at the clinic answered"
        MACHINE = "machine", "a recording of this clinic"
        NO_ANSWER = "no-answer", "no answer, busy"
        DEAD = "dead", "the number is dead"
        STRANGER = "stranger", "the number is somebody else's"
        CLOSED = "closed", "the clinic has closed"
        SKIPPED = "skipped", "handed back without a call"

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="calls")
    caller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sample_member = models.ForeignKey(SampleMember, models.SET_NULL, null=True, blank=True, related_name="calls")
    number_called = models.CharField(max_length=24)
    taken_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=9, choices=Result.choices, blank=True, default="")
    name_is_right = models.BooleanField(null=True)
    address_is_right = models.BooleanField(null=True)
    accepting_new_patients = models.BooleanField(null=True)
    days_to_first_visit = models.PositiveSmallIntegerField(null=True, blank=True)
    answers = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text="to further questions of clinics/data/questions.csv, by their keys",
    )
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-taken_at"]
        permissions = [("make_call", "Can call clinics from the call list")]
        constraints = [
            # Even after a lease has ended, no two callers hold the same clinic and no caller holds two.
            models.UniqueConstraint(
                fields=["clinic"], condition=Q(finished_at__isnull=True), name="one_open_call_a_clinic"
            ),
            models.UniqueConstraint(
                fields=["caller"], condition=Q(finished_at__isnull=True), name="one_open_call_a_caller"
            ),
        ]
        indexes = [models.Index(fields=["clinic", "-finished_at"], name="call_by_clinic")]

    def __str__(self):
        return f"{self.clinic}: {self.get_result_display() or 'being called'}"
