from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path

from articles.models import Comment, HeldWord
from articles.models.held_words import as_listed, words_in

LAST_COMMENTS = 200


@admin.register(HeldWord)
class HeldWordAdmin(admin.ModelAdmin):
    """The list of whoever decides on comments: it needs no permission of its own."""

    list_display = ["word", "reason", "is_active", "added_by", "added_at"]
    list_filter = ["is_active"]
    list_select_related = ["added_by"]
    search_fields = ["word", "reason"]
    readonly_fields = ["added_by", "added_at"]
    fields = ["word", "reason", "is_active", "added_by", "added_at"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_urls(self):
        own = path("try/", self.admin_site.admin_view(self.try_word), name="articles_heldword_try")
        return [own, *super().get_urls()]

    def try_word(self, request):
        """Which of the last comments a word would hold, before it is listed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        word = as_listed(request.GET.get("word", "").replace("\0", "")[:80])
        comments = Comment.objects.filter(is_from_site=False).select_related("article").order_by("-created_at")
        last = list(comments.defer("article__body", "article__vector")[:LAST_COMMENTS]) if word else []
        context = {
            **self.admin_site.each_context(request),
            "title": "Try a word",
            "opts": self.opts,
            "word": word,
            "read": len(last),
            "found": [comment for comment in last if words_in(f"{comment.name}\n{comment.text}", [word])],
            "is_listed": HeldWord.objects.filter(word=word).exists(),
        }
        return TemplateResponse(request, "admin/articles/heldword/try.html", context)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.added_by = request.user
        super().save_model(request, obj, form, change)
        if obj.is_active and (count := Comment.objects.flag_for(obj.word)):
            self.message_user(request, f"{count} of the comments that wait {'has' if count == 1 else 'have'} it.")

    def _may(self, request) -> bool:
        return request.user.has_perm("articles.change_comment")

    def has_module_permission(self, request):
        return self._may(request)

    def has_view_permission(self, request, obj=None):
        return self._may(request)

    def has_add_permission(self, request):
        return self._may(request)

    def has_change_permission(self, request, obj=None):
        return self._may(request)

    def has_delete_permission(self, request, obj=None):
        return self._may(request)
