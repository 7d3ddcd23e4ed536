"""What the articles do by themselves."""

from django.utils import timezone

from articles.models import Article
from articles.models.trash import KEPT
from core.clock import waits_for_the_clock


@waits_for_the_clock
def publish_next_versions() -> str:
    """Publish the next versions whose time has come."""
    count = sum(version.publish_if_due() for version in Article.objects.due_next_versions())
    return f"{count} next versions published"


@waits_for_the_clock
def empty_trash() -> str:
    """Delete for good, with its history, what was long enough in the trash."""
    old = Article.objects.filter(trashed_at__lt=timezone.now() - KEPT)
    return f"{sum(bool(article.delete()) for article in old)} articles deleted for good"
