"""The page of a paper, and of each of its older versions."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import get_language

from core import papers
from core.models import Paper


def paper(request, slug, version=None):
    """The version in force, or an older one: in the language of the page, else in English, which it then says."""
    published = papers.versions(slug)
    if not published:
        raise Http404
    language = get_language() or settings.LANGUAGE_CODE
    # The text that counts is the English one: an older translation is not taken for the newest version.
    newest = max(row.version for row in published if row.language == settings.LANGUAGE_CODE)
    wanted = version or newest
    shown = {row.language: row for row in published if row.version == wanted}
    row = shown.get(language) or shown.get(settings.LANGUAGE_CODE)
    if row is None:
        raise Http404
    context = {
        "paper": row,
        "html": papers.html_of(row),
        "is_other_language": row.language != language,
        "is_old": row.version != newest,
        "versions": _one_each(published, language),
        "papers": Paper.Slug,
    }
    return render(request, "core/paper.html", context)


def _one_each(published: list[Paper], language: str) -> list[Paper]:
    """Each version once: in this language where it is translated."""
    by_version: dict[int, Paper] = {}
    for row in published:
        if row.language == language or (row.language == settings.LANGUAGE_CODE and row.version not in by_version):
            by_version[row.version] = row
    return list(by_version.values())
