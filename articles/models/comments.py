from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.utils import timezone

from articles.models.article import Article
from articles.moderation import Flag, flags_of
from core.locks import transaction_lock

REPORTS_THAT_HIDE = 3
MOST_CHARACTERS = 2000
SENT_AGAIN_WITHIN = timedelta(hours=1)
LOCK_CLASS = 0x636F6D6D  # "comm"


class CommentQuerySet(models.QuerySet):
    def shown(self):
        """What readers see: approved, and not hidden again after reports."""
        return self.filter(status=Comment.Status.APPROVED)

    def waiting(self):
        """The queue: people who may be in danger first, then flagged or reported comments, then the rest, by age."""
        return self.filter(models.Q(status=Comment.Status.HELD) | models.Q(reports__gt=0)).order_by(
            "priority", "created_at"
        )


class Comment(models.Model):
    """A reader's comment on an article. Only the name that the writer chose is stored."""

    class Status(models.TextChoices):
        HELD = "held", "waiting"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"

    class Priority(models.IntegerChoices):
        DANGER = 0, "someone may be in danger"
        FLAGGED = 1, "flagged"
        ORDINARY = 2, "ordinary"

    article = models.ForeignKey(Article, models.CASCADE, related_name="comments")
    parent = models.ForeignKey("self", models.CASCADE, related_name="replies", null=True, blank=True)
    name = models.CharField(max_length=60)
    text = models.TextField(max_length=MOST_CHARACTERS)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.HELD)
    flags = ArrayField(models.CharField(max_length=20, choices=Flag.choices), default=list, editable=False)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.ORDINARY, editable=False)
    reports = models.PositiveIntegerField(default=0, editable=False, help_text="of readers, since it was last judged")
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        indexes = [
            models.Index(fields=["article", "status", "created_at"], name="comments_of_article"),
            models.Index(fields=["status", "priority", "created_at"], name="comment_queue"),
        ]

    def __str__(self):
        return f"{self.name}: {self.text[:60]}"

    def hold(self) -> None:
        """Flag it for the moderator by its words, and save it; nobody else sees it until it is approved.

        One that was sent a moment ago, whose writer saw no answer or tapped twice, is not saved again.
        """
        self.flags = flags_of(self.text, self.name)
        self.priority = self.Priority.ORDINARY
        if self.flags:
            self.priority = self.Priority.DANGER if Flag.SELF_HARM in self.flags else self.Priority.FLAGGED
        self.status = self.Status.HELD
        with transaction.atomic():
            transaction_lock(LOCK_CLASS, f"{self.article_id} {self.parent_id} {self.name} {self.text}")
            if not self._was_sent():
                self.save()

    def _was_sent(self) -> bool:
        same = Comment.objects.filter(article=self.article_id, parent=self.parent_id, name=self.name, text=self.text)
        return same.filter(created_at__gte=timezone.now() - SENT_AGAIN_WITHIN).exists()

    @property
    def signals_danger(self) -> bool:
        return self.priority == self.Priority.DANGER

    def decide(self, status: str, by) -> None:
        """Approve or reject; this settles the reports so far."""
        self.status, self.decided_by, self.decided_at, self.reports = status, by, timezone.now(), 0
        self.save(update_fields=["status", "decided_by", "decided_at", "reports"])

    def report(self) -> None:
        """Count a reader's objection; after REPORTS_THAT_HIDE of them it is hidden until the moderator decides."""
        Comment.objects.filter(pk=self.pk).update(reports=models.F("reports") + 1)
        Comment.objects.filter(pk=self.pk, reports__gte=REPORTS_THAT_HIDE).update(status=self.Status.HELD)
        Comment.objects.filter(pk=self.pk, priority=self.Priority.ORDINARY).update(priority=self.Priority.FLAGGED)
        self.refresh_from_db()
