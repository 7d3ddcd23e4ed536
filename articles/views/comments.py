"""Comments have pages of their own, so that reading an article sets no cookie."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.generic import View

from articles.forms import CommentForm
from articles.models import Article
from articles.views.reading import threads_of
from core.rate_limits import LIMITS, allowed

THREADS_A_PAGE = 20


def public_article(slug: str) -> Article:
    return get_object_or_404(Article.objects.published().defer("body", "vector"), slug=slug)


def comment_list(request, slug):
    """All comments on an article, newest first."""
    article = public_article(slug)
    threads = threads_of(list(article.comments.shown().order_by("created_at")))
    page = Paginator(threads, THREADS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "articles/comment_list.html", {"article": article, "page": page})


def form_page(request, template, context, status=200):
    response = render(request, template, context, status=status)
    # Under no-referrer a browser posts "Origin: null", which the check against forged requests refuses.
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response


class CommentView(View):
    """Write a comment, or a reply to one."""

    def dispatch(self, request, slug, parent=None):
        self.article = public_article(slug)
        if not self.article.comments_open:
            raise Http404
        self.parent = None
        if parent is not None:
            self.parent = get_object_or_404(self.article.comments.shown(), pk=parent, parent=None)  # one level
        return super().dispatch(request)

    def get(self, request):
        return self.show(request, CommentForm())

    def post(self, request):
        form = CommentForm(request.POST)
        if not form.is_valid():
            return self.show(request, form, 422)
        if not allowed(request, "comment"):
            sentence = _("%(count)d comments came from here today. Please send this one tomorrow.")
            form.add_error(None, sentence % {"count": LIMITS["comment"].most})
            return self.show(request, form, 429)
        comment = form.save(commit=False)
        comment.article, comment.parent = self.article, self.parent
        comment.hold()
        page = "comment_help" if comment.signals_danger else "comment_thanks"
        return redirect(f"articles:{page}", self.article.slug)

    def show(self, request, form, status=200):
        context = {"article": self.article, "parent": self.parent, "form": form}
        return form_page(request, "articles/comment_form.html", context, status)


def thanks(request, slug, danger=False):
    """The comment is saved. A writer who mentions dying or an overdose sees at once where to get help."""
    return render(request, "articles/comment_thanks.html", {"article": public_article(slug), "danger": danger})


class ReportView(View):
    """Report a comment to the moderator."""

    def dispatch(self, request, slug, pk):
        self.article = public_article(slug)
        self.comment = get_object_or_404(self.article.comments.shown(), pk=pk)
        return super().dispatch(request)

    def get(self, request):
        return self.show(request)

    def post(self, request):
        # Each comment has a limit too: nobody hides one by reporting it several times.
        is_first = allowed(request, "same comment report", about=self.comment.pk)
        if is_first and allowed(request, "comment report"):
            self.comment.report()
        return redirect("articles:report_thanks", self.article.slug)

    def show(self, request):
        return form_page(request, "articles/comment_report.html", {"article": self.article, "comment": self.comment})


def report_thanks(request, slug):
    return render(request, "articles/comment_report_thanks.html", {"article": public_article(slug)})
