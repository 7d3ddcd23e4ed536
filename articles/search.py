"""Which articles readers see, and which answer their words."""

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Concat
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
