"""Notes between writer, reviewer and publisher on a passage of an article. No reader sees them."""

from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils import timezone

from articles import markup
from articles.models.article import Article

MOST_NOTES = 200  # open ones, on one article


class NoteQuerySet(models.QuerySet):
    def open(self):
        return self.filter(parent=None, resolved_at=None)

    def with_answers(self):
        """Notes, each with its answers, and who wrote and resolved them."""
        answers = models.Prefetch("answers", Note.objects.select_related("author"))
        return self.filter(parent=None).select_related("author", "resolved_by").prefetch_related(answers)

    def of_the_past(self):
        """What the history of an article shows: the resolved ones, the latest first."""
        return self.with_answers().exclude(resolved_at=None).order_by("-resolved_at", "-pk")

    def resolve(self, by, at_publication: bool = False) -> int:
        """Returns how many were open."""
        return self.open().update(resolved_at=timezone.now(), resolved_by=by, at_publication=at_publication)


class Note(models.Model):
    """What one person says to the others about a passage, or (`parent`) an answer to that.

    The text of the article holds nothing of it: the passage is found again by its words. `position` says which one of
    several alike: the number of letters before it, without spaces, when the note was made.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="notes")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="answers")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="article_notes")
    quote = models.CharField("passage", max_length=300, blank=True)
    position = models.PositiveIntegerField(default=0)
    text = models.TextField("note", max_length=2000)
    created_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="resolved_article_notes"
    )
    at_publication = models.BooleanField(default=False, help_text="nobody resolved it before readers got the text")

    objects = NoteQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["article"], name="open_notes", condition=models.Q(resolved_at=None, parent=None))
        ]

    def __str__(self):
        return f"{self.author or 'Somebody'} on “{self.quote[:60]}”: {self.text[:60]}"


@dataclass(frozen=True)
class Placed:
    """An open note, and where its passage stands now: letters before it, without spaces; None if it is gone."""

    note: Note
    at: int | None


def placed(article: Article) -> list[Placed]:
    """The open notes in the order of their passages; those whose passage was changed come last."""
    text = letters(markup.text_of(article.body))
    found = [Placed(note, place_of(note, text)) for note in article.notes.open().with_answers()]
    return sorted(found, key=lambda each: (each.at is None, each.at or each.note.position, each.note.pk))


def place_of(note: Note, text: str) -> int | None:
    """Where in `text`, which has no spaces, its passage stands: of several the one nearest to where it stood."""
    quote = letters(note.quote)
    if not quote:
        return None
    places, at = [], text.find(quote)
    while at != -1:
        places.append(at)
        at = text.find(quote, at + 1)
    return min(places, key=lambda place: abs(place - note.position), default=None)


def letters(text: str) -> str:
    """Without spaces: those between two paragraphs are not the same in a browser and in markup.text_of."""
    return "".join(text.split())
