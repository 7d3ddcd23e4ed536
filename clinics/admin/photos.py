"""Photos that owners added: an editor looks at each before readers see it."""

from django import forms
from django.contrib import admin, messages
from django.utils.html import format_html

from clinics.models import ClinicPhoto
from core.admin import QueueFilter, link, log_each


class WaitingFilter(QueueFilter):
    choices_of_field = ClinicPhoto.Status.choices


class PhotoForm(forms.ModelForm):
    class Meta:
        model = ClinicPhoto
        fields = ["alt", "status", "reason"]
        help_texts = {
            "status": "Show no patient, no promise of a cure, and no phone number or address of somebody else.",
            "reason": "Only where it is not shown: its owner reads it.",
        }


@admin.register(ClinicPhoto)
class ClinicPhotoAdmin(admin.ModelAdmin):
    form = PhotoForm
    list_display = ["preview", "clinic_link", "alt", "added_at", "status"]
    list_filter = [WaitingFilter]
    search_fields = ["clinic__name", "alt"]
    readonly_fields = ["clinic_link", "picture", "added_at"]
    fields = ["clinic_link", "picture", "added_at", "alt", "status", "reason"]
    ordering = ["added_at", "pk"]
    actions = ["show_to_readers", "do_not_show"]
    list_per_page = 20

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("clinic").defer("clinic__position")

    @admin.display(description="photo")
    def preview(self, photo):
        return format_html('<img src="{}" alt="{}" width="160">', photo.small_url, photo.alt)

    @admin.display(description="photo")
    def picture(self, photo):
        return format_html('<img src="{}" alt="{}" width="{}">', photo.url, photo.alt, min(photo.width, 640))

    @admin.display(description="clinic", ordering="clinic__name")
    def clinic_link(self, photo):
        return link(photo.clinic)

    @admin.action(description="Show to readers", permissions=["change"])
    def show_to_readers(self, request, photos):
        self._decide(request, photos, ClinicPhoto.Status.SHOWN, "Shown to readers.")

    @admin.action(description="Do not show (a reason is written on its own page)", permissions=["change"])
    def do_not_show(self, request, photos):
        self._decide(request, photos, ClinicPhoto.Status.DECLINED, "Not shown to readers.")

    def _decide(self, request, photos, status, sentence):
        changed = list(photos.exclude(status=status))
        ClinicPhoto.objects.filter(pk__in=[photo.pk for photo in changed]).update(status=status)
        log_each(request, changed, sentence)
        self.message_user(request, f"{sentence[:-1]}: {len(changed)} of the chosen photos.", messages.SUCCESS)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, photo=None):
        return False  # its owner removes it, with its files; one that is declined no reader sees
