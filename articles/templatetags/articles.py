"""What pages of the site show of articles."""

from django import template
from django.core.cache import caches
from django.db import Error

from articles.models import Article
from articles.search import reader_language

register = template.Library()
LATEST = 3
KNOWN_SECONDS = 30


@register.inclusion_tag("articles/_latest_articles.html")
def latest_articles() -> dict:
    """The newest in the reader's language, for the home page, which must answer without a database too."""
    language = reader_language()
    try:
        articles = caches["process"].get_or_set(
            f"latest-articles-{language}", lambda: _latest(language), KNOWN_SECONDS
        )
    except Error:
        articles = []
    return {"articles": articles}


def _latest(language: str) -> list[Article]:
    return list(
        Article.objects.published().in_language(language).only("title", "slug", "summary", "language")[:LATEST]
    )
