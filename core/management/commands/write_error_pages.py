from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

PAGES = (400, 429, 503)  # what a proxy answers itself: an unreadable request, too many requests, no site behind it


class Command(BaseCommand):
    help = "Writes the error pages that a proxy shows by itself, in every language, with this site's name."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, nargs="?", default=settings.VAR_DIR / "error-pages")

    def handle(self, *, folder, **options):
        folder.mkdir(parents=True, exist_ok=True)
        for page in PAGES:
            for language, _name in settings.LANGUAGES:
                with translation.override(language):
                    prefix = "/" if language == settings.LANGUAGE_CODE else f"/{language}/"
                    request = RequestFactory().get(prefix)
                    context = {"is_error": True, "without_database": True}
                    text = render_to_string(f"{page}.html", context, request)
                draft = folder / f".{page}.{language}.html"
                draft.write_text(text, encoding="utf-8")
                draft.replace(folder / f"{page}.{language}.html")
        self.stdout.write(f"{len(PAGES) * len(settings.LANGUAGES)} pages in {folder}")
