from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html

from clinics.imports.run import ImportFailed
from clinics.imports.undo import reason_not_to_undo, undo_last_run
from clinics.models import ImportRejection, ImportRun
from core.admin import ReadOnlyAdmin, admin_url, bullets, changelist_url, key_values, link, table

SHOWN_REJECTIONS = 200
RUNS_TO_CHOOSE_FROM = 20


def count_column(heading: str, field: str):
    """A column of the list with a short heading; on the page of a run the field's own name says more."""

    @admin.display(description=heading, ordering=field)
    def column(run):
        return getattr(run, field)

    return column


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """Every import and its counts, the latest first."""

    list_display = [
        *("file_name", "source_and_edition", "status", "started", "duration"),
        *(count_column(field, field) for field in ("rows", "created", "updated", "unchanged", "repeated", "skipped")),
        *("rejected_rows", count_column("closed", "closed"), count_column("to decide", "queued"), "adds_up"),
    ]
    search_fields = ["file_name", "edition", "error"]
    search_help_text = "File, edition, text of the error"
    readonly_fields = ["source_and_edition", "duration", "adds_up", "notes", "matched_by", "first_rejections"]
    fieldsets = [
        (None, {"fields": ["file_name", "source_and_edition", "points_only", "is_complete", "layout", "file_sha256"]}),
        ("Result", {"fields": ["status", "started_at", "duration", "error", "notes"]}),
        (
            "Rows",
            {
                "fields": [
                    *("rows", "created", "updated", "unchanged", "repeated", "skipped", "rejected", "adds_up"),
                    *("closed", "queued", "matched_by"),
                ]
            },
        ),
        ("Rejected rows", {"fields": ["first_rejections"]}),
    ]

    def get_urls(self):
        undo = path("<int:run_id>/undo/", self.admin_site.admin_view(self.undo_view), name="clinics_importrun_undo")
        return [undo, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        run = self.get_object(request, object_id)
        can_undo = run is not None and may_undo(request) and not reason_not_to_undo(run, run.source)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "can_undo": can_undo})

    def undo_view(self, request, run_id):
        """A GET asks for confirmation, a POST undoes the import."""
        if not may_undo(request):
            raise PermissionDenied
        run = get_object_or_404(ImportRun, pk=run_id)
        if refusal := reason_not_to_undo(run, run.source):
            self.message_user(request, refusal, messages.ERROR)
        elif request.method == "POST":
            self.undo(request, run)
        else:
            context = {**self.admin_site.each_context(request), "title": "Undo this import?", "run": run}
            return TemplateResponse(request, "admin/clinics/importrun/undo.html", context)
        return HttpResponseRedirect(admin_url(run))

    def undo(self, request, run) -> None:
        try:
            result = undo_last_run(run.source, expected=run.pk)
        except ImportFailed as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self.log_change(request, run, str(result))
        self.message_user(request, str(result), messages.SUCCESS)

    @admin.display(description="source", ordering="source")
    def source_and_edition(self, run):
        return f"{run.source_text}, coordinates only" if run.points_only else run.source_text

    @admin.display(description="duration")
    def duration(self, run):
        if not run.finished_at:
            return "–"
        minutes, seconds = divmod((run.finished_at - run.started_at).total_seconds(), 60)
        return f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"

    @admin.display(description="adds up", boolean=True)
    def adds_up(self, run):
        return run.adds_up

    @admin.display(description="started", ordering="started_at")
    def started(self, run):
        return f"{timezone.localtime(run.started_at):%Y-%m-%d %H:%M}"

    @admin.display(description="rejected", ordering="rejected")
    def rejected_rows(self, run):
        return link_to_rejections(run, run.rejected) if run.rejected else 0

    @admin.display(description="messages")
    def notes(self, run):
        return bullets(run.messages)

    @admin.display(description="matched by")
    def matched_by(self, run):
        return key_values(run.rules) if run.rules else "–"

    @admin.display(description="rejected")
    def first_rejections(self, run):
        rejections = list(run.rejections.all()[:SHOWN_REJECTIONS])
        cells = ((rejection.line, rejection.reason, rejection.text) for rejection in rejections)
        shown = table(["Line", "Reason", "Row"], cells) if rejections else "–"
        if run.rejected <= len(rejections):
            return shown
        return format_html("{}{}", shown, link_to_rejections(run, f"All {run.rejected:,} rejected rows"))


def may_undo(request) -> bool:
    return request.user.has_perm("clinics.change_importrun")


def link_to_rejections(run: ImportRun, text) -> str:
    return format_html('<a href="{}">{}</a>', changelist_url(ImportRejection, run=run.pk), text)


class RunFilter(admin.SimpleListFilter):
    title = "import"
    parameter_name = "run"

    def lookups(self, request, model_admin):
        return [(str(run.pk), str(run)) for run in ImportRun.objects.filter(rejected__gt=0)[:RUNS_TO_CHOOSE_FROM]]

    def queryset(self, request, queryset):
        return queryset.filter(run=self.value()) if (self.value() or "").isdecimal() else queryset


@admin.register(ImportRejection)
class ImportRejectionAdmin(ReadOnlyAdmin):
    list_display = ["line", "reason", "text", "run_link"]
    list_filter = [RunFilter]
    list_select_related = ["run"]
    ordering = ["-run", "line"]
    search_fields = ["reason", "text"]
    search_help_text = "Reason, or the text of the row"

    @admin.display(description="import", ordering="run")
    def run_link(self, rejection):
        return link(rejection.run)
