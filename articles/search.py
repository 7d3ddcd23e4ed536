"""Which articles readers see, and which ones a search finds."""

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import get_language

from core.public_site import site_is_public

LONGEST_QUERY = 100  # characters
LEAST_SIMILARITY = 0.45  # of 1: "buprenorfin", "methodone" and "naloxne" reach it, "insulin" does not


def reader_language() -> str:
    """The language of the page that is being answered: "en" or "es"."""
    return "es" if (get_language() or "").startswith("es") else "en"


class ArticleQuerySet(models.QuerySet):
    def published(self, now=None):
        """What readers see at this moment: a scheduled article appears at its time, whether or not a job runs.

        Readers of a public site see no sample, which no clinician reviewed, unless an editor says so.
        """
        now = now or timezone.now()
        statuses = (self.model.Status.SCHEDULED, self.model.Status.PUBLISHED)
        out = self.kept().filter(revises=None, status__in=statuses, publish_at__lte=now)
        out = out.filter(Q(unpublish_at=None) | Q(unpublish_at__gt=now))
        return out.filter(Q(is_sample=False) | Q(shown_unreviewed=True)) if site_is_public() else out

    def kept(self):
        """All that is not in the trash."""
        return self.filter(trashed_at=None)

    def locked(self, pk):
        """One with its next versions, in the order in which publishing locks them; None if it is gone.

        Until the transaction ends nobody else changes any of them.
        """
        versions_first = F("revises").asc(nulls_last=True)
        rows = self.filter(Q(pk=pk) | Q(revises=pk)).order_by(versions_first).select_for_update()
        return next((row for row in rows if row.pk == pk), None)

    def trashed_before(self, moment):
        """In the trash since before then, as is each next version that is deleted with its article."""
        younger = self.model.objects.filter(Q(trashed_at=None) | Q(trashed_at__gte=moment), revises__isnull=False)
        return self.filter(trashed_at__lt=moment).exclude(next_versions__in=younger)

    def due_next_versions(self):
        """Scheduled next versions whose time has come."""
        is_due = Q(status=self.model.Status.SCHEDULED, publish_at__lte=timezone.now(), revises__trashed_at=None)
        return self.kept().filter(is_due, revises__isnull=False)

    def send_back_unreviewed(self, reason: str, user=None) -> None:
        """Return to review what is scheduled and not covered by its review any more: at its time nobody saves it."""
        for article in self.filter(status=self.model.Status.SCHEDULED, is_sample=False):
            if not article.is_public and article.missing_review():
                article._history_user, article._change_reason = user, reason
                article.version += 1
                article.save()

    def with_due_version(self):
        """Each with `has_due_version`: whether its next version should be live by now."""
        due = self.model.objects.due_next_versions().filter(revises=OuterRef("pk"))
        return self.annotate(has_due_version=Exists(due))

    def came_out(self):
        """Those that readers see, will see or saw; their people and pictures are no longer a writer's to change."""
        return self.exclude(status__in=(self.model.Status.DRAFT, self.model.Status.IN_REVIEW))

    def in_language(self, language: str):
        return self.filter(language=language)

    def for_cards(self):
        """What a list shows of each article: everything but its text."""
        return self.select_related("hero").defer("body", "vector").prefetch_related("topics")

    def reviews_of_pages(self) -> Prefetch:
        return Prefetch("reviews", self.model.reviews.rel.related_model.objects.defer("text", "note"))

    def for_missing(self):
        """All that Article.missing() and is_reviewed read, in as many queries for one article as for many."""
        live = "revises__reviews"  # what was approved of the live article is approved of its next version
        reviews = self.reviews_of_pages()
        return (
            self.select_related("author", "hero", "revises", "translation", "translation_of")
            .defer("vector", "revises__body", "revises__vector", "translation_of__vector")
            .prefetch_related("citations", reviews, Prefetch(live, reviews.queryset))
        )

    def for_page(self):
        """All that the page of an article shows of it: people, picture, topics, sources and published translations."""
        published = self.model.objects.published().only("slug", "language", "translation_of")
        return (
            self.select_related("author", "hero", "translation_of", "translation")
            .defer("vector", "translation_of__body", "translation_of__vector", "translation__pairs")
            .prefetch_related(
                "topics",
                "citations",
                self.reviews_of_pages(),
                Prefetch("translations", published, to_attr="published_translations"),
            )
        )

    def search(self, text: str, language: str = "en"):
        """The articles with these words, best first; if no article has them, those with similar words."""
        text = text[:LONGEST_QUERY]
        query = SearchQuery(text, config="spanish" if language == "es" else "english", search_type="websearch")
        found = (
            self.filter(vector=query).annotate(rank=SearchRank(F("vector"), query)).order_by("-rank", "-publish_at")
        )
        if not text.strip() or found.exists():
            return found
        words = Concat("title", Value(" "), "summary")
        similar = [TrigramWordSimilarity(word, words) for word in text.split()[:5] if len(word) > 3]
        if not similar:
            return found
        similarity = sum(similar[1:], similar[0]) / len(similar)
        return self.annotate(rank=similarity).filter(rank__gte=LEAST_SIMILARITY).order_by("-rank", "-publish_at")
