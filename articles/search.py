"""Which articles readers see, and which ones a search finds."""

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import models
from django.db.models import F, Prefetch, Q, Value
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
        statuses = (self.model.Status.SCHEDULED, self.model.Status.PUBLISHED)
        out = self.filter(status__in=statuses, publish_at__lte=now or timezone.now())
        return out.filter(Q(is_sample=False) | Q(shown_unreviewed=True)) if site_is_public() else out

    def in_language(self, language: str):
        return self.filter(language=language)

    def for_cards(self):
        """What a list shows of each article: everything but its text."""
        return self.select_related("hero").defer("body", "vector").prefetch_related("topics")

    def for_page(self):
        """All that the page of an article shows of it: people, picture, topics, sources and published translations."""
        published = self.model.objects.published().only("slug", "language", "translation_of")
        return (
            self.select_related("author", "reviewer", "hero", "translation_of")
            .defer("vector", "translation_of__body", "translation_of__vector")
            .prefetch_related(
                "topics",
                "citations",
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
