"""The page on which a reviewer reads exactly what is signed, and signs it; and the list of all that was signed."""

import re

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import override

from articles import markup, notices
from articles.admin.compare import words
from articles.models import Article, Refused, Review
from articles.models.reviews import LONGEST_NOTE
from articles.models.revisions import LONGEST_REASON
from articles.models.signing import MAY_CONFIRM, changers, name_of, refusal_of, refusal_of_spelling
from clinics.presets import PRESETS_BY_SLUG
from core.admin import form_drafts
from core.admin.base import ReadOnlyAdmin, link

PAGE = "articles_article_review"
DRAFTS_OF = "articles.review"
SIGNED_FIELDS = ["reviewer", "last_reviewed_on"]  # of an article: a signature fills them, never a hand
NAMES = {"body": "text", "hero": "picture at the top", "rules": "rules in the text"}  # of what is signed
PUBLISH = "articles.publish_article"
TAGS = re.compile(r"(<[^>]+>)")


def urls(model_admin) -> list:
    def view(function, name, address):
        @form_drafts.may_run_its_script
        def answer(request, object_id):
            return function(model_admin, request, opened(model_admin, request, object_id))

        return path(f"<int:object_id>/{address}/", model_admin.admin_site.admin_view(answer), name=name)

    return [view(review_page, PAGE, "review"), view(drafts, f"{PAGE}_drafts", "review/form-drafts")]


def may_open(user) -> bool:
    return any(user.has_perm(permission) for permission in MAY_CONFIRM)


def opened(model_admin, request, object_id) -> Article:
    articles = Article.objects.select_related("author", "hero", "revises").defer("vector", "revises__body")
    article = articles.prefetch_related("citations", "reviews", "revises__reviews").filter(pk=object_id).first()
    if not may_open(request.user) or not model_admin.has_view_permission(request, article):
        raise PermissionDenied
    if article is None:
        raise Http404
    return article


def drafts(_model_admin, request, article):
    """Of the note, which may be as long as a letter."""
    return form_drafts.answer(request, (DRAFTS_OF, str(article.pk)))


def review_page(model_admin, request, article):
    if request.method == "POST":
        return take(model_admin, request, article)
    context = model_admin.admin_site.each_context(request) | shown(request, article)
    if not context["refusal"]:
        url = reverse(f"admin:{PAGE}_drafts", args=[article.pk])
        context["drafts"] = form_drafts.facts(request, url, "review-form")
        context["media"] = form_drafts.with_nonce(request, form_drafts.script())
    return render(request, "admin/articles/article/review.html", context | {"opts": model_admin.opts})


def take(model_admin, request, article):
    """Sign, confirm, or name the author anew; what is refused is said in a sentence."""
    action, user, text_hash = request.POST.get("action", ""), request.user, request.POST.get("text_hash", "")
    note = request.POST.get("note", "").strip()
    try:
        if action in Review.Verdict.values:
            if action == Review.Verdict.SENT_BACK and not note:
                raise Refused("Say in the note what has to change.")
            review = Review.objects.sign(article, user, action, note, text_hash)
            article.refresh_from_db()
            tell = notices.approved if review.is_approval else notices.sent_back
            tell(article, user, note)
            said = str(review)
        elif action == "spelling":
            said = str(Review.objects.confirm_spelling(article, user, text_hash))
        elif action == "byline" and user.has_perm(PUBLISH):
            said = take_present_name(article, user)
        else:
            raise PermissionDenied
    except Refused as error:
        model_admin.message_user(request, str(error), messages.ERROR)
    else:
        form_drafts.forget_saved(request)
        model_admin.log_change(request, article, said)
        model_admin.message_user(request, f"{article}: {said}.", messages.SUCCESS)
    return HttpResponseRedirect(reverse("admin:articles_article_review", args=[article.pk]))


def take_present_name(article, user) -> str:
    before = article.byline_author
    article.take_byline()
    said = f"Author named anew: {before} is {article.byline_author}"
    article._history_user, article._change_reason = user, said[:LONGEST_REASON]
    article.save(update_fields=["byline_author", "byline_credentials", "byline_about"])
    return said


def shown(request, article) -> dict:
    """What the page shows: the text as it is hashed, what was said of it, and what this account may say."""
    standing, text = article.standing, article.text_read()
    is_changed = standing is not None and not standing.is_current
    who = changers(article, standing.review) if is_changed else []
    return {
        "title": f"Medical review of “{article}”",
        "article": article,
        "object": article,
        "text_hash": article.text_hash(),
        "page_html": page_html(article),
        "pictures": markup.alts_of(article.body),
        "citations": list(article.citations.all()),
        "standing": standing,
        "missing": article.missing_review(),
        "refusal": refusal_of(article, request.user, who if is_changed and standing.review.is_signed else None),
        "longest_note": LONGEST_NOTE,
        "changes": changes(standing.review.text, text) if is_changed else [],
        "changers": [name_of(each) for each in who],
        "refusal_of_spelling": refusal_of_spelling(article, request.user, who) if is_changed else "",
        "reviews": list(article.reviews.all())[::-1],
        "new_byline": new_byline(request.user, article),
    }


def new_byline(user, article):
    """The author's present name, if readers see another one and this account may change that."""
    byline = article.author and article.author.byline
    is_another = byline is not None and article.is_out and article.named_author not in (None, byline)
    return byline if is_another and user.has_perm(PUBLISH) else None


def changes(before: dict, after: dict) -> list[tuple[str, SafeString]]:
    """(part, the words removed and added) between two texts as reviews keep them; markup counts as words."""
    parts = ("title", "summary", "body", "citations", "hero", "language", "rules")
    return [
        (NAMES.get(part, part), difference)
        for part in parts
        if before.get(part) != after[part]
        and (difference := words(as_words(before.get(part)), as_words(after[part])) or format_html("spaces only"))
    ]


def as_words(value) -> str:
    """A part of a text for the comparison: a change of a tag or of an address is a change of words too."""
    if isinstance(value, list):
        return "\n".join(", ".join(each) if isinstance(each, list) else str(each) for each in value)
    return TAGS.sub(r" \1 ", value or "")


def page_html(article) -> SafeString:
    """The text as readers see it, its rules in its language; the boxes of the directory are named instead of drawn."""
    with override(article.language):
        return markup.page_of(article.body, _named_block, "").html


def _named_block(preset: str, _number: int) -> str:
    name = PRESETS_BY_SLUG[preset].title if preset in PRESETS_BY_SLUG else preset
    return format_html("<p><em>Box of the directory: {}</em></p>", name)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Everything that was ever signed. Nobody edits it."""

    list_display = ["article_link", "kind", "verdict", "signature", "reviewed_on", "note"]
    list_display_links = ["kind"]
    list_filter = ["kind", "verdict"]
    list_select_related = ["article"]
    search_fields = ["article__title", "name"]
    ordering = ["-created_at"]
    fields = readonly_fields = (
        *("article_link", "kind", "verdict", "signature", "reviewer", "reviewed_on", "created_at"),
        *("note", "changed_by", "text_hash", "text"),
    )

    @admin.display(description="article")
    def article_link(self, review):
        return link(review.article)
