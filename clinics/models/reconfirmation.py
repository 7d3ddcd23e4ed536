from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from clinics.models.clinic import Clinic
from core.models import OutgoingEmail

MAIL_KEY = "reconfirmation-{request}-{step}"  # in the outbox: no mail of a request is sent twice


def answer_days() -> int:
    """How long a clinic has to answer: the last reminder waits as long as the first mail did."""
    return settings.REMIND_AFTER_DAYS[-1] + settings.REMIND_AFTER_DAYS[0]


class ConfirmationRequestQuerySet(models.QuerySet):
    def awaiting_answer(self):
        """Those that a clinic may still answer by mail."""
        since = timezone.localdate() - timedelta(days=answer_days())
        return self.filter(answered_at=None, bounced_at=None, asked_on__gt=since)

    def with_mails_sent(self):
        """Each with `mails_sent`: how many of its mails the mail server took."""
        before, after = MAIL_KEY.split("{request}")
        number = Cast(models.OuterRef("pk"), models.CharField())
        keys = [Concat(Value(before), number, Value(after.format(step=step))) for step in ConfirmationRequest.steps()]
        sent = OutgoingEmail.objects.filter(key__in=keys, sent_at__isnull=False).order_by()
        count = sent.annotate(count=models.Func("pk", function="count")).values("count")
        return self.annotate(mails_sent=models.Subquery(count, output_field=models.IntegerField()))


class ConfirmationRequest(models.Model):
    """A request to a clinic to reconfirm its listing: a mail and its reminders, with a link that is answered once."""

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

    owner_email: str | None  # with_owner_email()

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
        """Whether the clinic had its time to answer and did not."""
        return self.answered_at is None and timezone.localdate() >= self.asked_on + timedelta(days=answer_days())

    @property
    def mails(self) -> models.QuerySet:
        """Those of the round that were begun."""
        return OutgoingEmail.objects.filter(key__in=[self.mail_key(step) for step in self.steps()])

    def mail_key(self, step: int) -> str:
        return MAIL_KEY.format(request=self.pk, step=step)

    @staticmethod
    def steps() -> range:
        """0: the question; 1, 2: its reminders."""
        return range(len(settings.REMIND_AFTER_DAYS) + 1)

    def answer_with(self, answer: str) -> None:
        """Store the answer, after which the link opens nothing."""
        self.answer, self.answered_at = answer, timezone.now()
        self.save(update_fields=["answer", "answered_at"])
