"""What an owner wrote and has not been published yet: saved at every step, sent in once, decided by an editor."""

from collections.abc import Callable

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from listings.models.listing import Listing

OPEN = ("draft", "open", "asked")


class SubmissionQuerySet(models.QuerySet):
    def open(self):
        """Not decided yet; a listing has at most one."""
        return self.filter(status__in=OPEN)

    def decided(self):
        return self.exclude(status__in=OPEN)


class Submission(models.Model):
    """One pass through the wizard, for a new listing or for changes to a live one."""

    class Kind(models.TextChoices):
        NEW = "new", _("new listing")
        EDIT = "edit", _("changes to a live listing")

    class Status(models.TextChoices):
        DRAFT = "draft", _("not sent in yet")
        OPEN = "open", _("waiting for review")
        APPROVED = "approved", _("approved")
        ASKED = "asked", _("waits for an answer of the owner")
        REJECTED = "rejected", _("rejected")

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="submissions")
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.NEW)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    answers = models.JSONField(default=dict, help_text="{step: {field: [what was typed]}}")
    live_answers = models.JSONField(default=dict, help_text="the same as it was live when the change was begun")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=1000, blank=True, help_text="of the decision, or the question asked")
    asked_step = models.CharField(max_length=20, blank=True, help_text="the step that the question is about")
    confirmed_by = models.CharField(max_length=200, blank=True, help_text="in which second way it was checked")

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["submitted_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["listing"], condition=Q(status__in=["draft", "open", "asked"]), name="one_submission_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["status", "submitted_at"], name="submission_queue")]

    def __str__(self):
        return str(self.listing)

    @property
    def is_editable(self) -> bool:
        """Whether the owner can change it: before it is sent in, and while an editor's question is open."""
        return self.status in (self.Status.DRAFT, self.Status.ASKED)

    def store_answers(self, step: str, typed: dict[str, list[str]]) -> None:
        """Store what was typed at a step, even if it is wrong. Raises ValueError if it was sent in already."""
        self.change_answers(lambda answers: answers | {step: typed})

    def change_answers(self, change: Callable[[dict], dict]) -> None:
        """Store what `change` makes of the answers as they are now. Raises ValueError if it was sent in already."""
        with transaction.atomic():
            current = Submission.objects.select_for_update().get(pk=self.pk)
            if not current.is_editable:
                raise ValueError(_("It was sent in already and waits for review."))
            self.answers = change(current.answers)
            self.save(update_fields=["answers"])

    def send_in(self, user) -> bool:
        """Hand it to the editors; False if it was sent in already."""
        with transaction.atomic():
            current = Submission.objects.select_for_update().get(pk=self.pk)
            if not current.is_editable:
                return False
            self.status, self.submitted_by, self.submitted_at = self.Status.OPEN, user, timezone.now()
            self.save(update_fields=["status", "submitted_by", "submitted_at"])
            if self.kind == self.Kind.NEW and self.listing.status == Listing.Status.DRAFT:
                self.listing.submit()
        return True

    def take_back(self) -> None:
        """Return it to its owners before an editor has begun. Raises ValueError if one has, or has decided."""
        with transaction.atomic():
            current = Submission.objects.select_for_update().get(pk=self.pk)
            if current.status != self.Status.OPEN:
                raise ValueError(f"{self} does not wait for an editor: {current.get_status_display()}.")
            if self.kind == self.Kind.NEW:
                self.listing.take_back()
            if current.decided_at:  # it answered a question, which stays open
                self.status = self.Status.ASKED
            else:
                self.status, self.submitted_by, self.submitted_at = self.Status.DRAFT, None, None
            self.save(update_fields=["status", "submitted_by", "submitted_at"])

    def decide(self, status: str, by, reason: str = "", **details) -> None:
        """Write the decision. Raises ValueError if it was decided already."""
        with transaction.atomic():
            current = Submission.objects.select_for_update().get(pk=self.pk)
            if current.status != self.Status.OPEN:
                raise ValueError(f"{self} was decided already: {current.get_status_display()}.")
            values = {"status": status, "decided_by": by, "decided_at": timezone.now(), "reason": reason} | details
            for name, value in values.items():
                setattr(self, name, value)
            self.save(update_fields=list(values))
            if self.kind == self.Kind.NEW and status in (self.Status.ASKED, self.Status.REJECTED):
                self.listing.send_back(reason[:500])
