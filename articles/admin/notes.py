"""The notes beside the text of an article: seen, made, answered and resolved by those who may work on articles."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone

from articles.models import Article, Note
from articles.models.notes import MOST_NOTES, placed
from core.admin import admin_url

PERMISSION = "articles.change_article"  # of any article: a note changes nothing that readers see


class NoteForm(forms.ModelForm):
    # Where the passage stood on the screen; without JavaScript it is not known, and the first one alike is meant.
    position = forms.IntegerField(label="Position", required=False, min_value=0, max_value=10_000_000)

    class Meta:
        model = Note
        fields = ["quote", "position", "text"]

    def clean_quote(self):
        return " ".join(self.cleaned_data["quote"].split())

    def clean_position(self):
        return self.cleaned_data["position"] or 0


class AnswerForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ["text"]


def beside(request, article) -> dict:
    """What the page of the article shows of its notes."""
    return {"notes": placed(article), "may_note": request.user.has_perm(PERMISSION)}


def urls(model_admin) -> list:
    def page(view):
        def for_staff(request, object_id, **parts):
            if request.method != "POST" or not request.user.has_perm(PERMISSION):
                raise PermissionDenied
            article = get_object_or_404(Article.objects.defer("vector"), pk=object_id)
            return _answer(request, article, view(request, article, **parts))

        return model_admin.admin_site.admin_view(for_staff)

    return [
        path("<int:object_id>/notes/", page(add), name="articles_note_add"),
        path("<int:object_id>/notes/<int:pk>/answer/", page(answer), name="articles_note_answer"),
        path("<int:object_id>/notes/<int:pk>/resolve/", page(resolve), name="articles_note_resolve"),
    ]


def add(request, article) -> str:
    """Each of these does one thing to the notes of an article. Returns why it was not done, or ""."""
    if article.notes.open().count() >= MOST_NOTES:
        return f"This article has {MOST_NOTES} open notes. Resolve some first."
    return _saved(NoteForm(request.POST), article, request.user)


def answer(request, article, pk) -> str:
    note = get_object_or_404(article.notes.open(), pk=pk)
    form = AnswerForm({"text": request.POST.get(f"answer-{pk}", "")})
    return _saved(form, article, request.user, note)


def resolve(request, article, pk) -> str:
    get_object_or_404(article.notes.filter(parent=None), pk=pk)
    article.notes.filter(pk=pk).resolve(request.user)  # of two people who do so at once the first is named
    return ""


def _saved(form, article, user, parent=None) -> str:
    if not form.is_valid():
        return " ".join(
            f"{form.fields[name].label or name}: {' '.join(errors)}" for name, errors in form.errors.items()
        )
    form.instance.article, form.instance.author, form.instance.parent = article, user, parent
    form.instance.created_at = timezone.now()
    form.save()
    return ""


def _answer(request, article, refusal: str):
    """The list as it is now, for the module article-notes; without JavaScript the page of the article."""
    if request.headers.get("Accept") == "text/x-notes":
        context = {**beside(request, article), "original": article, "refusal": refusal}
        return render(request, "admin/articles/article/_notes.html", context, status=422 if refusal else 200)
    if refusal:
        messages.error(request, f"The note was not saved. {refusal}")
    return HttpResponseRedirect(f"{admin_url(article)}#article-notes")
