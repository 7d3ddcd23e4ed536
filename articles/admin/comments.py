from django.contrib import admin, messages
from django.utils.html import format_html

from articles.models import Comment
from articles.moderation import Flag
from core.admin import EVERYTHING


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
class CommentAdmin(admin.ModelAdmin):
    """The moderator's queue. A comment is approved or rejected, never edited."""

    list_display = ["says", "name", "why", "reports", "article", "created_at", "status"]
    list_display_links = ["says"]
    list_filter = [WaitingFilter, FlagFilter]
    list_select_related = ["article", "parent"]
    search_fields = ["text", "name"]
    ordering = ["priority", "created_at"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ["approve", "reject"]
    fields = readonly_fields = (
        *("article", "parent", "name", "text", "why", "reports"),
        *("status", "created_at", "decided_at", "decided_by"),
    )

    def has_add_permission(self, request):
        return False

    @admin.action(description="Approve: readers see it", permissions=["change"])
    def approve(self, request, comments):
        self._decide(request, comments, Comment.Status.APPROVED)

    @admin.action(description="Reject: nobody sees it", permissions=["change"])
    def reject(self, request, comments):
        self._decide(request, comments, Comment.Status.REJECTED)

    def _decide(self, request, comments, status):
        count = 0
        for comment in comments:
            comment.decide(status, request.user)
            self.log_change(request, comment, status.label)
            count += 1
        self.message_user(request, f"{count} {status.label}.", messages.SUCCESS)

    @admin.display(description="comment", ordering="text")
    def says(self, comment):
        return f"↳ {comment.text[:200]}" if comment.parent_id else comment.text[:200]

    @admin.display(description="look twice")
    def why(self, comment):
        labels = ", ".join(Flag(flag).label for flag in comment.flags) or "–"
        if comment.signals_danger:
            return format_html('<strong class="of-danger">{}</strong>', labels)
        return labels
