from django.contrib import admin, messages
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.timesince import timesince

from articles.admin.moderation_cards import ModerationCards
from articles.models import Comment
from articles.moderation import Flag
from core.admin import EVERYTHING, log_each


class WaitingFilter(admin.SimpleListFilter):
    """Shows the comments that wait, unless another status is chosen."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return [("waiting", "to be decided"), *Comment.Status.choices[1:], (EVERYTHING, "all")]

    def choices(self, changelist):
        for value, label in self.lookup_choices:
            selected = (self.value() or "waiting") == value
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": selected, "query_string": query, "display": label}

    def queryset(self, request, comments):
        value = self.value() or "waiting"
        if value == "waiting":
            return comments.waiting()
        return comments if value == EVERYTHING else comments.filter(status=value)


class FlagFilter(admin.SimpleListFilter):
    title = "flag"
    parameter_name = "flag"

    def lookups(self, request, model_admin):
        return [("none", "none"), *Flag.choices]

    def queryset(self, request, comments):
        if self.value() == "none":
            return comments.filter(flags=[])
        return comments.filter(flags__contains=[self.value()]) if self.value() else comments


@admin.register(Comment)
class CommentAdmin(ModerationCards):
    """All comments, to be searched. They are decided as cards (moderation_cards.py), and never edited."""

    list_display = ["says", "name", "why", "on_article", "age", "status"]
    list_display_links = ["says"]
    list_filter = [WaitingFilter, FlagFilter, "is_from_site"]
    list_select_related = ["article"]
    search_fields = ["text", "name"]
    ordering = ["priority", "created_at"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ["approve", "reject"]
    fields = readonly_fields = (
        *("article", "parent", "name", "whole_text", "why", "reports", "is_from_site", "written_by"),
        *("status", "created_at", "decided_at", "decided_by"),
    )

    class Media:
        css = {"all": ["admin-extra/moderation.css"]}

    def has_add_permission(self, request):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).defer("article__body", "article__vector")

    @admin.action(description="Approve: readers see it", permissions=["change"])
    def approve(self, request, comments):
        self._decide_ticked(request, comments, Comment.Status.APPROVED)

    @admin.action(description="Reject: nobody sees it", permissions=["change"])
    def reject(self, request, comments):
        self._decide_ticked(request, comments, Comment.Status.REJECTED)

    def _decide_ticked(self, request, comments, status):
        """At once, without a look at what others did meanwhile: what was ticked in the list is meant."""
        done = Comment.objects.decide([comment.handle for comment in comments], status, request.user)
        log_each(request, done.comments, status.label)
        self.message_user(request, f"{len(done.comments)} {status.label}.", messages.SUCCESS)

    @admin.display(description="comment", ordering="text")
    def says(self, comment):
        mark = "↳ " if comment.parent_id else ""
        return f"{mark}{Truncator(comment.text).chars(300)}"

    @admin.display(description="text")
    def whole_text(self, comment):
        return format_html('<span class="whole-text">{}</span>', comment.text)

    @admin.display(description="article", ordering="article__title")
    def on_article(self, comment):
        return Truncator(comment.article.title).chars(40)

    @admin.display(description="since", ordering="created_at")
    def age(self, comment):
        return timesince(comment.created_at, depth=1)

    @admin.display(description="look twice")
    def why(self, comment):
        reports = [f"{comment.reports} report{'s' * (comment.reports > 1)} by readers"] if comment.reports else []
        labels = ", ".join([*comment.reasons, *reports]) or "–"
        if comment.signals_danger:
            return format_html('<strong class="of-danger">{}</strong>', labels)
        return labels
