import json

from django import forms
from django.urls import reverse
from django_prose_editor.widgets import prose_editor_admin_media
from js_asset import ImportMap, Media, Script

from clinics import rules
from clinics.presets import PRESETS

FOLDER = "admin-extra/article-editor"
# Imported by name, since the addresses of static files change with their content.
MODULES = ("blocks", "check", "dialogs", "links", "menu", "nodes", "pictures")


class ArticleEditor(forms.Textarea):
    """The rich text of an article; without JavaScript, its HTML. Set up by static/admin-extra/article-editor/."""

    @property
    def media(self):
        return prose_editor_admin_media + Media(
            css={"all": ["admin-extra/articles.css"]},
            js=[Script(f"{FOLDER}/editor.js", type="module")],
            importmap=ImportMap({f"article-editor/{name}": f"{FOLDER}/{name}.js" for name in MODULES}),
        )

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {
            "data-article-editor": json.dumps(
                {
                    "presets": [[preset.slug, str(preset.title)] for preset in PRESETS],
                    "rules": rules.titles(),
                }
            ),
            "data-upload": reverse("admin:articles_picture_upload"),
            "data-check": reverse("admin:articles_article_check"),
        }
        return context
