import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import own_links
from articles.models.article import Article
from articles.models.held_words import HeldWord, words_in
from articles.moderation import Flag, flags_of
from core.locks import transaction_lock

REPORTS_THAT_HIDE = 3
MOST_CHARACTERS = 2000
SENT_AGAIN_WITHIN = timedelta(hours=1)
LOCK_CLASS = 0x636F6D6D  # "comm"
SPAM = (Flag.AD, Flag.LINK)
MOST_FLAGGED_AGAIN = 1000  # waiting comments that are read when a word is listed
HANDLE = re.compile(r"(\d{1,18})-(\d{1,20})\Z")


@dataclass
class Decided:
    """What came of one decision on one comment or many."""

    comments: list["Comment"]
    before: list[dict]  # how each of them stood, for `undo`; can be written as JSON
    at: datetime
    late: list["Comment"] = field(default_factory=list)  # somebody else had decided on these meanwhile


class CommentQuerySet(models.QuerySet):
    def shown(self):
        """What readers see: approved, and not hidden again after reports."""
        return self.filter(status=Comment.Status.APPROVED)

    def waiting(self):
        """The queue: people who may be in danger first, then flagged or reported comments, then the rest, by age."""
        return self.filter(models.Q(status=Comment.Status.HELD) | models.Q(reports__gt=0)).order_by(
            "priority", "created_at"
        )

    def spam(self):
        """Those that wait and are flagged as an advertisement or a link, and in which nobody may be in danger."""
        return self.waiting().filter(flags__overlap=SPAM).exclude(priority=Comment.Priority.DANGER)

    @transaction.atomic
    def decide(self, handles: Iterable[str], status: str, by) -> Decided:
        """Approve or reject the comments of these handles; this settles the reports so far.

        A handle says how the comment stood when the moderator saw it: what somebody else has decided on since, is late
        and stays as it is.
        """
        seen = {int(found[1]): handle for handle in handles if (found := HANDLE.match(handle))}
        rows = list(self.select_for_update(of=("self",)).filter(pk__in=seen).order_by("pk"))
        ours = [row for row in rows if row.handle == seen[row.pk]]
        done = Decided(
            ours, [row.standing for row in ours], timezone.now(), [row for row in rows if row.handle != seen[row.pk]]
        )
        values = {"status": status, "decided_by": by, "decided_at": done.at, "reports": 0}
        self.model.objects.filter(pk__in=[row.pk for row in ours]).update(**values)
        for row in ours:
            row.status, row.decided_by, row.decided_at, row.reports = status, by, done.at, 0
        return done

    @transaction.atomic
    def undo(self, before: list[dict], decided_at: datetime) -> list["Comment"]:
        """Take a decision back: those on which nobody has decided since stand again as in `before`."""
        rows = self.select_for_update(of=("self",)).filter(pk__in=[each["pk"] for each in before])
        known = {row.pk: row for row in rows.filter(decided_at=decided_at)}
        restored = []
        for each in before:
            if row := known.get(each["pk"]):
                row.status, row.reports, row.decided_by_id = each["status"], each["reports"], each["decided_by"]
                row.decided_at = each["decided_at"] and datetime.fromisoformat(each["decided_at"])
                row.save(update_fields=["status", "reports", "decided_by", "decided_at"])
                restored.append(row)
        return restored

    def flag_for(self, word: str) -> int:
        """Flag the comments that wait and hold a word that was listed just now. Returns how many."""
        held = self.filter(status=Comment.Status.HELD).exclude(held_words__contains=[word]).order_by("-created_at")
        found = [row for row in held[:MOST_FLAGGED_AGAIN] if words_in(f"{row.name}\n{row.text}", [word])]
        for row in found:
            row.held_words = sorted([*row.held_words, word])
            row.flags = [*(flag for flag in row.flags if flag != Flag.HELD_WORDS), Flag.HELD_WORDS.value]
            row.priority = min(row.priority, Comment.Priority.FLAGGED)
            row.save(update_fields=["held_words", "flags", "priority"])
        return len(found)


class Comment(models.Model):
    """A reader's comment on an article, or a reply of the site. Of a reader only the name they chose is stored."""

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
    name = models.CharField(max_length=60)  # "" once a moderator has taken it off
    text = models.TextField(max_length=MOST_CHARACTERS)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.HELD)
    flags = ArrayField(models.CharField(max_length=20, choices=Flag.choices), default=list, editable=False)
    held_words = ArrayField(models.CharField(max_length=80), default=list, db_default=[], editable=False)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.ORDINARY, editable=False)
    reports = models.PositiveIntegerField(default=0, editable=False, help_text="of readers, since it was last judged")
    is_from_site = models.BooleanField("from the editors", default=False, db_default=False, editable=False)
    written_by = models.ForeignKey(  # of a reply of the site; readers never see who it was
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="site_replies",
    )
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
        return self.text[:60]  # without the name, which may be taken off later: logs of the admin keep this

    def hold(self) -> None:
        """Flag it for the moderator by its words, and save it; nobody else sees it until it is approved.

        One that was sent a moment ago, whose writer saw no answer or tapped twice, is not saved again. It then gets
        the number of the first one, unless anybody but its writer may have read that one: a number opens its own link.
        """
        self.flags = flags_of(self.text, self.name)
        self.held_words = HeldWord.objects.found_in(f"{self.name}\n{self.text}")
        if self.held_words:
            self.flags.append(Flag.HELD_WORDS.value)
        self.priority = self.Priority.ORDINARY
        if self.flags:
            self.priority = self.Priority.DANGER if Flag.SELF_HARM in self.flags else self.Priority.FLAGGED
        self.status = self.Status.HELD
        with transaction.atomic():
            transaction_lock(LOCK_CLASS, f"{self.article_id} {self.parent_id} {self.name} {self.text}")
            first = self._sent_before()
            if first is None:
                self.save()
            elif first.decided_at is None and not first.private_answers.exists():
                self.pk = first.pk

    def _sent_before(self) -> "Comment | None":
        same = Comment.objects.filter(article=self.article_id, parent=self.parent_id, name=self.name, text=self.text)
        return same.filter(created_at__gte=timezone.now() - SENT_AGAIN_WITHIN).order_by("pk").first()

    @property
    def shown_name(self) -> str:
        """What readers see above it."""
        return settings.SITE_NAME if self.is_from_site else self.name or _("A reader")

    @property
    def signals_danger(self) -> bool:
        return self.priority == self.Priority.DANGER

    @property
    def link_has_ended(self) -> bool:
        """Whether its writer can open its own link no longer."""
        return own_links.has_ended(self)

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.HELD or self.reports > 0

    @property
    def reasons(self) -> list[str]:
        """Why to look twice, for the moderator."""
        labels = [Flag(flag).label for flag in self.flags]
        words = f": {', '.join(self.held_words)}" if self.held_words else ""
        return [f"{label}{words}" if label == Flag.HELD_WORDS.label else label for label in labels]

    @property
    def handle(self) -> str:
        """Its number, and when it was decided on last: what a page shows is checked against it."""
        return f"{self.pk}-{self.decided_at:%Y%m%d%H%M%S%f}" if self.decided_at else f"{self.pk}-0"

    @property
    def standing(self) -> dict:
        """What `undo` restores."""
        decided_at = self.decided_at and self.decided_at.isoformat()
        values = {"pk": self.pk, "status": self.status, "reports": self.reports}
        return values | {"decided_by": self.decided_by_id, "decided_at": decided_at}

    def reply_as_site(self, text: str, by) -> "Comment":
        """A reply with the site's name, which readers see at once, below this comment or beside it."""
        return Comment.objects.create(
            article_id=self.article_id,
            parent_id=self.parent_id or self.pk,
            name=settings.SITE_NAME[:60],
            text=text,
            status=self.Status.APPROVED,
            is_from_site=True,
            written_by=by,
            decided_by=by,
            decided_at=timezone.now(),
        )

    def hide_name(self) -> None:
        """Take off the name that its writer chose, for good: it may be a real one."""
        self.name = ""
        self.save(update_fields=["name"])

    def report(self) -> None:
        """Count a reader's objection; after REPORTS_THAT_HIDE of them it is hidden until the moderator decides."""
        Comment.objects.filter(pk=self.pk).update(reports=models.F("reports") + 1)
        Comment.objects.filter(pk=self.pk, reports__gte=REPORTS_THAT_HIDE).update(status=self.Status.HELD)
        Comment.objects.filter(pk=self.pk, priority=self.Priority.ORDINARY).update(priority=self.Priority.FLAGGED)
        self.refresh_from_db()
