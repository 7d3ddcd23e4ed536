from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.urls import path
from django.utils.html import format_html

from articles.models import Picture
from articles.pictures import store_upload
from core.images import LARGEST_BYTES, MEGABYTE


class PictureForm(forms.ModelForm):
    file = forms.FileField(
        help_text=f"JPEG, PNG, WebP or GIF, up to {LARGEST_BYTES // MEGABYTE} MB; place and camera are removed from it"
    )

    class Meta:
        model = Picture
        fields = ["file", "alt", "credit"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if self.instance.pk:
            del self.fields["file"]

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("file") and cleaned.get("alt"):
            try:
                self.stored = store_upload(cleaned["file"], cleaned["alt"], None)
            except ValidationError as error:
                self.add_error("file", error)
        return cleaned


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin):
    form = PictureForm
    list_display = ["shown", "alt", "credit", "size", "uploaded_at", "uploaded_by"]
    search_fields = ["alt", "credit"]

    def get_fields(self, request, picture=None):
        return ["alt", "credit"] if picture else ["file", "alt", "credit"]

    def save_model(self, request, picture, form, change):
        if not change:  # it was stored while the form was checked: a refusal is an error beside the field
            stored = form.stored
            picture.pk, picture.name, picture._state.adding = stored.pk, stored.name, False
            picture.width, picture.height, picture.uploaded_at = stored.width, stored.height, stored.uploaded_at
            picture.uploaded_by = request.user
        super().save_model(request, picture, form, change)

    def get_urls(self):
        own = path("upload/", self.admin_site.admin_view(self.upload), name="articles_picture_upload")
        return [own, *super().get_urls()]

    def upload(self, request):
        """A picture from the editor: its address, or a sentence that says why not."""
        if request.method != "POST" or not self.has_add_permission(request):
            raise PermissionDenied
        if "file" not in request.FILES:
            return JsonResponse({"error": "Choose a file."}, status=400)
        try:
            picture = store_upload(request.FILES["file"], request.POST.get("alt", ""), request.user)
        except ValidationError as error:
            return JsonResponse({"error": error.messages[0]}, status=400)
        return JsonResponse({"src": picture.url, "width": picture.width, "height": picture.height})

    @admin.display(description="picture")
    def shown(self, picture):
        return format_html('<img class="thumbnail" src="{}" alt="">', picture.small_url)

    @admin.display(description="size")
    def size(self, picture):
        return f"{picture.width} × {picture.height}"
