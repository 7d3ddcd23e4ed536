"""Who of the staff is told of what, and how. Who that is in each case, and the words, stand in articles/notices.py."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from articles.models.article import Article


class NoticeChoice(models.Model):
    """How one person is told of one kind of event; without a row, as USUALLY says."""

    class Event(models.TextChoices):
        HANDED_IN = "handed-in", "An article is handed in for review"
        SENT_BACK = "sent-back", "An article of mine is sent back"
        APPROVED = "approved", "An article of mine is approved"
        PUBLISHED = "published", "An article of mine is published"
        REVIEW_DUE = "review-due", "A medical review is due within 30 days"
        DEAD_LINK = "dead-link", "A link in an article leads nowhere any more"
        DANGER = "danger", "A comment may come from somebody in danger"

    class How(models.TextChoices):
        AT_ONCE = "at-once", "a mail at once"
        DAILY = "daily", "in one mail a day"
        NEVER = "never", "no mail"

    USUALLY = {Event.REVIEW_DUE: How.DAILY, Event.DEAD_LINK: How.DAILY}  # all others at once

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_choices")
    event = models.CharField(max_length=12, choices=Event.choices)
    how = models.CharField(max_length=8, choices=How.choices)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="one_notice_choice_an_event")]

    def __str__(self):
        return f"{self.get_event_display()}: {self.get_how_display()}"

    @classmethod
    def of(cls, user) -> dict[str, str]:
        """{event: how} for every event. Of somebody in danger everybody is told at once."""
        chosen = dict(cls.objects.filter(user=user).values_list("event", "how"))
        usual = {event.value: cls.USUALLY.get(event, cls.How.AT_ONCE).value for event in cls.Event}
        return usual | chosen | {cls.Event.DANGER.value: cls.How.AT_ONCE.value}


class NoticeQuerySet(models.QuerySet):
    def for_digest(self):
        """Those that nobody was told of yet, by person and age."""
        return self.filter(is_daily=True, mailed_at=None).order_by("user", "created_at", "pk")

    def outdated(self):
        return self.filter(created_at__lt=timezone.now() - timedelta(days=Notice.KEPT_DAYS))


class Notice(models.Model):
    """One person is told of one event, once: a second one with the same key is not made."""

    # Longer than any event lasts: until its row is gone, nobody is told of it again.
    KEPT_DAYS = 90

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    event = models.CharField(max_length=12, choices=NoticeChoice.Event.choices)
    key = models.CharField(max_length=200, unique=True, help_text="which event it is, and whom it is for")
    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="notices")
    comment = models.ForeignKey("articles.Comment", models.CASCADE, null=True, related_name="notices")
    by = models.CharField(max_length=150, blank=True, help_text="who did it")
    words = models.TextField(blank=True, help_text="what the person wrote who did it; of a dead link, its address")
    is_daily = models.BooleanField(default=False, help_text="waits for the daily mail")
    created_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, help_text="when its mail went to the outbox")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["created_at", "pk"]

    def __str__(self):
        return self.key
