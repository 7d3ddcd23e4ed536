"""What pages of the site show of articles."""

from django import template
from django.core.cache import caches
from django.db import Error

from articles import own_links
from articles.models import Article
from articles.search import reader_language

register = template.Library()
LATEST = 3
KNOWN_SECONDS = 30


@register.inclusion_tag("articles/_latest_articles.html")
def latest_articles() -> dict:
    """The newest in the reader's language."""
    return {"articles": _remembered("latest", Article.objects.published())}


@register.inclusion_tag("articles/_latest_articles.html")
def articles_about(topic: str, heading: str) -> dict:
    """The newest of a topic in the reader's language."""
    found = _remembered(f"about-{topic}", Article.objects.published().filter(topics__slug=topic))
    return {"articles": found, "heading": heading}


@register.simple_tag
def own_link_days() -> int:
    """For how many days the link of a comment works."""
    return own_links.LIFETIME.days


def _remembered(name: str, articles) -> list[Article]:
    """The first of `articles`, asked for once in a while, for pages that must answer without a database too."""
    language = reader_language()
    shown = articles.in_language(language).only("title", "slug", "summary", "language")[:LATEST]
    try:
        known = caches["process"].get_or_set(f"articles-{name}-{language}", lambda: list(shown), KNOWN_SECONDS)
    except Error:
        return []
    return known or []
