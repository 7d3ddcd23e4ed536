"""A page as it would be with what stands in the form, saved or not. Nothing is stored, and no address holds it."""

import re

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from articles.models import Article
from articles.views.reading import article_context
from core.admin import admin_url, changelist_url

LINK = re.compile(r'<a (?=[^>]*href="(?!#))')
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)


def page(model_admin, request, object_id=None):
    article = model_admin.get_object(request, object_id) if object_id else None
    if object_id and article is None:
        raise Http404
    may = model_admin.has_change_permission(request, article) if article else model_admin.has_add_permission(request)
    if not may:
        raise PermissionDenied
    if request.method != "POST":  # reloaded, or opened by its address: the text is not in there
        return HttpResponseRedirect(admin_url(article) if article else changelist_url(Article))
    unsaved = as_it_stands(model_admin, request, article)
    with override(unsaved.language):
        context = article_context(request, unsaved) | {"is_preview": True, "is_unsaved": True}
        html = render_to_string("articles/article_detail.html", context, request)
    # A link opens a tab of its own: no page of the site lets itself be shown in a frame.
    # Scripts would be refused there.
    context = {"page": LINK.sub('<a target="_blank" rel="noopener" ', SCRIPT.sub("", html))}
    response = render(request, "admin/articles/article/preview.html", context)
    response["Cache-Control"], response["X-Robots-Tag"] = "no-store", "noindex"
    return response


def as_it_stands(model_admin, request, article) -> Article:
    """An article that is not saved, with every field of the form that is valid."""
    change = article is not None
    with transaction.atomic():  # the form locks the row while it looks whether somebody else saved
        form = model_admin.get_form(request, article, change=change)(request.POST, instance=article)
        form.is_valid()  # what is not valid stays as it was
    unsaved = form.instance
    topics = form.cleaned_data.get("topics", unsaved.topics.all() if change else ())
    citations = _citations(model_admin, request, unsaved)
    known = unsaved.revises_id or unsaved.pk
    unsaved.published_translations = list(Article.objects.published().filter(translation_of=known)) if known else []
    if not change:
        unsaved.pk = 0  # of no row: whatever belongs to an article is empty
    unsaved.slug = unsaved.slug or "preview"
    unsaved.updated_at = timezone.now()
    unsaved.tidy()
    unsaved._prefetched_objects_cache = {"topics": list(topics), "citations": citations}
    return unsaved


def _citations(model_admin, request, article) -> list:
    rows = []
    for inline in model_admin.get_inline_instances(request, article):
        formset = inline.get_formset(request, article)(request.POST, instance=article)
        formset.is_valid()
        for form in formset.forms:
            if not getattr(form, "cleaned_data", {}).get("DELETE") and form.instance.title:
                rows.append(form.instance)
    return sorted(rows, key=lambda row: row.position or 0)
