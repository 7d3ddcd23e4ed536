"""The history of an article: who changed what and when; any two versions compared; and how to restore one."""

from itertools import pairwise

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from articles.admin.compare import changes, moment
from articles.models import Article, Citation, Topic
from articles.models.article import snapshot
from core.admin import admin_url

SHOWN = 50  # revisions
RESTORED = (
    *("title", "slug", "summary", "body", "language", "translation_of_id", "author_id", "hero_id"),
    "comments_open",
)  # not the date of the next review: it belongs to the signature
MAY_BE_DELETED = ("translation_of", "author", "hero")
NOW, LIVE, BEGUN, PREVIOUS = "now", "live", "begun", "previous"  # what can be compared beside revisions by number


def _opened(model_admin, request, object_id) -> Article:
    article = model_admin.get_object(request, object_id)
    if article is None:
        raise Http404
    if not model_admin.has_view_or_change_permission(request, article):
        raise PermissionDenied
    return article


def _page(model_admin, request, article, template, **context):
    context |= model_admin.admin_site.each_context(request) | {
        "article": article,
        "object": article,
        "opts": model_admin.opts,
        "zone": timezone.get_current_timezone_name().rpartition("/")[2].replace("_", " "),
        "is_live": article.is_known and not article.revises_id,
        "may_restore": model_admin.may_restore(request, article),
    }
    return render(request, f"admin/articles/article/{template}.html", context)


def history_page(model_admin, request, object_id):
    article = _opened(model_admin, request, object_id)
    revisions = list(article.history.select_related("history_user", "author", "reviewer")[: SHOWN + 1])
    rows = [
        {
            "revision": revision,
            "changes": changes(before, revision),
            "is_current": position == 0,
            "is_previous": position == 1,
            "is_first": before is None and position < SHOWN,
        }
        for position, (revision, before) in enumerate(pairwise([*revisions, None]))
    ][:SHOWN]
    return _page(model_admin, request, article, "history", title=f"History of “{article}”", rows=rows)


def compare_page(model_admin, request, object_id):
    """Two versions side by side in words; `from` and `to` are revisions by number, or one of the names above."""
    article = _opened(model_admin, request, object_id)
    usual = LIVE if article.revises_id else PREVIOUS
    before, before_words, _revision = _version(article, request.GET.get("from", usual))
    after, after_words, chosen = _version(article, request.GET.get("to", NOW))
    return _page(
        *(model_admin, request, article, "compare"),
        title=f"“{article}” compared",
        before=before_words,
        after=after_words,
        changes=changes(before, after),
        restorable=chosen,
        may_publish=article.is_outdated and model_admin.may_publish(request, article),
    )


def _version(article, name: str):
    """(a revision, what it is in words, the revision if it is one of this article's former ones)."""
    live = article.revises if article.revises_id else article
    if name == NOW:
        return as_it_is(article), "as it is now" if live is article else "the next version", None
    if name == LIVE:
        return as_it_is(live), "the live article", None
    if name == BEGUN:
        revision = live.history.filter(version=article.revises_version).first()
        return revision or as_it_is(live), "the live article when this version was begun", None
    if name == PREVIOUS:
        revision = article.history.all()[1:2].first() or article.history.first()
    else:
        revision = article.history.filter(pk=name).first() if name.isdecimal() and len(name) < 10 else None
    if revision is None:
        raise Http404
    is_current = revision == article.history.first()
    return revision, f"as it was on {moment(revision.history_date)}", None if is_current else revision


def as_it_is(article):
    """The article now, in the shape of a revision; not saved."""
    model = Article.history.model
    names = [field.attname for field in model.tracked_fields]
    revision = model(**{name: getattr(article, name) for name in names})
    snapshot(model, article, revision)
    return revision


@transaction.atomic
def restore(model_admin, request, object_id, revision):
    """Make that revision's text the current one; of an article that readers know, its next version.

    The status stays, and the present text stays in the history.
    """
    article = Article.objects.select_for_update().filter(pk=object_id).first()
    old = article and article.history.filter(pk=revision).first()
    if article is None or old is None:
        raise Http404
    if request.method != "POST" or not model_admin.may_restore(request, article):
        raise PermissionDenied
    if article.is_known and not article.revises_id:
        if article.next_version:
            return model_admin.say_no(
                request, "The next version is being written already. Nothing was restored.", article
            )
        article = article.begin_next_version(request.user)
    try:
        left_out = _bring_back(article, old, request.user)
    except ValidationError as error:
        transaction.set_rollback(True)
        return model_admin.say_no(request, f"Not restored. {' '.join(error.messages)}", article.revises or article)
    model_admin.log_change(request, article, article._change_reason)
    where = " as the next version: readers see the present one until it is published" if article.revises_id else ""
    model_admin.message_user(request, f"{article._change_reason}{where}.")
    if left_out:
        said = f"Left out, for it was deleted since: {', '.join(left_out)}."
        model_admin.message_user(request, said, messages.WARNING)
    return HttpResponseRedirect(admin_url(article))


def _bring_back(article, old, user) -> list[str]:
    """Returns the names of the fields whose row is not there any more."""
    for name in RESTORED:
        setattr(article, name, getattr(old, name))
    left_out = _without_what_was_deleted(article)
    article.clean()
    article.version += 1
    article._history_user = user
    article._change_reason = f"Restored as it was on {moment(old.history_date)}"
    article.topics.set(Topic.objects.filter(slug__in=old.topic_slugs))
    article.citations.all().delete()
    Citation.objects.bulk_create(
        Citation(article=article, position=position, **row) for position, row in enumerate(old.citations)
    )
    article.save()
    return left_out


def _without_what_was_deleted(article) -> list[str]:
    left_out = []
    for name in MAY_BE_DELETED:
        field = article._meta.get_field(name)
        number = getattr(article, field.attname)
        if number and not field.related_model.objects.filter(pk=number).exists():
            setattr(article, name, None)
            left_out.append(str(field.verbose_name))
    return left_out
