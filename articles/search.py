"""Which articles readers see, and which answer their words."""

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import models
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Concat, JSONObject
from django.utils import timezone
from django.utils.translation import get_language

LONGEST_QUERY = 100  # characters
LIKE_ENOUGH = 0.45  # of 1: "buprenorfin", "methodone" and "naloxne" are; "insulin" is like none


def reader_language() -> str:
    """The language of the page that is being answered: "en" or "es"."""
    return "es" if (get_language() or "").startswith("es") else "en"


class ArticleQuerySet(models.QuerySet):
    def published(self, now=None):
        """What readers see at this moment: scheduled articles from their minute on, whether or not any job runs."""
        states = (self.model.State.SCHEDULED, self.model.State.PUBLISHED)
        return self.filter(state__in=states, publish_at__lte=now or timezone.now())

    def in_language(self, language: str):
        return self.filter(language=language)

    def for_cards(self):
        """What a list shows of each: no text, topics in one more query."""
        return self.select_related("hero").defer("body", "vector").prefetch_related("topics")

    def for_page(self):
        """What the page of each shows, in one query: with the names of people, its picture, and as JSON its topics,
        its citations and its published translation."""
        topics = self.model.topics.rel.model.objects.filter(articles=OuterRef("pk"))
        topic = JSONObject(**{name: name for name in ("id", "slug", "name", "name_es", "presets")})
        citations = self.model.citations.rel.related_model.objects.filter(article=OuterRef("pk"))
        citation = JSONObject(**{name: name for name in ("title", "publisher", "url", "accessed_on")})
        translations = self.model.objects.published().filter(translation_of=OuterRef("pk"))
        translation = JSONObject(slug="slug", language="language")
        return (
            self.select_related("author", "reviewer", "hero", "translation_of")
            .defer("vector", "translation_of__body", "translation_of__vector")
            .annotate(
                topic_rows=ArraySubquery(topics.values(json=topic)),
                citation_rows=ArraySubquery(citations.values(json=citation)),
                translation=Subquery(translations.values(json=translation)[:1]),
            )
        )

    def search(self, text: str, language: str = "en"):
        """The articles with these words, best first; where no article has them, those with words spelled alike."""
        text = text[:LONGEST_QUERY]
        query = SearchQuery(text, config="spanish" if language == "es" else "english", search_type="websearch")
        found = (
            self.filter(vector=query).annotate(rank=SearchRank(F("vector"), query)).order_by("-rank", "-publish_at")
        )
        if not text.strip() or found.exists():
            return found
        words = Concat("title", Value(" "), "summary")
        alike = [TrigramWordSimilarity(Value(word), words) for word in text.split()[:5] if len(word) > 3]
        if not alike:
            return found
        likeness = sum(alike[1:], alike[0]) / len(alike)
        return self.annotate(rank=likeness).filter(rank__gte=LIKE_ENOUGH).order_by("-rank", "-publish_at")
