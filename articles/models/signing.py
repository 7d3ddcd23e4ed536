"""Who may sign a review of a text, and who wrote it; read from its history, that of its next version included."""

from typing import TYPE_CHECKING

from django.db.models import Q, Subquery

from articles.models.people import Person

if TYPE_CHECKING:
    from articles.models.article import Article
    from articles.models.reviews import Review

MAY_REVIEW, MAY_CONFIRM = "articles.review_article", ("articles.review_article", "articles.publish_article")
OF_THE_ROW = ("language", "title", "summary", "body")  # of what a review covers
ROWS_AT_ONCE = 20  # of a history, each with the whole text
IN_OTHER_TABLES = ("hero", "rules")  # who changed those is not in the history of the article


def name_of(user) -> str:
    return (user.get_full_name() or user.get_username()) if user else "the site itself"


def refusal_of(article: "Article", user, who: list | None = None) -> str:
    """Why this account may not review this article, as a sentence; "" if it may.

    `who`: its changers since its signed review, for those who know them already.
    """
    person = Person.objects.filter(user=user).first() if user.is_active else None
    if not user.has_perm(MAY_REVIEW):
        return "Only reviewers review articles."
    if person is None or not person.has_recorded_credentials:
        return "An administrator has to record your credentials before you can review an article."
    if article.author_id == person.pk:
        return "You are the author: somebody else reviews this article."
    first = article.history.order_by("history_date", "history_id").values_list("history_user_id", flat=True).first()
    if first == user.pk:
        return "You began this article: somebody else reviews it."
    standing = article.standing
    if who is None:
        who = changers(article, standing.review if standing and standing.review.is_signed else None)
    if user in who:
        return "You wrote in this text: somebody else reviews it."
    return ""


def refusal_of_spelling(article: "Article", user, who: list) -> str:
    """Why this account may not say that only the spelling changed, as a sentence; "" if it may.

    `who`: its changers since the review that stands.
    """
    standing = article.standing
    if not any(user.has_perm(permission) for permission in MAY_CONFIRM):
        return "Only reviewers and publishers confirm a change of spelling."
    if standing is None or not standing.review.is_signed:
        return "There is no signed review that could stand again."
    if standing.is_current:
        return "Nothing changed since the review."
    before, now = standing.review.text, article.text_read()
    if before["hero"] != now["hero"]:
        return "The picture at the top, its credit or its alternative text changed: have it reviewed."
    if before.get("rules") != now.get("rules"):
        return "The words of a rule in the text changed: have it reviewed."
    if not who or None in who:
        return "Nobody knows who changed the text: have it reviewed."
    return "You changed the text yourself: somebody else confirms it." if user in who else ""


def changers(article: "Article", since: "Review | None" = None) -> list:
    """The users who changed the text, in order of their last change; those after a review, if one is given.

    None stands for the site itself. What lies in other tables, as the text of a picture, is not known.
    """
    texts: dict[int, dict] = {}  # the last one of the live article, and of its next version, by number
    since = _in_its_line(article, since)
    if since:
        texts[since.article_id] = _comparable(since.text)
    who: dict = {}
    for row in _revisions(article, since).iterator(ROWS_AT_ONCE):
        text = _comparable(_text_of_revision(row))
        if text != texts.get(row.id, texts.get(article.revises_id or 0)):
            who.pop(row.history_user, None)
            who[row.history_user] = True
        texts[row.id] = text
    return list(who)


def _in_its_line(article: "Article", since: "Review | None") -> "Review | None":
    """That review; of a next version, instead of one of the live article since the copy, the last one before.

    Whoever reviewed the live article later read nothing of what was written in its next version until then.
    """
    if since is None or since.article_id == article.pk or since.created_at <= article.created_at:
        return since
    of_live = type(since).objects.filter(article=article.revises_id, created_at__lte=article.created_at)
    return of_live.filter(kind=since.Kind.MEDICAL, verdict=since.Verdict.APPROVED).last()


def _revisions(article: "Article", since: "Review | None"):
    """The oldest first; of a next version those too that the live article had until the copy was made.

    What was written in a next version before a review of the live article, and became that article after it, came
    after it: such rows have the number of the version that they became (next_versions.carry_history_over).
    """
    rows = type(article).history.select_related("history_user").only("id", "history_user", "citations", *OF_THE_ROW)
    rows = rows.order_by("history_date", "history_id")
    of_live = Q(id=article.revises_id, history_date__lte=article.created_at)
    has_read_the_copy = since is not None and since.article_id == article.pk
    of_both = Q(id=article.pk) if not article.revises_id or has_read_the_copy else Q(id=article.pk) | of_live
    rows = rows.filter(of_both)
    if since is None:
        return rows
    later = rows.filter(history_date__gt=since.created_at)
    reviewed_version = Subquery(later.values("version")[:1])  # of the row by which the history notes the review
    return rows.filter(Q(history_date__gt=since.created_at) | Q(version__gt=reviewed_version))


def _text_of_revision(row) -> dict:
    citations = [[each["title"], each["publisher"], each["url"], each["accessed_on"] or ""] for each in row.citations]
    text = {name: getattr(row, name) for name in OF_THE_ROW}
    return {**text, "citations": citations}


def _comparable(text: dict) -> dict:
    return {name: value for name, value in text.items() if name not in IN_OTHER_TABLES}
