"""The screens of an article that readers know: its next version, and the trash."""

import re
from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from articles import markup, notices, waiting
from articles.admin import preview, revisions
from articles.models import Article, Incomplete, Outdated, WrongStatus
from articles.models.trash import KEPT
from core.admin import admin_url, changelist_url

WRITTEN = re.compile(r"title|slug|summary|body|citations-\d+-(title|publisher|url)")


class LiveArticles(admin.ModelAdmin):
    """Who may do what with an article that readers know, and the addresses of it. What ArticleAdmin stands on."""

    def may_begin(self, request, article) -> bool:
        """Whoever may write may propose the next version of what readers know."""
        may_write = request.user.has_perm("articles.change_article")
        return may_write and article.is_known and not article.revises_id and not article.trashed_at

    def may_publish(self, request, article) -> bool:
        return request.user.has_perm("articles.publish_article") and self.has_change_permission(request, article)

    def may_restore(self, request, article) -> bool:
        return self.has_change_permission(request, article) or self.may_begin(request, article)

    def has_delete_permission(self, request, article=None):
        """Into the trash: what readers know by publishers alone, one's proposal of a next version by its writers."""
        may = super().has_delete_permission(request, article)
        if article is None:
            return may
        if article.trashed_at:
            return False
        if article.revises_id:
            return self.has_change_permission(request, article)
        return may and (not article.is_known or request.user.has_perm("articles.publish_article"))

    def may_take_out(self, request, article) -> bool:
        """Whoever may put it into the trash."""
        permission = "change_article" if article.revises_id else "delete_article"
        is_for_publishers = article.is_known and not request.user.has_perm("articles.publish_article")
        return request.user.has_perm(f"articles.{permission}") and not is_for_publishers

    # Addresses.

    def get_urls(self):
        views: dict[str, tuple[Callable[..., HttpResponseBase], str]] = {
            "<path:object_id>/next-version/": (self.begin, "begin"),
            "<path:object_id>/publish-anyway/": (self.publish_anyway, "publish_anyway"),
            "<path:object_id>/take-out-of-trash/": (self.take_out_of_trash, "take_out_of_trash"),
            "<path:object_id>/compare/": (self.compare, "compare"),
            "<path:object_id>/history/<int:revision>/restore/": (self.restore, "restore"),
            "preview/": (self.preview, "preview_new"),
            "<path:object_id>/preview/": (self.preview, "preview"),
        }
        own = [
            path(route, self.admin_site.admin_view(view), name=f"articles_article_{name}")
            for route, (view, name) in views.items()
        ]
        return own + super().get_urls()

    def history_view(self, request, object_id, extra_context=None):
        return revisions.history_page(self, request, unquote(object_id))

    def compare(self, request, object_id):
        return revisions.compare_page(self, request, unquote(object_id))

    def restore(self, request, object_id, revision):
        return revisions.restore(self, request, object_id, revision)

    def preview(self, request, object_id=None):
        return preview.page(self, request, object_id)

    def _posted(self, request, object_id) -> Article:
        """Locked until the transaction ends: whatever was saved meanwhile is read here, and not written over."""
        article = self.get_object(request, unquote(object_id))
        if article is None:
            raise Http404
        if request.method != "POST":
            raise PermissionDenied
        locked = Article.objects.locked(article.pk)
        if locked is None:  # deleted, or published over its article, while this waited
            raise Http404
        return locked

    @transaction.atomic
    def begin(self, request, object_id):
        article = self._posted(request, object_id)
        if not self.may_begin(request, article):
            return self.refused(request, article, "Your account may not write a next version of this article.")
        version = article.begin_next_version(request.user)
        self.message_user(request, "This is the next version. Readers see the present one until this is published.")
        return HttpResponseRedirect(admin_url(version))

    @transaction.atomic
    def publish_anyway(self, request, object_id):
        article = self._posted(request, object_id)
        if not article.revises_id or not self.may_publish(request, article):
            return self.refused(request, article, "Publishing a next version is for publishers.")
        live, writer = Article.objects.select_for_update().get(pk=article.revises_id), waiting.writer_of(article)
        if request.POST.get("compared") != f"{article.version} {live.version}":
            return self._compare_again(request, article)
        article._history_user, article._change_reason = request.user, "Published over a live article that had changed"
        article.accept_live_changes()
        try:
            article.publish()
        except (Incomplete, Outdated, WrongStatus) as error:
            transaction.set_rollback(True)  # the live article's changes are not accepted by what was not published
            return self.say_no(request, str(error), article)
        live.refresh_from_db()
        notices.published(live, request.user, writer)
        self.log_change(request, live, article._change_reason)
        self.message_user(request, f"{live}: {live.status_now}.", messages.SUCCESS)
        return HttpResponseRedirect(admin_url(live))

    def _compare_again(self, request, version):
        said = "One of the two was changed after you opened this page. Nothing was published: compare them again."
        self.message_user(request, said, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:articles_article_compare", args=[version.pk]))

    @transaction.atomic
    def take_out_of_trash(self, request, object_id):
        article = self._posted(request, object_id)
        if not self.may_take_out(request, article):
            return self.refused(request, article, "Your account may not take this out of the trash.")
        article._history_user, article._change_reason = request.user, "Taken out of the trash"
        try:
            article.take_out_of_trash()
        except WrongStatus as error:
            return self.say_no(request, str(error), article)
        self.log_change(request, article, article._change_reason)
        self.message_user(
            request, f"{article}: {article.status_now}. Readers see nothing of it yet.", messages.SUCCESS
        )
        return HttpResponseRedirect(admin_url(article))

    # The trash in place of deletion.

    @transaction.atomic
    def delete_view(self, request, object_id, extra_context=None):
        """What Django reads of the row once it is locked is what everybody else has saved by then."""
        article = self.get_object(request, unquote(object_id))
        if article is not None and request.method == "POST":
            Article.objects.locked(article.pk)
        context = {"kept": KEPT, "next_version": article and article.next_version}
        return super().delete_view(request, object_id, (extra_context or {}) | context)

    def delete_model(self, request, article):
        article._history_user, article._change_reason = request.user, "Put into the trash"
        article.trash()

    def get_deleted_objects(self, articles, request):
        """Nothing is deleted yet, so nothing stands in the way."""
        return [str(article) for article in articles], {}, set(), []

    def response_delete(self, request, obj_display, obj_id):
        self.message_user(request, f"“{obj_display}” is in the trash, and can be taken out for {KEPT.days} days.")
        return HttpResponseRedirect(changelist_url(Article))

    # Answers.

    def refused(self, request, article, sentence: str, status=403):
        """A page that says why, and shows what was sent, for somebody whose account may not do that."""
        context = self.admin_site.each_context(request) | {
            "title": "Nothing was changed",
            "sentence": sentence,
            "sent": _sent(request),
            "back": admin_url(article) if article is not None else changelist_url(Article),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/articles/article/refused.html", context, status=status)

    def say_no(self, request, sentence: str, article):
        self.message_user(request, sentence, messages.ERROR)
        return HttpResponseRedirect(admin_url(article))

    # The list.

    def get_ordering(self, request):
        """A next version stands below its article."""
        date, number = Coalesce("revises__publish_at", "publish_at"), Coalesce("revises_id", "pk")
        return [date.desc(), number.desc(), F("revises").asc(nulls_first=True)]

    def get_search_results(self, request, articles, search_term):
        """Other fields choose among articles alone, not among next versions or the trash."""
        if "field_name" in request.GET:
            articles = articles.kept().filter(revises=None)
        return super().get_search_results(request, articles, search_term)

    def named(self, article):
        if article.revises_id:
            return format_html("↳ {} <em>next version of “{}”</em>", article.title, article.revises.title)
        return article.title


def _sent(request) -> list[tuple[str, str]]:
    """(name, text) of what somebody wrote into the form of an article, in the order of the form."""
    names = [name for name in request.POST if WRITTEN.fullmatch(name) and request.POST[name].strip()]
    return [(name, _to_copy(name, request.POST[name])) for name in names]


def _to_copy(name: str, text: str) -> str:
    return mark_safe(markup.clean(text)) if name == "body" else text  # noqa: S308 - as readers would get it
