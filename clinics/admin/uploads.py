"""A file is uploaded in the admin, rehearsed, looked at, then applied or discarded."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect

from clinics.imports import changes, uploads
from clinics.models import ImportUpload
from core.admin import admin_url, bullets, changelist_url, key_values, link, table

MEGABYTE = 1024 * 1024
LARGEST_MEGABYTES = 100
RELOAD_SECONDS = 3


class UploadForm(forms.ModelForm):
    class Meta:
        model = ImportUpload
        fields = ["file", "edition", "include_mental_health", "points_only"]
        help_texts = {
            "file": f"a directory of SAMHSA or CMS as it was published, up to {LARGEST_MEGABYTES} MB; "
            "nothing is written until you apply it"
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["file"].required = True  # the column is empty once the file was applied

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_MEGABYTES * MEGABYTE:
            raise forms.ValidationError(
                f"The file has {file.size / MEGABYTE:,.0f} MB; the admin takes up to {LARGEST_MEGABYTES} MB. "
                "Import a larger one with manage.py import_clinics."
            )
        return file

    def _post_clean(self):
        """Store the file while the form is checked, so that a full disk is an error beside the field."""
        super()._post_clean()  # type: ignore[misc] # a hook of Django's forms that the stubs leave out
        if self.errors:
            return
        try:
            self.instance.file.save(self.cleaned_data["file"].name, self.cleaned_data["file"], save=False)
        except OSError:
            sentence = (
                "The file could not be stored: the site's disk is full or cannot be written. "
                "Tell the person who runs the site, and try again later."
            )
            self.add_error("file", sentence)

    def save(self, commit=True):
        self.instance.original_name = self.cleaned_data["file"].name[-200:]
        return super().save(commit)


@admin.register(ImportUpload)
class ImportUploadAdmin(admin.ModelAdmin):
    show_full_result_count = False
    list_display = ["original_name", "status", "held_because", "created_at", "origin", "uploaded_by", "import_link"]
    list_filter = ["status", "origin", ("held_because", admin.EmptyFieldListFilter)]
    list_select_related = ["uploaded_by", "run"]
    search_fields = ["original_name", "error"]
    search_help_text = "File, text of the error"
    actions = None
    status_fields = [
        *("original_name", "status", "held_because", "progress", "error", "edition", "include_mental_health"),
        *("points_only", "origin", "uploaded_by", "created_at", "import_link"),
    ]
    report_fieldsets = [
        ("Planned changes", {"fields": ["list_read", "counts", "matched_by", "by_state", "notes"]}),
        ("The first differences", {"fields": ["differences"]}),
        ("Rejected rows", {"fields": ["rejections"]}),
    ]

    def get_form(self, request, obj=None, change=False, **options):
        return super().get_form(request, obj, change, **options) if obj else UploadForm

    def get_fieldsets(self, request, upload=None):
        if upload is None:
            return [(None, {"fields": UploadForm.Meta.fields})]
        return [(None, {"fields": self.status_fields}), *(self.report_fieldsets if upload.report else [])]

    def get_readonly_fields(self, request, upload=None):
        if upload is None:
            return []
        return [name for _, options in self.get_fieldsets(request, upload) for name in options["fields"]]

    def has_delete_permission(self, request, upload=None):
        return False  # discarding deletes the file too

    def save_model(self, request, upload, form, change):
        upload.uploaded_by = request.user
        super().save_model(request, upload, form, change)
        uploads.enqueue_rehearsal(upload)

    def response_add(self, request, upload, post_url_continue=None):
        self.message_user(request, f"{upload} is being rehearsed. Nothing is written until you apply it.")
        return HttpResponseRedirect(admin_url(upload))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        upload = self.get_object(request, object_id)
        if request.method == "POST":
            return self.press(request, upload, object_id)
        context = self.buttons(request, upload) if upload else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def buttons(self, request, upload: ImportUpload) -> dict:
        """Which buttons can be pressed now, and whether the page should reload."""
        may = self.has_change_permission(request, upload)
        status = upload.Status
        return {
            "can_apply": may and upload.status == status.REHEARSED,
            "can_discard": may and upload.status in (status.REHEARSED, status.FAILED),
            "can_retry": may and uploads.can_be_retried(upload),
            "reload_seconds": RELOAD_SECONDS if upload.status in uploads.PENDING and not upload.error else None,
        }

    def press(self, request, upload, object_id):
        """One of the buttons: a POST that works once, however often it is pressed."""
        if upload is None:
            gone = self._get_obj_does_not_exist_redirect  # type: ignore[attr-defined]  # the stubs leave it out
            return gone(request, self.opts, object_id)
        if not self.has_change_permission(request, upload):
            raise PermissionDenied
        button = request.POST.get("press")
        if button == "discard":
            return self.discard(request, upload)
        enqueue = {"apply": uploads.enqueue_apply, "again": uploads.retry}.get(button)
        if enqueue and enqueue(upload):
            sentence = "It will be applied." if button == "apply" else "It will be tried again."
            self.log_change(request, upload, sentence)
            self.message_user(request, f"{upload}: {sentence}", messages.SUCCESS)
        else:
            self.message_user(request, f"{upload}: that cannot be done now.", messages.WARNING)
        return HttpResponseRedirect(admin_url(upload))

    def discard(self, request, upload):
        pk = upload.pk
        if not uploads.discard(upload):
            self.message_user(request, f"{upload}: a job is working on it, or it was applied.", messages.WARNING)
            return HttpResponseRedirect(admin_url(upload))
        upload.pk = pk
        LogEntry.objects.log_actions(request.user.pk, [upload], DELETION, change_message="Discarded.")
        self.message_user(request, f"{upload} was discarded.", messages.SUCCESS)
        return HttpResponseRedirect(changelist_url(ImportUpload))

    @admin.display(description="import", ordering="run")
    def import_link(self, upload):
        return link(upload.run)

    @admin.display(description="rows read")
    def progress(self, upload):
        of_total = f" of about {upload.total_rows:,}" if upload.total_rows and upload.status in uploads.PENDING else ""
        return f"{upload.rows_read:,}{of_total}"

    @admin.display(description="list")
    def list_read(self, upload):
        whole = "" if upload.report["is_complete"] else ", perhaps not the whole list"
        return f"{upload.report['source']}{whole}"

    @admin.display(description="counts")
    def counts(self, upload):
        return table(uploads.COUNTS, [[f"{upload.report['counts'][name]:,}" for name in uploads.COUNTS]])

    @admin.display(description="matched by")
    def matched_by(self, upload):
        return key_values(upload.report["rules"]) if upload.report["rules"] else "–"

    @admin.display(description="clinics by state")
    def by_state(self, upload):
        rows = [[row[0], *(f"{count:,}" for count in row[1:])] for row in changes.states_of(upload.report)]
        return table(["State", "Created", "Updated", "Newly missing"], rows) if rows else "no clinic changes"

    @admin.display(description="messages")
    def notes(self, upload):
        return bullets(upload.report["messages"])

    @admin.display(description="differences")
    def differences(self, upload):
        found = upload.report["differences"]
        rows = ([one["clinic"], one["city"], one["state"], one["field"], one["before"], one["after"]] for one in found)
        return table(["Clinic", "City", "State", "Field", "Before", "After"], rows) if found else "–"

    @admin.display(description="rejected")
    def rejections(self, upload):
        found = upload.report["rejections"]
        return table(["Line", "Reason", "Row"], found) if found else "–"
