from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from js_asset import Media, Script

from articles.admin.compare import value_change
from articles.admin.editor import FOLDER
from articles.admin.links import articles_list
from articles.models import Picture
from articles.pictures import store_upload
from core.images import LARGEST_BYTES, MEGABYTE

PAGE_SIZE = 12  # of the library in the editor
LONGEST_QUERY = 200
WORDS = ["alt", "credit", "focus_x", "focus_y"]  # what people say of a picture


class PictureForm(forms.ModelForm):
    file = forms.FileField(
        help_text=f"JPEG, PNG, WebP or GIF, up to {LARGEST_BYTES // MEGABYTE} MB; place and camera are removed from it"
    )

    class Meta:
        model = Picture
        fields = ["file", *WORDS]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields.pop("file", None)

    @property
    def media(self):
        return super().media + Media(
            css={"all": ["admin-extra/articles.css"]}, js=[Script(f"{FOLDER}/focus.js", type="module")]
        )

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("file") and cleaned.get("alt"):
            try:
                self.stored = store_upload(cleaned["file"], cleaned["alt"], None, credit=cleaned.get("credit", ""))
            except ValidationError as error:
                self.add_error("file", error)
            else:
                if not self.stored.is_new:  # its words may stand on pages that this person may not change
                    self.add_error("file", f"The library has this picture: “{self.stored}”. Change that one.")
        return cleaned


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin):
    form = PictureForm
    list_display = ["shown", "alt", "credit", "size", "uses", "uploaded_at", "uploaded_by"]
    list_display_links = ["shown", "alt"]
    list_select_related = ["uploaded_by"]
    search_fields = ["alt", "credit", "name"]
    readonly_fields = ["picture", "used_in", "changes"]

    def get_queryset(self, request):
        return Picture.objects.with_uses()

    def get_fieldsets(self, request, picture=None):
        if picture is None:
            return [(None, {"fields": ["file", "alt", "credit"]})]
        cut = "What stays in sight where a page cuts the picture: click it, or say how far from the left and the top."
        return [
            (None, {"fields": ["picture", "alt", "credit"]}),
            ("What matters in it", {"fields": [("focus_x", "focus_y")], "description": cut}),
            ("Where it is", {"fields": ["used_in", "changes"]}),
        ]

    def has_change_permission(self, request, picture=None):
        """What stands at the top of an article that readers see is changed by those who publish."""
        may = super().has_change_permission(request, picture)
        if picture is not None and picture.is_seen_at_a_top:
            return may and request.user.has_perm("articles.publish_article")
        return may

    def save_model(self, request, picture, form, change):
        picture._history_user = request.user
        if not change:  # it was stored while the form was checked: a refusal is an error beside the field
            stored = form.stored
            picture.pk, picture.name, picture._state.adding = stored.pk, stored.name, False
            picture.width, picture.height, picture.uploaded_at = stored.width, stored.height, stored.uploaded_at
            picture.uploaded_by = request.user
        super().save_model(request, picture, form, change)

    def delete_model(self, request, picture):
        picture._history_user = request.user
        super().delete_model(request, picture)

    def get_urls(self):
        own = [
            path("upload/", self.admin_site.admin_view(self.upload), name="articles_picture_upload"),
            path("library/", self.admin_site.admin_view(self.library), name="articles_picture_library"),
        ]
        return [*own, *super().get_urls()]

    # What the editor of articles asks.

    def upload(self, request):
        """A picture from the editor: its address, or a sentence that says why not."""
        if request.method != "POST" or not self.has_add_permission(request):
            raise PermissionDenied
        if "file" not in request.FILES:
            return JsonResponse({"error": "Choose a file, or a picture of the library."}, status=400)
        words = {"alt": request.POST.get("alt", ""), "credit": request.POST.get("credit", "")}
        try:
            picture = store_upload(request.FILES["file"], user=request.user, **words)
        except ValidationError as error:
            return JsonResponse({"error": error.messages[0]}, status=400)
        return JsonResponse(_told(picture))

    def library(self, request):
        """The pictures with the words `q`, newest first: page `page`, and whether there is a next one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        pictures = self.get_queryset(request).search(request.GET.get("q", "").replace("\0", "")[:LONGEST_QUERY])
        page = Paginator(pictures, PAGE_SIZE).get_page(request.GET.get("page"))
        told = [_told(picture) | {"uses": picture.uses} for picture in page]
        return JsonResponse({"pictures": told, "next": page.next_page_number() if page.has_next() else None})

    # The page and the list.

    @admin.display(description="picture")
    def shown(self, picture):
        return format_html('<img class="thumbnail" src="{}" alt="">', picture.small_url)

    @admin.display(description="picture")
    def picture(self, picture):
        return format_html('<img class="focus-picture" src="{}" alt="{}">', picture.small_url, picture.alt)

    @admin.display(description="size")
    def size(self, picture):
        return f"{picture.width} × {picture.height}"

    @admin.display(description="used in", ordering="uses")
    def uses(self, picture):
        return f"{picture.uses} article{'' if picture.uses == 1 else 's'}"

    @admin.display(description="used in")
    def used_in(self, picture):
        return articles_list(picture.articles)

    @admin.display(description="changes")
    def changes(self, picture):
        rows = [
            (timezone.localtime(after.history_date).strftime("%B %-d, %Y, %H:%M"), after.history_user or "–", said)
            for before, after in _pairs(picture.history.select_related("history_user")[:20])
            if (said := _said(before, after))
        ]
        items = format_html_join("", "<li>{}, {}: {}</li>", rows)
        return format_html('<ul class="plain-list revisions">{}</ul>', items) if rows else "none yet"


def _told(picture) -> dict:
    return {
        **{"id": picture.pk, "src": picture.url, "small": picture.small_url, "alt": picture.alt},
        **{"credit": picture.credit, "width": picture.width, "height": picture.height},
    }


def _pairs(revisions):
    """(the one before, each one), newest first."""
    rows = list(revisions)
    return zip(rows[1:], rows, strict=False)


def _said(before, after):
    """What differs between two revisions, or ""."""
    names = [name for name in WORDS if getattr(before, name) != getattr(after, name)]
    labels = [after._meta.get_field(name).verbose_name for name in names]
    values = [value_change(before, after, name) for name in names]
    return format_html_join(", ", "{} {}", zip(labels, values, strict=True))
