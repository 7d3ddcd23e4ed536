"""Comments have pages of their own, so that reading an article sets no cookie."""

from django.core.paginator import Paginator
from django.core.signing import BadSignature
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.generic import View

from articles import own_links
from articles.forms import CommentForm
from articles.models import Article, Comment
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
        if not comment.pk:
            page = "articles:comment_help" if comment.signals_danger else "articles:comment_thanks"
            return redirect(page, self.article.slug)
        # No redirect: an address with the link would stay in the browser's history. Sent again, it is not saved again.
        own_address = request.build_absolute_uri(own_links.address_of(own_links.link_of(comment)))
        return thanks_page(request, self.article, comment.signals_danger, own_address)

    def show(self, request, form, status=200):
        context = {"article": self.article, "parent": self.parent, "form": form}
        return form_page(request, "articles/comment_form.html", context, status)


def thanks_page(request, article, danger: bool, own_address: str = ""):
    """The comment is saved. A writer who mentions dying or an overdose sees at once where to get help.

    `own_address` is the comment's own link, for its writer to keep.
    """
    context = {"article": article, "danger": danger, "days": own_links.LIFETIME.days}
    if own_address:
        context["own_address"] = own_address
    response = render(request, "articles/comment_thanks.html", context)
    response["Cache-Control"] = "no-store"
    return response


def thanks(request, slug, danger=False):
    """Thanks at an address, for who sent a comment again that others may have read: without its own link."""
    return thanks_page(request, public_article(slug), danger)


def own_comment(request):
    """What has become of a comment, and what an editor answered, for whoever has its own link."""
    try:
        pk = own_links.read(request.GET.get("link", ""))
        comments = Comment.objects.select_related("article").prefetch_related("private_answers")
        comment = comments.defer("article__body", "article__vector").get(pk=pk)
    except (BadSignature, Comment.DoesNotExist):
        comment = None
    context = {"comment": comment, "days": own_links.LIFETIME.days}
    response = render(request, "articles/comment_own.html", context, status=200 if comment else 410)
    response["Cache-Control"], response["X-Robots-Tag"] = "no-store", "noindex"
    return response


class ReportView(View):
    """Report a comment to the moderator."""

    def dispatch(self, request, slug, pk):
        self.article = public_article(slug)
        self.comment = get_object_or_404(self.article.comments.shown().filter(is_from_site=False), pk=pk)
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
