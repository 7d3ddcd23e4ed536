"""Which articles wait for one person: the lines of the admin's first page, and the filter of its list, are one rule.

What a person began or handed in is theirs. Who did what is read from the history.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from articles.models import Article, Note
from articles.search import ArticleQuerySet

HAND_IN = "Hand in for review"
DRAFT, IN_REVIEW = Article.Status.DRAFT, Article.Status.IN_REVIEW
Revision = Article.history.model


def is_mine(user) -> Exists:
    """For filter(): whether `user` began the article or handed it in."""
    began = Q(history_type="+") | Q(history_change_reason=HAND_IN)
    return Exists(Revision.objects.filter(began, id=OuterRef("pk"), history_user=user))


def writer_of(article: Article):
    """Who handed it in last; else who began it; None if the site itself did, or the account is gone."""
    known = article.history.exclude(history_user=None).select_related("history_user")
    handed_in = known.filter(history_change_reason=HAND_IN).order_by("-history_date", "-history_id").first()
    revision = handed_in or known.order_by("history_date", "history_id").first()
    return revision.history_user if revision else None


def _articles() -> ArticleQuerySet:
    """Those that can wait for anybody."""
    return Article.objects.kept()


def _my_drafts(user) -> QuerySet[Article]:
    return _articles().filter(is_mine(user), status=DRAFT)


def _came_back() -> Exists:
    """Whether it was more than a draft before."""
    return Exists(Revision.objects.filter(id=OuterRef("pk")).exclude(status=DRAFT))


def drafts(user) -> QuerySet[Article]:
    return _my_drafts(user).filter(~_came_back())


def sent_back(user) -> QuerySet[Article]:
    return _my_drafts(user).filter(_came_back())


def to_review(user) -> QuerySet[Article]:
    """Nobody reviews what they wrote, or what was approved as it stands."""
    handed_in = _articles().filter(~is_mine(user), status=IN_REVIEW)
    return handed_in.exclude(pk__in=[each.pk for each in handed_in.for_missing() if each.is_reviewed])


def to_publish(user) -> QuerySet[Article]:
    """Handed in, and nothing is missing any more."""
    handed_in = _articles().filter(status=IN_REVIEW)
    return handed_in.filter(pk__in=[each.pk for each in handed_in.for_missing() if not each.missing()])


def with_notes(user) -> QuerySet[Article]:
    """With an open note that somebody else made on `user`'s article, or answered to `user`, and that has no reply."""
    last_word = Note.objects.filter(Q(pk=OuterRef("pk")) | Q(parent=OuterRef("pk"))).order_by("-created_at", "-pk")
    asked = Note.objects.open().filter(article=OuterRef("pk")).alias(last=Subquery(last_word.values("author")[:1]))
    asked = asked.exclude(last=user)
    answered = asked.filter(Q(author=user) | Q(answers__author=user))
    return _articles().filter(Exists(answered) | (Exists(asked) & is_mine(user)))


@dataclass(frozen=True)
class Waiting:
    """A line: articles of a person who has one of these permissions of articles."""

    name: str
    title: str
    one: str
    many: str
    rows: Callable[..., QuerySet[Article]]
    permissions: tuple[str, ...]

    def is_for(self, user) -> bool:
        return any(user.has_perm(f"articles.{permission}") for permission in self.permissions)


WAITING = (
    Waiting(
        "sent-back", "sent back to you", "article sent back to you", "articles sent back to you",
        sent_back, ("change_article",),
    ),
    Waiting(
        "notes", "with notes for you", "article with a note for you", "articles with notes for you",
        with_notes, ("change_article",),
    ),
    Waiting(
        "review", "for you to review", "article for you to review", "articles for you to review",
        to_review, ("review_article",),
    ),
    Waiting(
        "publish", "for you to publish", "article for you to publish", "articles for you to publish",
        to_publish, ("publish_article",),
    ),
    Waiting(
        "drafts", "your drafts", "draft of yours", "drafts of yours",
        drafts, ("change_article",),
    ),
)  # fmt: skip
ALL = "me"


def waiting_for(user, name: str = ALL) -> QuerySet[Article]:
    """The articles of one line, or of all lines that are for this person."""
    lines = [line for line in WAITING if name in (line.name, ALL) and line.is_for(user)]
    wanted = Q(pk__in=())
    for line in lines:
        wanted |= Q(pk__in=line.rows(user).values("pk"))
    return _articles().filter(wanted)
