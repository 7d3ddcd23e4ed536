"""Who is told of what happens to an article. Each event is a row for each person before it is a mail.

The rows are made in the transaction of the event. What goes wrong with them, or with a mail, never undoes the event.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import wraps
from hashlib import sha256

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from articles import markup, waiting
from articles.models import Article, Comment, Notice, NoticeChoice
from core import email
from core.clock import waits_for_the_clock

Event = NoticeChoice.Event
REVIEW_NOTICE = timedelta(days=30)
MAIL, DIGEST = "articles/notice", "articles/digest"
# Who may be told of an event: staff with one of these permissions.
PERMISSIONS = {
    Event.HANDED_IN: ("review_article", "publish_article"),
    Event.SENT_BACK: ("change_article",),
    Event.APPROVED: ("change_article",),
    Event.PUBLISHED: ("change_article",),
    Event.REVIEW_DUE: ("review_article", "publish_article"),
    Event.DEAD_LINK: ("publish_article",),
    Event.DANGER: ("change_comment",),
}

logger = logging.getLogger(__name__)


def may_be_told(user, event: str) -> bool:
    is_there = user.is_active and user.is_staff and bool(user.email)
    return is_there and any(user.has_perm(f"articles.{each}") for each in PERMISSIONS[Event(event)])


def _all_who_may(event: str) -> QuerySet:
    users = get_user_model().objects
    found = Q(pk__in=())
    for each in PERMISSIONS[Event(event)]:
        found |= Q(pk__in=users.with_perm(f"articles.{each}").values("pk"))
    return users.filter(found, is_staff=True)


def _never_in_the_way(tell):
    """What an editor saved, or a reader wrote, is kept even if nobody can be told."""

    @wraps(tell)
    def tell_if_possible(*args, **details) -> None:
        try:
            with transaction.atomic():
                tell(*args, **details)
        except Exception:
            logger.exception("Nobody was told by %s", tell.__name__)

    return tell_if_possible


def _tell(event: str, users: Iterable, key: str, *, by=None, **columns) -> None:
    """One row a person, and its mail, unless they want it daily or never. Never whoever did it."""
    for user in users:
        if user is None or user == by or not may_be_told(user, event):
            continue
        how = NoticeChoice.of(user)[event]
        if how == NoticeChoice.How.NEVER:
            continue
        columns |= {"user": user, "event": event, "is_daily": how == NoticeChoice.How.DAILY}
        columns["by"] = by.get_username() if by else ""
        notice, is_new = Notice.objects.get_or_create(key=f"{event} {key} {user.pk}", defaults=columns)
        if is_new and not notice.is_daily:
            _mail(MAIL, [notice])


def _mail(template: str, notices: list[Notice]) -> None:
    """The rows say what the mail needs; the outbox only which they are."""
    user, numbers = notices[0].user, [notice.pk for notice in notices]
    key = f"{template}-{user.pk}-{numbers[-1]}"
    email.enqueue(key, template, to=user.email, language="en", context={"notices": numbers})
    Notice.objects.filter(pk__in=numbers).update(mailed_at=timezone.now())


def _this_step(article: Article) -> str:
    """Each step of an article makes a new version of it."""
    return f"{article.pk} v{article.version}"


# What happens to an article. `by` is the person who did it.


@_never_in_the_way
def handed_in(article: Article, by) -> None:
    """The reviewer whom it names, if that person has an account; else all who may review or publish."""
    reviewer = article.reviewer.user if article.reviewer else None
    is_told = reviewer and reviewer != by and may_be_told(reviewer, Event.HANDED_IN)
    people = [reviewer] if is_told else _all_who_may(Event.HANDED_IN)
    _tell(Event.HANDED_IN, people, _this_step(article), by=by, article=article)


@_never_in_the_way
def sent_back(article: Article, by, note: str = "") -> None:
    writer = waiting.writer_of(article)
    _tell(Event.SENT_BACK, [writer], _this_step(article), by=by, article=article, words=note)


@_never_in_the_way
def approved(article: Article, by, note: str = "") -> None:
    writer = waiting.writer_of(article)
    _tell(Event.APPROVED, [writer], _this_step(article), by=by, article=article, words=note)


@_never_in_the_way
def published(article: Article, by, writer=None) -> None:
    """Or scheduled: the mail says when readers see it. `writer`: of a next version, which is the article by now."""
    _tell(Event.PUBLISHED, [writer or waiting.writer_of(article)], _this_step(article), by=by, article=article)


def after_step(step: str, article: Article, by, writer=None) -> None:
    """Tell of a step of the article's page. Of the others nobody is told."""
    if step == "submit":
        handed_in(article, by)
    elif step == "send_back":
        sent_back(article, by)
    elif step in ("schedule", "publish"):
        published(article, by, writer)


@_never_in_the_way
def comment_saved(sender, instance: Comment, **kwargs) -> None:
    """Of a comment that may come from somebody in danger: all moderators, at once. Connected to post_save."""
    if instance.status == Comment.Status.HELD and instance.signals_danger:
        _tell(Event.DANGER, _all_who_may(Event.DANGER), str(instance.pk), comment=instance)


@_never_in_the_way
def tell_of_dead_link(url: str, articles: Iterable[Article]) -> None:
    """Publishers, of each article that has the link. Called again, it tells again only once KEPT_DAYS are over."""
    short = sha256(url.encode()).hexdigest()[:16]
    for article in articles:
        people = _all_who_may(Event.DEAD_LINK)
        _tell(Event.DEAD_LINK, people, f"{article.pk} {short}", article=article, words=url)


# Jobs


@waits_for_the_clock
def tell_of_reviews_due() -> str:
    """A daily job: of each published article once for each day on which its review is due."""
    first, last = timezone.localdate() - REVIEW_NOTICE, timezone.localdate() + REVIEW_NOTICE  # also after an outage
    due = list(Article.objects.published().filter(review_due_on__range=(first, last)).order_by("review_due_on", "pk"))
    for article in due:
        _tell_of_review(article)
    return f"{len(due)} articles are due for medical review; who may review them is told"


@_never_in_the_way
def _tell_of_review(article: Article) -> None:
    people = _all_who_may(Event.REVIEW_DUE)
    _tell(Event.REVIEW_DUE, people, f"{article.pk} {article.review_due_on}", article=article)


@waits_for_the_clock
def mail_digests() -> str:
    """A daily job: one mail for each person for whom something waits. Rows that are too old are deleted."""
    Notice.objects.outdated().delete()
    people = list(Notice.objects.for_digest().order_by().values_list("user", flat=True).distinct())
    count = sum(_mail_digest(user) for user in people)
    return f"{count} daily mails"


@transaction.atomic
def _mail_digest(user: int) -> bool:
    """Whether there was anything left to say. What is no longer so is dropped without a mail."""
    notices = list(Notice.objects.for_digest().filter(user=user).select_for_update(of=["self"]))
    told = [notice for notice in notices if is_so(notice)]
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=timezone.now())
    if told:
        _mail(DIGEST, told)
    return bool(told)


def is_so(notice: Notice) -> bool:
    """Whether it is still worth telling, and this person may still be told."""
    if not may_be_told(notice.user, notice.event):
        return False
    if notice.comment is not None:
        return notice.comment.status == Comment.Status.HELD
    return notice.article is not None and STILL_SO[Event(notice.event)](notice, notice.article)


def _is_due(notice: Notice, article: Article) -> bool:
    limit = timezone.localdate() + REVIEW_NOTICE
    return article.is_out and article.review_due_on is not None and article.review_due_on <= limit


def _has_link(notice: Notice, article: Article) -> bool:
    links = [address for address, _words in markup.links_of(article.body)]
    return notice.words in links or article.citations.filter(url=notice.words).exists()


STILL_SO = {
    Event.HANDED_IN: lambda notice, article: article.status == Article.Status.IN_REVIEW,
    Event.SENT_BACK: lambda notice, article: article.status == Article.Status.DRAFT,
    Event.APPROVED: lambda notice, article: True,
    Event.PUBLISHED: lambda notice, article: article.is_out,
    Event.REVIEW_DUE: _is_due,
    Event.DEAD_LINK: _has_link,
}
