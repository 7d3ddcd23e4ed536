import json
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

KEPT_DAYS = 30
MOST_BYTES = 1_000_000  # of one draft; the longest article of the site has 30,000
MOST_OF_A_FORM = 50  # of one person; all new rows are one form
MOST_OF_A_PERSON = 200
OPEN_SECONDS = 30  # after the last sign of life of a page nobody is said to have it open


class TooManyDraftsError(Exception):
    """Has MOST_OF_A_FORM of this form, or MOST_OF_A_PERSON of all. None makes room: each is somebody's work."""


class OfFormQuerySet(models.QuerySet):
    def of_form(self, form: str, object_id: str):
        """Of one page of the admin: `form` is "app.model", `object_id` is "" where a row is added."""
        return self.filter(form=form, object_id=object_id)


class FormDraftQuerySet(OfFormQuerySet):
    def of(self, user):
        """A draft is its writer's alone: no other view of it exists, not for any permission."""
        return self.filter(user=user)

    @transaction.atomic
    def keep(self, draft: "FormDraft", replaced: dict[UUID, int]) -> None:
        """Keep `draft`, unless its page has sent a newer one, and delete the drafts it was continued from.

        `replaced` is {page: revision}. A page that went on typing after that has a higher revision, and stays.
        Raises TooManyDraftsError, and then nothing has changed.
        """
        mine = FormDraft.objects.of(draft.user)
        for page, revision in replaced.items():
            mine.filter(page=page).exclude(page=draft.page).saved(page, revision)
        others = mine.of_form(draft.form, draft.object_id).exclude(page=draft.page)
        is_full = others.count() >= MOST_OF_A_FORM or mine.count() >= MOST_OF_A_PERSON
        if is_full and not mine.filter(page=draft.page).exists():
            raise TooManyDraftsError
        FormDraft.objects.bulk_create([draft], ignore_conflicts=True)
        older = mine.filter(page=draft.page, form=draft.form, object_id=draft.object_id, revision__lt=draft.revision)
        older.update(content=draft.content, revision=draft.revision, kept_at=draft.kept_at)

    @transaction.atomic
    def move(self, form: str, from_id: str, to_id: str) -> None:
        """The row with `from_id` is part of another one from now on, and its drafts are offered there.

        Without the numbers of what was opened, so that a save with one of them counts as a conflict.
        """
        for draft in self.of_form(form, from_id).select_for_update():
            content = json.loads(draft.content)
            content["hidden"] = dict.fromkeys(content.get("hidden") or {}, "")
            draft.object_id, draft.content = to_id, json.dumps(content)
            draft.save(update_fields=["object_id", "content"])

    def saved(self, page: UUID, revision: int) -> None:
        """Delete what this page had typed up to `revision`: it stands in the row now."""
        self.filter(page=page, revision__lte=revision).delete()

    def old(self):
        return self.filter(kept_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))


class FormDraft(models.Model):
    """One page that somebody typed into. Each tab has its own, so no tab can overwrite what another one holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.UUIDField(help_text="chosen by the page when it was opened")
    form = models.CharField(max_length=150, help_text="app.model")
    object_id = models.CharField(max_length=100, blank=True, help_text="empty: a new row")
    revision = models.PositiveIntegerField(help_text="counts what this page has sent")
    content = models.TextField(help_text="JSON of static/admin-extra/form-drafts/: the fields that were changed")
    begun_at = models.DateTimeField(default=timezone.now)
    kept_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = FormDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-kept_at"]
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="one_draft_a_page")]
        indexes = [models.Index(fields=["user", "form", "object_id"], name="drafts_of_a_form")]

    def __str__(self):
        return f"{self.form} {self.object_id or 'new'}"


class OpenFormQuerySet(OfFormQuerySet):
    def open(self):
        return self.filter(seen_at__gte=timezone.now() - timedelta(seconds=OPEN_SECONDS))

    def see(self, user, form: str, object_id: str) -> None:
        """`user` has this page open now."""
        now = timezone.now()
        OpenForm.objects.bulk_create([OpenForm(user=user, form=form, object_id=object_id)], ignore_conflicts=True)
        own = OpenForm.objects.of_form(form, object_id).filter(user=user)
        own.filter(seen_at__lt=now - timedelta(seconds=OPEN_SECONDS)).update(opened_at=now)
        own.update(seen_at=now)

    def others(self, user, form: str, object_id: str):
        """Who else has it open, the first one first."""
        return self.of_form(form, object_id).open().exclude(user=user).select_related("user").order_by("opened_at")


class OpenForm(models.Model):
    """Who has the page of a row open. Nobody is locked out by it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    form = models.CharField(max_length=150, help_text="app.model")
    object_id = models.CharField(max_length=100)
    opened_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = OpenFormQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "object_id", "user"], name="open_once")]

    def __str__(self):
        return f"{self.form} {self.object_id}"
