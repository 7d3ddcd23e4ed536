"""Terms, refunds and the other papers: a version is written as a draft, and stays as it is once it is in force."""

from django.contrib import admin, messages
from django.db.models import Max

from core.admin.base import ReadOnlyAdmin, log_each
from core.models import Paper, PaperAcceptance


@admin.register(Paper)
class PaperAdmin(admin.ModelAdmin):
    list_display = ["title", "slug", "language", "version", "published_on", "is_shipped"]
    list_filter = ["slug", "language"]
    search_fields = ["title", "text"]
    actions = ["write_next"]

    @admin.action(description="Write the next version: a draft with this text", permissions=["add"])
    def write_next(self, request, papers):
        drafts = []
        for paper in papers:
            same = Paper.objects.filter(slug=paper.slug, language=paper.language)
            if same.filter(published_on=None).exists():
                self.message_user(request, f"{paper}: there is a draft of the next version already.", messages.WARNING)
                continue
            last = same.aggregate(last=Max("version"))["last"]
            drafts.append(
                Paper.objects.create(
                    slug=paper.slug,
                    language=paper.language,
                    version=last + 1,
                    title=paper.title,
                    text=paper.text,
                    note="",
                )
            )
        log_each(request, drafts, "Begun from the version before.")
        self.message_user(request, f"Drafts begun: {len(drafts)}. Each is in force from the day that you give it.")

    def has_change_permission(self, request, paper=None):
        return super().has_change_permission(request, paper) and not (paper and paper.is_published)

    def has_delete_permission(self, request, paper=None):
        return super().has_delete_permission(request, paper) and paper is not None and not paper.is_published


@admin.register(PaperAcceptance)
class PaperAcceptanceAdmin(ReadOnlyAdmin):
    list_display = ["user", "slug", "version", "accepted_at"]
    list_filter = ["slug", "version"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
