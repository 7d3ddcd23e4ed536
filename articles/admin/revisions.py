"""The history of an article: who changed what and when, as words removed and added; and how to restore it."""

import difflib
import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles import markup
from articles.models import Article, Citation, Topic
from core.admin import admin_url

SHOWN = 50  # revisions
AROUND = 8  # unchanged words that stay before and after a change
TEXTS = ("title", "slug", "summary")
VALUES = (
    *("language", "translation_of_id", "author", "reviewer", "last_reviewed_on", "review_due_on", "hero_id"),
    *("comments_open", "is_sample", "shown_unreviewed", "status", "publish_at"),
)
RESTORED = (
    *("title", "slug", "summary", "body", "language", "translation_of_id", "author_id", "reviewer_id", "hero_id"),
    *("last_reviewed_on", "review_due_on", "comments_open", "is_sample"),
)


def history_page(model_admin, request, object_id):
    article = model_admin.get_object(request, object_id)
    if article is None:
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
    if not model_admin.has_view_or_change_permission(request, article):
        raise PermissionDenied
    revisions = list(article.history.select_related("history_user", "author", "reviewer")[: SHOWN + 1])
    rows = [
        {
            "revision": revision,
            "changes": changes(before, revision),
            "is_current": position == 0,
            "is_first": before is None and position < SHOWN,
        }
        for position, (revision, before) in enumerate(zip(revisions, [*revisions[1:], None], strict=True))
    ][:SHOWN]
    context = model_admin.admin_site.each_context(request) | {
        "title": f"History of “{article}”",
        "article": article,
        "object": article,
        "opts": model_admin.opts,
        "rows": rows,
        "may_restore": model_admin.has_change_permission(request, article),
    }
    return render(request, "admin/articles/article/history.html", context)


def changes(before, after) -> list[tuple[str, str]]:
    """(field, what was removed and added) of each field that differs; nothing for the first revision."""
    if before is None:
        return []
    found: list[tuple[str, str]] = [
        (name, words(getattr(before, name), getattr(after, name))) for name in TEXTS if _differ(before, after, name)
    ]
    found += [
        (name.removesuffix("_id").replace("_", " "), replaced(getattr(before, name), getattr(after, name)))
        for name in VALUES
        if _differ(before, after, name)
    ]
    if before.topic_slugs != after.topic_slugs:
        found.append(("topics", replaced(", ".join(before.topic_slugs), ", ".join(after.topic_slugs))))
    if before.citations != after.citations:
        found.append(("citations", words(_citations(before), _citations(after))))
    if before.body != after.body:
        found.append(("text", words(markup.text_of(before.body), markup.text_of(after.body)) or "markup only"))
    return found


def _differ(before, after, name) -> bool:
    return getattr(before, name) != getattr(after, name)


def _citations(revision) -> str:
    return "\n".join(f"{row['title']}, {row['publisher']} {row['url']}" for row in revision.citations)


def replaced(before, after) -> SafeString:
    return format_html(
        "<del>{}</del> <ins>{}</ins>", *("–" if each in (None, "") else each for each in (before, after))
    )


def words(before: str, after: str) -> SafeString:
    """The difference word by word; long unchanged passages are shortened."""
    old, new = (re.findall(r"\S+|\n", text) for text in (before, after))
    parts = []
    for operation, start, end, new_start, new_end in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if operation == "equal":
            parts.append(("span", _shortened(old[start:end])))
            continue
        if start < end:
            parts.append(("del", " ".join(old[start:end])))
        if new_start < new_end:
            parts.append(("ins", " ".join(new[new_start:new_end])))
    if not any(tag in ("del", "ins") for tag, _text in parts):
        return format_html("")
    return format_html_join(" ", "<{0}>{1}</{0}>", ((SafeString(tag), text) for tag, text in parts))


def _shortened(unchanged: list[str]) -> str:
    if len(unchanged) <= 2 * AROUND:
        return " ".join(unchanged)
    return " ".join([*unchanged[:AROUND], "…", *unchanged[-AROUND:]])


@transaction.atomic
def restore(model_admin, request, object_id, revision):
    """Make that revision's text the current one; the status stays, and the present text stays in the history."""
    article = Article.objects.select_for_update().filter(pk=object_id).first()
    old = article and article.history.filter(pk=revision).first()
    if article is None or old is None:
        raise Http404
    if request.method != "POST" or not model_admin.has_change_permission(request, article):
        raise PermissionDenied
    for name in RESTORED:
        setattr(article, name, getattr(old, name))
    article.version += 1
    article._history_user = request.user
    article._change_reason = f"Restored as it was on {old.history_date:%B %-d, %Y, %H:%M}"
    article.topics.set(Topic.objects.filter(slug__in=old.topic_slugs))
    article.citations.all().delete()
    Citation.objects.bulk_create(
        Citation(article=article, position=position, **row) for position, row in enumerate(old.citations)
    )
    if article.is_out and (missing := article.missing()):
        transaction.set_rollback(True)
        model_admin.message_user(
            request, "Not restored, for readers see this article. " + " ".join(missing), messages.ERROR
        )
        return HttpResponseRedirect(admin_url(article))
    article.save()
    model_admin.log_change(request, article, article._change_reason)
    model_admin.message_user(request, f"{article._change_reason}.", messages.SUCCESS)
    return HttpResponseRedirect(admin_url(article))
