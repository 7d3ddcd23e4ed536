from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from clinics.models.clinic import Clinic


def answer_days() -> int:
    """The days of a round: its last reminder waits as long for an answer as its first mail did."""
    return settings.REMIND_AFTER_DAYS[-1] + settings.REMIND_AFTER_DAYS[0]


class ConfirmationRequestQuerySet(models.QuerySet):
    def awaiting_answer(self):
        """Those of which a mail may still bring an answer."""
        since = timezone.localdate() - timedelta(days=answer_days())
        return self.filter(answered_at=None, bounced_at=None, asked_on__gt=since)


class ConfirmationRequest(models.Model):
    """One round of asking a clinic whether its listing is still right, under links that are answered once."""

    class Reason(models.TextChoices):
        DUE = "due", "its turn"
        REPORTED = "reported", "readers reported a dead number"

    class Answer(models.TextChoices):
        STILL_RIGHT = "still-right", "still right"
        CORRECTED = "corrected", "corrected in place"

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="confirmation_requests")
    email = models.EmailField(max_length=254)
    reason = models.CharField(max_length=8, choices=Reason.choices, default=Reason.DUE)
    asked_on = models.DateField(default=timezone.localdate)
    answer = models.CharField(max_length=11, choices=Answer.choices, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True, help_text="the address takes no mail")

    objects = ConfirmationRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "asked_on"], name="one_request_a_day"),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at__isnull=True)
                | (~models.Q(answer="") & models.Q(answered_at__isnull=False)),
                name="answer_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["email"], name="request_by_email")]

    def __str__(self):
        return f"{self.clinic}, asked on {self.asked_on}"

    @property
    def is_unanswered(self) -> bool:
        """All mails of the round have had their time."""
        return self.answered_at is None and timezone.localdate() >= self.asked_on + timedelta(days=answer_days())

    def answer_with(self, answer: str) -> None:
        """From now on its links are used."""
        self.answer, self.answered_at = answer, timezone.now()
        self.save(update_fields=["answer", "answered_at"])


class ConfirmationMail(models.Model):
    """One mail of a round. The row is written before the mail goes out, so that none ever goes out twice."""

    request = models.ForeignKey(ConfirmationRequest, models.CASCADE, related_name="mails")
    step = models.PositiveSmallIntegerField(help_text="0: the question; 1, 2: its reminders")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(
        null=True, help_text="empty: the sender stopped in the middle, it may not have gone"
    )

    class Meta:
        ordering = ["request", "step"]
        constraints = [models.UniqueConstraint(fields=["request", "step"], name="one_mail_a_step")]

    def __str__(self):
        return f"{self.request}, mail {self.step + 1}"
