from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from articles import checker, notices, previews, waiting
from articles.admin import notes, reviews, translations
from articles.admin.filters import ReviewFilter, TrashFilter
from articles.admin.forms import ArticleForm, CitationFormSet, Gone
from articles.admin.links import WebsiteField
from articles.admin.next_versions import LiveArticles
from articles.admin.notices import WaitingFilter, choices_page
from articles.models import Article, Citation, Incomplete, Outdated, Person, WrongStatus
from core.admin import KeepsDrafts, admin_url

# Name of the button: (label, statuses in which it is shown, permission).
STEPS = {
    "submit": (waiting.HAND_IN, {"draft"}, "change_article"),
    "send_back": ("Send back to draft", {"in-review", "scheduled", "published", "archived"}, "review_article"),
    "schedule": ("Schedule", {"in-review", "scheduled"}, "publish_article"),
    "publish": ("Publish now", {"in-review", "scheduled", "archived"}, "publish_article"),
    "archive": ("Archive", {"scheduled", "published"}, "publish_article"),
    "withdraw_previews": ("Withdraw the preview links", set(Article.Status.values), "change_article"),
}
OF_A_NEXT_VERSION = {"publish": "Publish over the live article"}  # what a step is called there
NOT_OF_A_NEXT_VERSION = {"archive"}
GONE = "This was published as the live article, or deleted, after you opened it."
OF_THE_FORM = {"opened_version", "overwrite", "publish_on"}  # alone: no part of the article


class CitationInline(admin.TabularInline):
    model = Citation
    formset = CitationFormSet
    fields = ["title", "publisher", "url", "accessed_on", "position"]
    formfield_overrides = {models.URLField: {"form_class": WebsiteField}}

    def get_extra(self, request, obj=None, **options):
        """One row to fill in stands ready while there is no source yet."""
        return 0 if obj is not None and obj.pk and obj.citations.exists() else 1

    def formfield_for_dbfield(self, db_field, request, **options):
        """With a name of its own: on a phone the row is a card, without the head of the table."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is not None:
            field.widget.attrs["aria-label"] = capfirst(field.label or db_field.name)
        return field


@admin.register(Article)
class ArticleAdmin(KeepsDrafts, LiveArticles):
    form = ArticleForm
    inlines = [CitationInline]
    change_form_template = "admin/articles/article/change_form.html"
    list_display = [
        *("named", "language", "status_in_words", "publish_at", "author", "reviewer", "translation_in_words"),
        "is_sample",
    ]
    list_filter = [
        *(WaitingFilter, "status", "language", translations.TranslationFilter, "topics", "is_sample"),
        *(ReviewFilter, TrashFilter),
    ]
    list_select_related = ["author", "reviewer", "revises", "translation"]
    search_fields = ["title", "summary", "body"]
    search_help_text = "Words of the title, the summary and the text"
    show_full_result_count = False
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["related", "translation_of", "replaced_by"]
    filter_horizontal = ["topics"]
    actions = None
    date_hierarchy = "publish_at"

    TIMES = ("publish_on", "unpublish_at", "replaced_by")

    def get_fieldsets(self, request, article=None):
        if not self.has_change_permission(request, article):  # only what the article itself holds
            return [(None, {"fields": ArticleForm.Meta.fields})]
        # A page that is shown again after a conflict has the checkbox to overwrite.
        conflict = ["overwrite"] if request.method == "POST" and self._is_outdated(request, article) else []
        times = self.TIMES if request.user.has_perm("articles.publish_article") else self.TIMES[1:]
        return [
            (None, {"fields": ["opened_version", *conflict, "title", "slug", "summary", "body"]}),
            ("Who vouches for it", {"fields": [("author", "reviewer"), ("last_reviewed_on", "review_due_on")]}),
            ("Topics and language", {"fields": ["topics", ("language", "translation_of"), "related", "hero"]}),
            ("For readers", {"fields": ["comments_open", "is_sample", "shown_unreviewed", *times]}),
        ]

    # Who may do what.

    def get_readonly_fields(self, request, article=None):
        """Whether readers see an unreviewed text, until when, and when it is due, is for those to say who publish."""
        if request.user.has_perm("articles.publish_article"):
            return reviews.SIGNED_FIELDS
        return [*reviews.SIGNED_FIELDS, "review_due_on", "shown_unreviewed", "unpublish_at", "replaced_by"]

    def get_changeform_initial_data(self, request):
        """A new article is by whoever writes it, if that account is a person whom readers can be told of."""
        person = Person.objects.filter(user=request.user).first()
        initial = super().get_changeform_initial_data(request)
        return initial if person is None else {"author": str(person.pk)} | initial

    def has_change_permission(self, request, article=None):
        """Only publishers change what readers see; a writer proposes its next version."""
        may = super().has_change_permission(request, article)
        if article is None:
            return may
        if article.is_known:
            may = may and request.user.has_perm("articles.publish_article")
        return may and article.trashed_at is None

    def steps_open_to(self, request, article) -> list[tuple[str, str]]:
        """(name, words) of the buttons for this person and status; none for whoever may not save."""
        if article is None:
            return [("submit", STEPS["submit"][0])] if self.has_add_permission(request) else []
        if not self.has_change_permission(request, article):
            return []
        return [
            (name, OF_A_NEXT_VERSION.get(name, words) if article.revises_id else words)
            for name, (words, statuses, permission) in STEPS.items()
            if article.status in statuses
            and request.user.has_perm(f"articles.{permission}")
            and not (article.revises_id and name in NOT_OF_A_NEXT_VERSION)
        ]

    def why_not(self, request, article) -> str:
        """Why what was sent is refused, as a sentence; nothing if it is not."""
        if article is not None and not self.has_change_permission(request, article):
            if article.trashed_at:
                return "The article is in the trash. Take it out first."
            if self.may_begin(request, article):
                return "Readers know this article, so only publishers change it. Write its next version instead."
            return "Your account may look at this article and not change it."
        step = self._requested_step(request)
        if step and not request.user.has_perm(f"articles.{STEPS[step][2]}"):
            return f"“{STEPS[step][0]}” is not for your account."
        return ""

    # Saving, and the step that was requested with it.

    def save_model(self, request, article, form, change):
        article._history_user = request.user
        article.skip_history_when_saving = True  # the revision is kept once topics and citations are saved too
        super().save_model(request, article, form, change)
        if form.left_out:
            self.message_user(request, f"Left out of the text: {', '.join(form.left_out)}.", messages.WARNING)

    def save_related(self, request, form, formsets, change):
        """A step writes the revision of what was saved with it; a save that changes nothing writes none."""
        super().save_related(request, form, formsets, change)
        article = form.instance
        del article.skip_history_when_saving
        is_changed = bool(set(form.changed_data) - OF_THE_FORM) or any(each.has_changed() for each in formsets)
        article.lacks_revision = is_changed or not change
        if not self._requested_step(request):
            self._keep_revision(article)
        if article.is_public and not article.is_sample and not article.is_reviewed:
            said = "Readers see at once that this text changed after its medical review, until it is reviewed again."
            self.message_user(request, said, messages.WARNING)

    def _keep_revision(self, article):
        if article.lacks_revision:
            article.save()
            article.lacks_revision = False

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
        live = article.revises if article.revises_id else article  # which is there after each step
        article._history_user = request.user
        article._change_reason = dict(self.steps_open_to(request, article)).get(step)
        revision, writer = article.history.first(), waiting.writer_of(article)
        try:
            if step == "schedule":
                self._schedule(request, article)
            else:
                getattr(article, step)()
        except Incomplete as error:
            self._refuse(request, article, "Saved, but not ready for readers:", *error.missing)
        except Outdated as error:
            self._refuse(request, article, str(error))
            return HttpResponseRedirect(reverse("admin:articles_article_compare", args=[article.pk]))
        except WrongStatus as error:
            self._refuse(request, article, str(error))
        else:
            if article.pk is None:  # a next version, which became the live article
                live.refresh_from_db()
                article = live
            elif article.history.first() == revision:  # a step that saves nothing
                self._keep_revision(article)
            notices.after_step(step, article, request.user, writer)
            self.log_change(request, article, STEPS[step][0])
            self.message_user(request, self._said_after(step, article), messages.SUCCESS)
        return HttpResponseRedirect(admin_url(article))

    def _refuse(self, request, article, *sentences: str):
        """What was sent with a step that is refused is saved all the same."""
        article._change_reason = None
        self._keep_revision(article)
        for sentence in sentences:
            self.message_user(request, sentence, messages.ERROR)

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
        article = self.get_object(request, unquote(object_id)) if object_id else None
        if request.method == "POST":
            if object_id and article is None:
                return self.refused(request, None, GONE, status=404)
            if sentence := self.why_not(request, article):
                return self.refused(request, article, sentence)
        context = (extra_context or {}) | self.beside(request, article)
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except Gone:
            return self.refused(request, None, GONE, status=404)

    def beside(self, request, article) -> dict:
        """What is shown beside the form: steps, links to a preview, advice."""
        if article is None:
            return {"steps": self.steps_open_to(request, article), "may_preview": True}
        return translations.beside(self, request, article) | {
            "steps": self.steps_open_to(request, article),
            "may_preview": self.has_change_permission(request, article),
            "may_begin": self.may_begin(request, article),
            "may_take_out": self.may_take_out(request, article),
            "next_version": article.next_version,
            "preview_path": "" if article.is_put_away else previews.address_of(article),
            "preview_url": request.build_absolute_uri(previews.address_of(article)),
            "may_open_review": reviews.may_open(request.user),
            "missing": [] if article.is_public else [*article.missing(), *self._of_a_sample(article)],
            **notes.beside(request, article),
            "advice": checker.check(article.title, article.summary, article.body, article.language),
        }

    def _of_a_sample(self, article) -> list[str]:
        if not article.is_withheld:
            return []
        field = article._meta.get_field("shown_unreviewed")
        return [
            "It is a sample. Name its author, have a clinician review it, and untick “sample”; "
            f"or tick “{field.verbose_name}”."
        ]

    def _is_outdated(self, request, article) -> bool:
        return article is not None and request.POST.get("opened_version") != str(article.version)

    def get_urls(self):
        own = [
            path("check/", self.admin_site.admin_view(self.advice), name="articles_article_check"),
            path("notices/", self.admin_site.admin_view(choices_page), name="articles_notices"),
        ]
        return [*own, *translations.urls(self), *reviews.urls(self), *notes.urls(self), *super().get_urls()]

    def advice(self, request):
        """Advice on the text as it stands in the form, saved or not."""
        if request.method != "POST" or not super().has_change_permission(request):
            raise PermissionDenied
        fields = [request.POST.get(name, "")[:200_000] for name in ("title", "summary", "body", "language")]
        return JsonResponse({"advice": [{"kind": each.kind, "text": each.text} for each in checker.check(*fields)]})

    def get_view_on_site_url(self, article=None):
        return article.get_absolute_url() if article is not None and article.is_public else None

    named = admin.display(description="title", ordering="title")(LiveArticles.named)

    @admin.display(description="translation")
    def translation_in_words(self, article):
        return translations.state_in_list(article)

    @admin.display(description="status", ordering="status")
    def status_in_words(self, article):
        return format_html("<strong>{}</strong>", article.status_now) if article.is_public else article.status_now
