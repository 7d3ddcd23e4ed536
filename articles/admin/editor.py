import json

from django import forms
from django.urls import reverse
from django_prose_editor.widgets import prose_editor_admin_media
from js_asset import ImportMap, Media, Script

from articles import markup
from clinics import rules
from clinics.presets import PRESETS

FOLDER = "admin-extra/article-editor"
# Imported by name, since the addresses of static files change with their content.
MODULES = (
    *("blocks", "check", "dialogs", "insert", "library", "link-chooser", "links", "menu", "nodes", "paste"),
    *("pictures", "tables", "word"),
)


class ArticleEditor(forms.Textarea):
    """The rich text of an article; without JavaScript, its HTML. Set up by static/admin-extra/article-editor/."""

    @property
    def media(self):
        return prose_editor_admin_media + Media(
            css={"all": ["admin-extra/articles.css"]},
            js=[
                Script(f"{FOLDER}/editor.js", type="module"),
                Script(f"{FOLDER}/hero.js", type="module"),
                Script("admin-extra/article-notes.js", type="module"),
            ],
            importmap=ImportMap({f"article-editor/{name}": f"{FOLDER}/{name}.js" for name in MODULES}),
        )

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {
            "data-article-editor": json.dumps(
                {
                    "presets": [[preset.slug, str(preset.title)] for preset in PRESETS],
                    "rules": rules.titles(),
                    "markup": markup.for_editor(),
                }
            ),
            "data-upload": reverse("admin:articles_picture_upload"),
            "data-library": reverse("admin:articles_picture_library"),
            "data-links": reverse("admin:articles_link_choose"),
            "data-check": reverse("admin:articles_article_check"),
        }
        return context


class PictureSelect(forms.Select):
    """The picture at the top: with JavaScript, a thumbnail and the library (article-editor/hero.js)."""

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {
            "data-picture-chooser": "",
            "data-upload": reverse("admin:articles_picture_upload"),
            "data-library": reverse("admin:articles_picture_library"),
        }
        return context

    def create_option(self, name, value, *args, **options):
        option = super().create_option(name, value, *args, **options)
        if picture := getattr(value, "instance", None):
            option["attrs"]["data-small"] = picture.small_url
        return option
