"""An article and its translation side by side, paragraph by paragraph."""

import re
from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from articles import markup
from articles.admin import compare
from articles.models import Article, Translation
from articles.models.translations import compared, free_slug, in_other_language, made_up_slug, note, start
from articles.translation_rows import ADDED, BEHIND, CHANGED, MOVED, NEW, OWN, REMOVED, TITLES, Row
from articles.translations import Part, clean_words, in_language
from clinics import rules
from clinics.presets import PRESETS_BY_SLUG
from core.admin import form_drafts

PAGE = "articles_article_side_by_side"
DRAFTS_OF = "articles.translation"
WITHOUT_PLACE = "_without_place"  # fields with words that a page that was sent back already showed
LANGUAGES = {"en": "English", "es": "Spanish"}
KINDS = {
    **{"p": "Paragraph", "h2": "Heading", "h3": "Smaller heading", "li": "Item", "blockquote": "Quotation"},
    **{
        "aside": "Call-out",
        "figcaption": "Caption",
        "caption": "Caption of the table",
        "td": "Cell",
        "th": "Heading cell",
    },
    **{"alt": "What the picture shows", "title": "Title", "summary": "Summary"},
}
WITHOUT_WORDS = {"directory-block": "Clinics", "rule-block": "Rule"}
SENTENCES = {  # what a row needs; {} is the language of the original
    NEW: "Not translated yet",
    ADDED: "New in the {} article",
    CHANGED: "Changed in the {} article",
    MOVED: "Moved in the {} article: saving moves it here too",
    REMOVED: "No longer in the {} article",
    OWN: "Only in this translation",
}
TICKS = {
    NEW: "Leave it out of the translation",
    ADDED: "Leave it out of the translation",
    CHANGED: "The translation is up to date",
    REMOVED: "Remove it here too",
}


class TranslationFilter(admin.SimpleListFilter):
    title = "translation"
    parameter_name = "translation"

    def lookups(self, request, model_admin):
        return [("behind", "behind its original")]

    def queryset(self, request, articles):
        return articles.filter(translation__in=Translation.objects.behind()) if self.value() else articles


def urls(model_admin) -> list:
    def view(function, name, address):
        @form_drafts.may_run_its_script
        def answer(request, object_id):
            return function(model_admin, request, object_id)

        return path(f"<path:object_id>/{address}/", model_admin.admin_site.admin_view(answer), name=name)

    return [
        view(translate, "articles_article_translate", "translate"),
        view(side_by_side, PAGE, "side-by-side"),
        view(drafts, f"{PAGE}_drafts", "side-by-side/form-drafts"),
    ]


def page_of(article: Article) -> str:
    return reverse(f"admin:{PAGE}", args=[article.pk])


def beside(model_admin, request, article: Article) -> dict:
    """For the page of an article: what may be done about its other language."""
    other = in_other_language(article)
    translated = article if article.translation_of_id else other
    return {
        "translate_into": LANGUAGES["es" if article.language == "en" else "en"],
        "may_translate": other is None and may_begin(model_admin, request, article),
        "side_by_side": page_of(translated) if translated else "",
        "behind_since": translated
        and getattr(translated, "translation", None)
        and translated.translation.behind_since,
        "is_the_translation": translated == article,
    }


def may_begin(model_admin, request, original: Article) -> bool:
    """Of the article itself, not of its next version, which ends at its publication."""
    return model_admin.has_add_permission(request) and not original.revises_id and not original.trashed_at


def state_in_list(article: Article) -> str:
    """For the column of the list."""
    translation = getattr(article, "translation", None)
    if translation is None or article.translation_of_id is None:
        return "–"
    if translation.behind_since:
        day = translation.behind_since.date()
        return format_html('<a href="{}">behind since {}</a>', page_of(article), f"{day:%b} {day.day}")
    return format_html('<a href="{}">side by side</a>', page_of(article))


def translate(model_admin, request, object_id):
    """Make the draft, once, and go on to translate it."""
    original = model_admin.get_object(request, object_id)
    if original is None:
        raise Http404
    if request.method != "POST" or not may_begin(model_admin, request, original):
        raise PermissionDenied
    article = start(original, request.user)
    model_admin.log_addition(request, article, f"Translation of “{original}” begun")
    return HttpResponseRedirect(page_of(article if article.translation_of_id else original))


def drafts(model_admin, request, object_id):
    """What somebody types side by side is kept as in the form of an article, apart from that form's drafts."""
    article = Article.objects.filter(pk=object_id).first()
    if article is None:
        raise Http404
    if not model_admin.has_change_permission(request, article):
        raise PermissionDenied
    return form_drafts.answer(request, (DRAFTS_OF, str(article.pk)))


@transaction.atomic
def side_by_side(model_admin, request, object_id):
    articles = Article.objects.select_for_update(of=("self",)) if request.method == "POST" else Article.objects
    article = articles.select_related("translation_of").filter(pk=object_id).first()
    if article is None or article.translation_of is None:
        raise Http404
    if not model_admin.has_view_or_change_permission(request, article):
        raise PermissionDenied
    page = SideBySide(model_admin, request, article, article.translation_of)
    if request.method == "POST":
        if not model_admin.has_change_permission(request, article):
            raise PermissionDenied
        if page.save():
            return HttpResponseRedirect(request.path)
        transaction.set_rollback(True)
    return page.answer()


@dataclass
class Sent:
    """What a page sent for one row, which may be no row of the texts as they stand now."""

    id: str
    of: str  # key of the block of the original that stood beside it
    texts: list[str]
    is_done: bool

    def unsaid(self, row: Row | None) -> list[str]:
        """Those of its words that `row` does not say already."""
        said = {" ".join(text.split()) for text in row.texts} if row else set()
        return [
            text
            for text in self.texts
            if text.strip() and said.isdisjoint(" ".join(clean_words(text, kind).split()) for kind in ("p", "title"))
        ]


def sent_by(posted) -> dict[str, Sent]:
    found = {}
    for field in posted:
        if field.endswith("-of"):
            name = field.removesuffix("-of")
            texts: list[str] = []
            while (text := posted.get(f"{name}-{len(texts)}")) is not None:
                texts.append(text)
            found[name] = Sent(name, posted[field], texts, f"{name}-done" in posted)
    return found


class SideBySide:
    """One request for the page: what it shows, what was typed, and whether that can be kept."""

    def __init__(self, model_admin, request, article: Article, original: Article):
        self.model_admin, self.request, self.article = model_admin, request, article
        self.original = original
        known = Translation.objects.filter(article=article).first()
        self.translation = known or compared(article, self.original)
        self.translation.article = article
        self.rows = self.translation.rows()
        self.errors: list[str] = []
        self.is_outdated = False
        self.without_place: list[str] = []  # words that were typed for what is not there any more
        self.slug = article.slug

    # What was typed.

    def save(self) -> bool:
        self._read()
        if not self._is_refused():
            self.translation.take(self.rows)
            self.article.slug = self.slug
            self._check()
        if self.errors:
            return False
        self.article.version += 1
        note(self.article, self.request.user, "Translated side by side")
        self.article.save()
        self.translation.save()
        form_drafts.forget_saved(self.request)
        self.model_admin.log_change(self.request, self.article, "Translated side by side")
        self.model_admin.message_user(self.request, self._said_after(), messages.SUCCESS)
        return True

    def _read(self) -> None:
        """Words go where the original says what stood beside them, never by the place alone."""
        posted = self.request.POST
        sent, ids = sent_by(posted), {row.id for row in self.rows}
        renamed = [each for each in sent.values() if each.id not in ids]  # an added block is, once it is translated
        lost: list[str] = []
        for row in self.rows:
            key = row.original.key if row.original else ""
            other = next((each for each in renamed if key and each.of == key), None)
            if (found := sent.get(row.id) or other) is None:
                continue
            if found is other:
                renamed.remove(found)
            lost += self._put(found, row, was_seen=found.of == key)
        for each in renamed:
            lost += each.unsaid(None)
        self.without_place = [*posted.getlist(WITHOUT_PLACE), *lost]
        if lost:
            passages = (
                "one passage that you wrote has" if len(lost) == 1 else f"{len(lost)} passages that you wrote have"
            )
            self.errors.append(
                f"The texts were changed after you opened this page, and {passages} no place now. Nothing was saved: "
                "all of it is below. Copy what you need into its field, and save."
            )
        self.slug = posted.get("slug", "").strip() or self._suggested_slug()

    def _put(self, sent: Sent, row: Row, *, was_seen: bool) -> list[str]:
        """Into `row` what was typed for it; returns the words that it cannot hold."""
        row.is_ticked = was_seen and sent.is_done
        if "_all" in self.request.POST and was_seen:
            row.settle()
        if len(sent.texts) != len(row.texts) or not (was_seen or row.may_keep_unseen):
            return sent.unsaid(row)
        row.texts = [clean_words(text, words.kind) for text, words in zip(sent.texts, row.form.words, strict=True)]
        return []

    def _suggested_slug(self) -> str:
        title = self.rows[0].texts[0] if self.rows else ""
        is_settled = self.article.publish_at is not None or not self._has_made_up_slug()
        return self.article.slug if is_settled or not title else free_slug(title)

    def _has_made_up_slug(self) -> bool:
        made_up = re.escape(made_up_slug(self.original, self.article.language))
        return bool(re.fullmatch(rf"{made_up}(-\d+)?", self.article.slug))

    def _is_refused(self) -> bool:
        """Because somebody else saved it since; what was typed stays on the page."""
        self.is_outdated = self.request.POST.get("opened_version") != str(self.article.version)
        if self.is_outdated and "overwrite" not in self.request.POST:
            last = self.article.history.select_related("history_user").first()
            who = (last and last.history_user) or "Somebody"
            self.errors.append(
                f"{who} saved this translation after you opened it. Nothing was overwritten: your words are below, "
                "theirs are in the history. Tick “Save mine over it” to keep yours, or open the page anew."
            )
        return bool(self.errors)

    def _check(self) -> None:
        try:
            validate_slug(self.slug)
        except ValidationError:
            self.errors.append("An address holds letters without accents, digits and hyphens.")
        try:
            self.article.clean_slug()
        except ValidationError as error:
            self.errors += error.messages
        for name in ("title", "summary", "slug"):
            if (length := len(getattr(self.article, name))) > longest(name):
                self.errors.append(f"The {name} has {length} letters; {longest(name)} are the most.")
        if self.article.is_out:
            self.errors += [f"Readers see this article. {sentence}" for sentence in self.article.missing()]

    def _said_after(self) -> str:
        statuses = [row.status for row in self.translation.rows()]
        left, behind = statuses.count(NEW), sum(status in BEHIND for status in statuses)
        if left:
            return f"Saved. {left} still to translate."
        if behind:
            return f"Saved. {behind} still differ{'s' * (behind == 1)} from the original."
        return "Saved. The translation is complete and up to date."

    # What is shown.

    def answer(self):
        may_change = self.model_admin.has_change_permission(self.request, self.article)
        statuses = [row.status for row in self.rows]
        context = self.model_admin.admin_site.each_context(self.request) | {
            "title": f"“{self.original}” in {LANGUAGES[self.article.language]}",
            "opts": self.model_admin.opts,
            "article": self.article,
            "original": self.original,
            "translation": self.translation,
            "rows": [self.shown(row) for row in self.rows],
            "errors": self.errors,
            "without_place": [(text, mark_safe(clean_words(text, "p"))) for text in self.without_place],  # noqa: S308
            "is_outdated": self.is_outdated,
            "may_change": may_change,
            "languages": (LANGUAGES[self.original.language], LANGUAGES[self.article.language]),
            "left": sum(status == NEW for status in statuses),
            "behind": sum(status in BEHIND for status in statuses),
            "slug": "" if self._has_made_up_slug() else self.slug,
            "opened_version": self.request.POST.get("opened_version", self.article.version),
        }
        if may_change:
            url = reverse(f"admin:{PAGE}_drafts", args=[self.article.pk])
            context["drafts"] = form_drafts.facts(self.request, url, "side-by-side")
            context["media"] = form_drafts.with_nonce(self.request, form_drafts.script())
        return render(self.request, "admin/articles/article/translate.html", context, status=200)

    def shown(self, row: Row) -> dict:
        language = LANGUAGES[self.original.language]
        return {
            "id": row.id,
            "status": row.status,
            "sentence": SENTENCES.get(row.status, "").format(language),
            "tick": "" if row.id in TITLES and row.status == NEW else TICKS.get(row.status, ""),
            "is_ticked": row.is_ticked,
            "of": row.original.key if row.original else "",
            "original": shown_part(row.original or row.before),
            "difference": difference(row),
            "has_own_form": row.original is not None and row.form.shape != row.original.shape and row.id not in TITLES,
            "fields": list(self.fields_of(row)),
            "name": name_of(row.form),
        }

    def fields_of(self, row: Row):
        """One for each of its words, with the original's to start from."""
        follows = row.original is not None and row.form.shape == row.original.shape
        for number, (words, text) in enumerate(zip(row.form.words, row.texts, strict=True)):
            source = row.original.words[number].html if follows and row.original else ""
            yield {
                "name": f"{row.id}-{number}",
                "label": KINDS.get(words.kind, "Words"),
                "text": text,
                "is_plain": words.is_plain,
                "start": in_language(source, self.article.language),
                "rows": max(2, min(12, len(source or text) // 60 + 1)),
                "longest": longest(words.kind) if words.kind in TITLES else 500,
            }


def longest(name):
    """Letters of a title, a summary or an address."""
    return Article._meta.get_field(name).max_length  # type: ignore[union-attr]  # all three have one


def name_of(part: Part) -> str:
    return WITHOUT_WORDS.get(part.tag, "") or KINDS.get(part.words[0].kind if part.words else "", "Part")


def shown_part(part: Part | None) -> SafeString | str:
    """As readers see it, but for blocks of the directory, which are named."""
    if part is None:
        return ""
    if part.tag in WITHOUT_WORDS:
        return _name_of_block(part)
    html = markup.clean(part.html)
    return mark_safe(html)  # noqa: S308 - cleaned in the line above


def _name_of_block(part: Part) -> str:
    shown = part.fixed[0].split('"')[1]
    known = {**{slug: preset.title for slug, preset in PRESETS_BY_SLUG.items()}, **dict(rules.titles())}
    return f"{WITHOUT_WORDS[part.tag]}: {known.get(shown, shown)}"


def difference(row: Row) -> SafeString | str:
    """The old and the new words of what was changed in the original."""
    if row.status != CHANGED or row.before is None or row.original is None:
        return ""
    changed = compare.words(*("\n".join(_words(part)) for part in (row.before, row.original)))
    return changed or "Not the words: the formatting, a link or a picture."


def _words(part: Part) -> list[str]:
    return [words.html if words.is_plain else markup.text_of(words.html) for words in part.words]
