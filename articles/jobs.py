"""What the articles do by themselves. A row with a fault is logged, and stops no other one."""

import logging
from datetime import datetime

from django.db import Error, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from articles.models import Article
from articles.models.trash import KEPT
from core.clock import waits_for_the_clock

logger = logging.getLogger(__name__)


@waits_for_the_clock
def publish_next_versions() -> str:
    """Publish the next versions whose time has come."""
    count = sum(_publish(version) for version in Article.objects.due_next_versions())
    return f"{count} next versions published"


def _publish(version: Article) -> bool:
    try:
        return version.publish_if_due()
    except OperationalError:  # of the database, not of this version: it is tried again in a minute
        logger.exception("Next version %s was not published", version.pk)
    except Exception:
        logger.exception("Next version %s was not published and goes back to review", version.pk)
        try:
            version.put_off()
        except Exception:
            logger.exception("Next version %s does not go back to review", version.pk)
    return False


@waits_for_the_clock
def empty_trash() -> str:
    """Delete for good, with its history, what was long enough in the trash."""
    before = timezone.now() - KEPT
    articles_first = F("revises").asc(nulls_first=True)
    old = Article.objects.trashed_before(before).order_by(articles_first).values_list("pk", flat=True)
    return f"{sum(_delete(pk, before) for pk in old)} articles deleted for good"


def _delete(pk: int, before: datetime) -> bool:
    """False if it was taken out meanwhile, or went with its article."""
    try:
        with transaction.atomic():
            Article.objects.locked(pk)
            article = Article.objects.trashed_before(before).filter(pk=pk).first()
            return bool(article and article.delete())
    except Error:  # tomorrow it is tried again
        logger.exception("Article %s stays in the trash", pk)
    return False
