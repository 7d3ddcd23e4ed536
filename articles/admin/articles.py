from csp.constants import NONCE
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpResponseRedirect, JsonResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from js_asset import Media

from articles import checker, previews
from articles.admin import revisions
from articles.admin.forms import ArticleForm, CitationFormSet
from articles.models import Article, Citation, Incomplete, WrongStatus
from core.admin import admin_url

# Name of the button: (label, statuses in which it is shown, permission).
STEPS = {
    "submit": ("Hand in for review", {"draft"}, "change_article"),
    "send_back": ("Send back to draft", {"in-review", "scheduled", "published", "archived"}, "review_article"),
    "schedule": ("Schedule", {"in-review", "scheduled"}, "publish_article"),
    "publish": ("Publish now", {"in-review", "scheduled", "archived"}, "publish_article"),
    "archive": ("Archive", {"scheduled", "published"}, "publish_article"),
    "withdraw_previews": ("Withdraw the preview links", set(Article.Status.values), "change_article"),
}


class CitationInline(admin.TabularInline):
    model = Citation
    formset = CitationFormSet
    fields = ["title", "publisher", "url", "accessed_on", "position"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    extra = 0


# The editor needs one inline script, its import map; a nonce names it, so no other one runs.
@method_decorator(csp_update({"script-src": [NONCE]}), name="changeform_view")
@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    form = ArticleForm
    inlines = [CitationInline]
    change_form_template = "admin/articles/article/change_form.html"
    list_display = ["title", "language", "status_in_words", "publish_at", "author", "reviewer", "is_sample"]
    list_filter = ["status", "language", "topics", "is_sample"]
    list_select_related = ["author", "reviewer"]
    search_fields = ["title", "summary", "body"]
    search_help_text = "Words of the title, the summary and the text"
    show_full_result_count = False
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["related", "translation_of"]
    filter_horizontal = ["topics"]
    actions = None
    date_hierarchy = "publish_at"

    def get_fieldsets(self, request, article=None):
        if not self.has_change_permission(request, article):  # only what the article itself holds
            return [(None, {"fields": ArticleForm.Meta.fields})]
        # A page that is shown again after a conflict has the checkbox to overwrite.
        conflict = ["overwrite"] if request.method == "POST" and self._is_outdated(request, article) else []
        return [
            (None, {"fields": ["opened_version", *conflict, "title", "slug", "summary", "body"]}),
            ("Who vouches for it", {"fields": [("author", "reviewer"), ("last_reviewed_on", "review_due_on")]}),
            ("Where it stands", {"fields": ["topics", ("language", "translation_of"), "related", "hero"]}),
            ("For readers", {"fields": ["comments_open", ("is_sample", "shown_unreviewed"), "publish_on"]}),
        ]

    # Who may do what.

    def get_readonly_fields(self, request, article=None):
        """Whether readers see an unreviewed text is for those to say who publish."""
        return [] if request.user.has_perm("articles.publish_article") else ["shown_unreviewed"]

    def has_change_permission(self, request, article=None):
        """Only publishers change what readers see; a writer sends a correction through them."""
        may = super().has_change_permission(request, article)
        if article is not None and article.is_out:
            return may and request.user.has_perm("articles.publish_article")
        return may

    def steps_open_to(self, request, article) -> list[tuple[str, str]]:
        """(name, words) of the buttons for this person and status."""
        if article is None:
            return []
        return [
            (name, words)
            for name, (words, statuses, permission) in STEPS.items()
            if article.status in statuses and request.user.has_perm(f"articles.{permission}")
        ]

    # Saving, and the step that was requested with it.

    def save_model(self, request, article, form, change):
        article._history_user = request.user
        article.skip_history_when_saving = True  # the revision is kept once topics and citations are saved too
        super().save_model(request, article, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        del form.instance.skip_history_when_saving
        form.instance.save()

    def response_add(self, request, article, post_url_continue=None):
        if step := self._requested_step(request):
            return self.take_step(request, article, step)
        return super().response_add(request, article, post_url_continue)

    def response_change(self, request, article):
        if step := self._requested_step(request):
            return self.take_step(request, article, step)
        return super().response_change(request, article)

    def _requested_step(self, request) -> str:
        return next((name for name in STEPS if f"_step_{name}" in request.POST), "")

    def take_step(self, request, article, step: str):
        """The text is saved by now; publishing may still be refused, with the list of what is missing."""
        words, _states, permission = STEPS[step]
        if not request.user.has_perm(f"articles.{permission}"):
            raise PermissionDenied
        article._history_user = request.user
        article._change_reason = words
        try:
            if step == "schedule":
                self._schedule(request, article)
            else:
                getattr(article, step)()
        except Incomplete as error:
            self.message_user(request, "Saved, but not ready for readers:", messages.ERROR)
            for sentence in error.missing:
                self.message_user(request, sentence, messages.ERROR)
        except WrongStatus as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.log_change(request, article, words)
            self.message_user(request, self._said_after(step, article), messages.SUCCESS)
        return HttpResponseRedirect(admin_url(article))

    def _said_after(self, step: str, article) -> str:
        if step == "withdraw_previews":
            return f"{article}: whoever has an earlier link to the preview sees it no more. The link below is new."
        return f"{article}: {article.status_now}."

    def _schedule(self, request, article):
        form = self.get_form(request, article, change=True)(request.POST, instance=article)
        publish_at = form["publish_on"].field.clean(form["publish_on"].data) if "publish_on" in form.fields else None
        if publish_at is None:
            raise WrongStatus("Saved. To schedule it, say in “Publish at” when.")
        article.schedule(publish_at)

    # The page.

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        article = self.get_object(request, object_id) if object_id else None
        return super().changeform_view(
            request, object_id, form_url, (extra_context or {}) | self.beside(request, article)
        )

    def beside(self, request, article) -> dict:
        """What is shown beside the form: steps, links to a preview, advice."""
        if article is None:
            return {}
        return {
            "steps": self.steps_open_to(request, article),
            "preview_path": previews.address_of(article),
            "preview_url": request.build_absolute_uri(previews.address_of(article)),
            "missing": [] if article.is_public else [*article.missing(), *self._of_a_sample(article)],
            "advice": checker.check(article.title, article.summary, article.body, article.language),
        }

    def _of_a_sample(self, article) -> list[str]:
        if not article.is_withheld:
            return []
        field = article._meta.get_field("shown_unreviewed")
        return [
            "It is a sample. Have a clinician review it, name author and reviewer, and untick “sample”; "
            f"or tick “{field.verbose_name}”."
        ]

    def _is_outdated(self, request, article) -> bool:
        return article is not None and request.POST.get("opened_version") != str(article.version)

    def render_change_form(self, request, context, *args, **options):
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))
        return super().render_change_form(request, context, *args, **options)

    def get_urls(self):
        own = [
            path("check/", self.admin_site.admin_view(self.advice), name="articles_article_check"),
            path(
                "<path:object_id>/history/<int:revision>/restore/",
                self.admin_site.admin_view(self.restore),
                name="articles_article_restore",
            ),
        ]
        return own + super().get_urls()

    def advice(self, request):
        """Advice on the text as it stands in the form, saved or not."""
        if request.method != "POST" or not super().has_change_permission(request):
            raise PermissionDenied
        fields = [request.POST.get(name, "")[:200_000] for name in ("title", "summary", "body", "language")]
        return JsonResponse({"advice": [{"kind": each.kind, "text": each.text} for each in checker.check(*fields)]})

    def history_view(self, request, object_id, extra_context=None):
        return revisions.history_page(self, request, object_id)

    def restore(self, request, object_id, revision):
        return revisions.restore(self, request, object_id, revision)

    def get_view_on_site_url(self, article=None):
        return article.get_absolute_url() if article is not None and article.is_public else None

    @admin.display(description="status", ordering="status")
    def status_in_words(self, article):
        return format_html("<strong>{}</strong>", article.status_now) if article.is_public else article.status_now
