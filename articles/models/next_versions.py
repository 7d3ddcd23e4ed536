"""The next version of an article: a row of its own beside the live one, which readers never see.

It goes through the same form, review and steps. Publishing it copies its contents into the live article, which keeps
its number, comments, first date and old addresses.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from articles.models.refusals import Incomplete, Outdated, WrongStatus
from articles.models.revisions import LONGEST_REASON
from clinics import rules
from core.clock import is_sure
from core.form_drafts.models import FormDraft

# What belongs to the row; every other column is content, and a next version brings it along.
OF_THE_ROW = frozenset(
    [
        *("id", "status", "publish_at", "created_at", "updated_at", "version", "word_count", "vector"),
        *("preview_number", "starter_slug", "starter_hash", "revises", "revises_version", "trashed_at"),
        *("byline_author", "byline_credentials", "byline_about"),
    ]
)
OF_THE_SIGNATURE = ("reviewer", "last_reviewed_on", "review_due_on")
# Rows about a next version that are about the live article once it is published, by their related names.
CARRIED = ("reviews", "notes")


class Revisable(models.Model):
    """What an article has for its next version; `self` is that article."""

    _history_user: Any  # who makes the next revision, and why: set before a save
    _change_reason: str | None

    revises = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, editable=False, related_name="next_versions"
    )
    revises_version = models.PositiveIntegerField(null=True, blank=True, editable=False)  # of the live one when copied

    class Meta:
        abstract = True

    @property
    def next_version(self: Any):
        """The one that is being written, or None."""
        return self.next_versions.filter(trashed_at=None).first() if self.pk else None

    @property
    def is_outdated(self: Any) -> bool:
        """Whether the live article was changed after this version was begun."""
        return self.revises_id is not None and self.revises.version != self.revises_version

    @transaction.atomic
    def begin_next_version(self: Any, user=None, reason: str = "Begun as a copy of the live article"):
        """The next version of this article: the one that is there, or else a copy. Raises WrongStatus."""
        live = type(self).objects.select_for_update().get(pk=self.pk)
        if live.revises_id or live.trashed_at or not live.is_known:
            raise WrongStatus("Readers do not know this article, so change the article itself.")
        if (there := live.next_version) is not None:
            return there
        copy = type(self)(revises=live, revises_version=live.version)
        copy_columns(live, copy)
        copy.skip_history_when_saving = True  # the revision is kept below, with its topics and citations
        copy.save()
        copy_related(live, copy)
        del copy.skip_history_when_saving
        copy._history_user, copy._change_reason = user, reason
        copy.save()
        return copy

    def accept_live_changes(self: Any):
        """Keep this version over what was changed in the live article since it was begun."""
        self.revises_version = type(self).objects.values_list("version", flat=True).get(pk=self.revises_id)
        self.version += 1
        self.save()

    @transaction.atomic
    @rules.as_stored()
    def publish_over_live(self: Any):
        """Make its contents those of the live article, in one revision, and remove this row.

        Returns the live article. Raises Incomplete, Outdated, WrongStatus.
        """
        live = self.revises = type(self).objects.select_for_update().get(pk=self.revises_id)
        if live.trashed_at:
            raise WrongStatus("The article is in the trash. Take it out first.")
        self.refuse_if_outdated()
        if missing := self.missing():
            raise Incomplete(missing)
        copy_columns(self, live, but_not=OF_THE_SIGNATURE if self._live_was_signed_since() else ())
        carry_over(self, live)  # first: what was approved here has to be approved there when it is saved
        copy_related(self, live)
        live.version += 1
        carry_history_over(self, live)
        FormDraft.objects.move(self._meta.label_lower, str(self.pk), str(live.pk))
        live._history_user = getattr(self, "_history_user", None)
        live._change_reason = getattr(self, "_change_reason", None) or "Next version published"
        live.save()
        live.notes.resolve(live._history_user, at_publication=True)
        self.delete()
        return live

    def _live_was_signed_since(self: Any) -> bool:
        """Whether the last approval is of the live article, and was made when this copy was there already."""
        approved = [review for review in self._reviews() if review.is_approval and review.person_id]
        last = approved[-1] if approved else None
        return last is not None and last.article_id == self.revises_id and last.created_at > self.created_at

    def refuse_if_outdated(self):
        if self.is_outdated:
            raise Outdated(
                "The live article was changed after this version was begun. Nothing was published: compare the two, "
                "and take over what this version lacks, or publish it anyway."
            )

    @transaction.atomic
    def publish_if_due(self: Any):
        """Publish it if its time has come; what cannot go out goes back to review, and its history says why.

        Returns whether it was published. Safe to run twice, and by two workers: the second waits and then finds
        nothing to do.
        """
        if not is_sure():  # by a clock that jumped, nothing takes the place of what readers have
            return False
        copy = self._locked_if_due()
        if copy is None:
            return False
        last = copy.history.select_related("history_user").first()
        copy._history_user = last.history_user if last else None
        copy._change_reason = "Next version published at its time"
        try:
            copy.publish_over_live()
        except (Incomplete, Outdated, WrongStatus) as refusal:
            send_back(copy, refusal)
            return False
        return True

    @transaction.atomic
    def put_off(self: Any) -> None:
        """Back to review after a fault of its publication, so that it does not fail anew in each minute."""
        copy = self._locked_if_due()
        if copy is None:
            return
        try:
            copy.clean_slug()
        except ValidationError as refusal:  # another article has taken the address meanwhile
            send_back(copy, " ".join(refusal.messages))
        else:
            send_back(copy, "by a fault of the site. An administrator finds it in the log.")

    def _locked_if_due(self: Any):
        return type(self).objects.due_next_versions().select_for_update(of=["self"]).filter(pk=self.pk).first()


def send_back(copy, why) -> None:
    """To review, since it did not go out at its time; its history says why."""
    copy.status, copy.publish_at = copy.Status.IN_REVIEW, None
    copy.version += 1
    copy._change_reason = f"Not published at its time: {why}"[:LONGEST_REASON]
    copy.save()


def copy_columns(source, target, but_not: tuple[str, ...] = ()) -> None:
    for field in source._meta.concrete_fields:
        if field.name not in OF_THE_ROW and field.name not in but_not:
            setattr(target, field.attname, getattr(source, field.attname))


def copy_related(source, target) -> None:
    """Topics, related articles and whatever else lies in other tables. `target` is saved."""
    for field in source._meta.many_to_many:
        getattr(target, field.name).set(getattr(source, field.name).all())
    citations = list(source.citations.all())
    for citation in citations:
        citation.pk, citation.article = None, target
    target.citations.all().delete()
    if translation := getattr(source, "translation", None):
        translation.copy_to(target)
    type(target).citations.rel.related_model.objects.bulk_create(citations)


def carry_over(source, target) -> None:
    """Rows about the next version become rows about the live article."""
    for relation in source._meta.related_objects:
        if relation.get_accessor_name() in CARRIED:
            relation.related_model._default_manager.filter(**{relation.field.name: source}).update(
                **{relation.field.name: target}
            )


def carry_history_over(source, target) -> None:
    """Who wrote which sentence of a next version, and why, is part of the article's history from now on.

    All with the number of the version that they became: by an earlier one, the article is found as it was then.
    """
    source.history.update(id=target.pk, version=target.version)
