"""What waits for an editor or a moderator of the articles."""

from django.db.models import QuerySet
from django.utils import timezone

from articles import waiting
from articles.models import Article, Comment, OutsideLink, Translation
from core import dashboard

CARDS = "decide/"  # below the list: comments are decided as cards


def in_danger() -> QuerySet:
    return Comment.objects.filter(status=Comment.Status.HELD, priority=Comment.Priority.DANGER)


dashboard.register(
    dashboard.Queue(
        priority=10,
        name="danger",
        one="comment of somebody who may be in danger",
        many="comments of people who may be in danger",
        rows=in_danger,
        since="created_at",
        page="articles_comment",
        permission="articles.view_comment",
        query=CARDS,
    ),
    dashboard.Queue(
        priority=50,
        name="comment",
        one="comment to moderate",
        many="comments to moderate",
        rows=lambda: Comment.objects.waiting().exclude(status=Comment.Status.HELD, priority=Comment.Priority.DANGER),
        since="created_at",
        page="articles_comment",
        permission="articles.view_comment",
        query=CARDS,
    ),
    dashboard.Queue(
        priority=60,
        name="article",
        one="article handed in for review",
        many="articles handed in for review",
        rows=lambda: Article.objects.kept().filter(status=Article.Status.IN_REVIEW),
        since="updated_at",
        page="articles_article",
        permission="articles.view_article",
        query="?status__exact=in-review",
    ),
    dashboard.Queue(
        priority=70,
        name="article_due",
        one="article whose medical review is due",
        many="articles whose medical review is due",
        rows=lambda: Article.objects.published().filter(review_due_on__lt=timezone.localdate()),
        since="review_due_on",
        page="articles_article",
        permission="articles.view_article",
        query="?review=due",
    ),
    dashboard.Queue(
        priority=75,
        name="dead_link",
        one="dead link in an article",
        many="dead links in articles",
        rows=lambda: OutsideLink.objects.dead(),
        since="failing_since",
        page="articles_outsidelink",
        permission="articles.view_outsidelink",
    ),
    dashboard.Queue(
        priority=75,
        name="translation_behind",
        one="translation behind its original",
        many="translations behind their originals",
        rows=lambda: Translation.objects.behind(),
        since="behind_since",
        page="articles_article",
        permission="articles.view_article",
        query="?translation=behind",
    ),
    dashboard.Queue(
        priority=80,
        name="article_sample",
        one="sample article that no clinician has reviewed",
        many="sample articles that no clinician has reviewed",
        rows=lambda: Article.objects.kept().filter(is_sample=True).exclude(status=Article.Status.ARCHIVED),
        since="created_at",
        page="articles_article",
        permission="articles.view_article",
        query="?is_sample__exact=1",
    ),
)
dashboard.register(
    *(
        dashboard.Own(
            priority=priority,
            name=line.name,
            one=line.one,
            many=line.many,
            rows=line.rows,
            is_for=line.is_for,
            page="articles_article",
            query=f"?waiting={line.name}",
        )
        for priority, line in enumerate(waiting.WAITING)
    )
)
