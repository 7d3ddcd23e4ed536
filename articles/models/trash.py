"""What is deleted goes to the trash first, with its history."""

from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from articles.models.refusals import WrongStatus

KEPT = timedelta(days=90)


class Trashable(models.Model):
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @transaction.atomic
    def trash(self: Any) -> None:
        """Hide it, and its next version, from readers and from the lists of editors. Its address stays reserved.

        Raises WrongStatus.
        """
        if self.trashed_at:
            raise WrongStatus("It is in the trash already.")
        for version in self.next_versions.select_for_update().filter(trashed_at=None):
            version._history_user = getattr(self, "_history_user", None)
            version._change_reason = "Put into the trash with its article"
            version.trash()
        was_read = not self.revises_id and self.publish_at is not None and self.publish_at <= timezone.now()
        self.status = self.Status.ARCHIVED if was_read else self.Status.DRAFT
        self.publish_at = self.publish_at if was_read else None
        self.trashed_at = timezone.now()
        self.version += 1
        self.save()
        self.withdraw_previews()  # for good: what comes back gets new links

    def take_out_of_trash(self: Any) -> None:
        """Back among the articles, archived or a draft: nothing is shown to readers by this. Raises WrongStatus.

        A next version that went with its article stays, and is taken out by itself.
        """
        if not self.trashed_at:
            raise WrongStatus("It is not in the trash.")
        if self.revises_id and self.revises.trashed_at:
            raise WrongStatus("Its article is in the trash too. Take that out first.")
        if self.revises_id and self.revises.next_version:
            raise WrongStatus("Another next version of this article is being written. Publish or delete it first.")
        self.trashed_at = None
        self.version += 1
        self.save()

    @property
    def is_put_away(self: Any) -> bool:
        """Whether nobody is to read it any more, by a private link either; a next version of what is archived is."""
        return self.status == self.Status.ARCHIVED or bool(
            self.trashed_at or (self.revises and self.revises.trashed_at)
        )

    @property
    def deleted_for_good_at(self):
        return self.trashed_at and self.trashed_at + KEPT
