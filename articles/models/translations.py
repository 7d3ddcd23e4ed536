"""What a translation was made from, paragraph by paragraph, and since when the original says something else."""

from dataclasses import asdict

from django.db import models, transaction
from django.db.models import Q
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone
from django.utils.text import slugify

from articles import markup
from articles.models.article import Article, Citation, SlugRedirect
from articles.translation_rows import (
    BEHIND,
    TITLES,
    Pair,
    Row,
    begun,
    complete,
    row_of,
    rows_of,
    with_names,
)
from articles.translations import Part, in_language, parts_of, plain_part

SLUG_LENGTH = 120
COPIED = ("title", "summary", "hero", "author", "review_due_on", "comments_open", "is_sample")


class TranslationQuerySet(models.QuerySet):
    def behind(self):
        """Those whose original was changed since, unless they or it are put away."""
        there = self.filter(article__revises=None, article__trashed_at=None, article__translation_of__isnull=False)
        kept = there.exclude(article__status=Article.Status.ARCHIVED)
        return kept.filter(behind_since__isnull=False)


class Translation(models.Model):
    """Of an article that was translated: which block of the original each of its blocks says."""

    article = models.OneToOneField(Article, models.CASCADE, related_name="translation")
    pairs = models.JSONField(default=list)  # of translation_rows.Pair, title and summary first
    behind_since = models.DateTimeField(null=True, blank=True)

    objects = TranslationQuerySet.as_manager()

    def __str__(self):
        return f"{self.article_id}, of {self.article.translation_of_id}"

    @property
    def original(self) -> Article | None:
        return self.article.translation_of

    @property
    def is_behind(self) -> bool:
        """Whether readers are told so: they can see what the original says by now."""
        return self.behind_since is not None and self.original is not None and self.original.is_public

    def rows(self) -> list[Row]:
        """Both texts as they stand now, title and summary first."""
        if self.original is None:
            return []
        pairs = [Pair(**pair) for pair in self.pairs]
        titles = [
            row_of(pair, _title(self.original, pair.id), _title(self.article, pair.id))
            for pair in pairs
            if pair.id in TITLES
        ]
        text = [pair for pair in pairs if pair.id not in TITLES]
        return [*titles, *rows_of(text, parts_of(self.original.body), parts_of(self.article.body))]

    def untranslated(self) -> list[Row]:
        """What still has the original's words."""
        return [row for row in self.rows() if row.has_words_of_original(self.article.language)]

    def take(self, rows: list[Row]) -> None:
        """Say in the article, unsaved, what the rows say; keep what agrees with what."""
        pairs, blocks = [], []
        for row in rows:
            html = row.html(self.article.language)
            if row.id in TITLES:
                setattr(self.article, row.id, row.texts[0] or getattr(self.article, row.id))
            else:
                blocks.append(html)
            if pair := row.pair_after(html):
                pairs.append(pair)
        self.article.body = markup.clean("".join(blocks))
        self.pairs = [asdict(pair) for pair in with_names(pairs)]
        self.compare()

    def compare(self) -> None:
        """Note whether the original says something else by now, and since when."""
        is_behind = any(row.status in BEHIND for row in self.rows())
        self.behind_since = (self.behind_since or timezone.now()) if is_behind else None

    def copy_to(self, article: Article) -> None:
        """For another version of the same translation, which says the same so far."""
        kept = {"pairs": self.pairs, "behind_since": self.behind_since}
        Translation.objects.update_or_create(article=article, defaults=kept)


def _title(article: Article, name: str) -> Part:
    return plain_part(name, getattr(article, name))


def other_language(language: str) -> str:
    return "en" if language == "es" else "es"


def in_other_language(article: Article) -> Article | None:
    """What it is a translation of, or its translation, readers see it or not."""
    return article.translation_of or article.translations.kept().filter(revises=None).order_by("pk").first()


@transaction.atomic
def start(original: Article, user) -> Article:
    """A draft in the other language with all of the original but its words; or the translation that there is."""
    original = Article.objects.select_for_update(of=("self",)).get(pk=original.pk)
    if found := in_other_language(original):
        return found
    language = other_language(original.language)
    article = Article(
        slug=free_slug(made_up_slug(original, language)),
        language=language,
        translation_of=original,
        body=in_language(original.body, language),
        **{name: getattr(original, name) for name in COPIED},
    )
    note(article, user, f"Translation of “{original}” begun")
    article.skip_history_when_saving = True  # the revision is kept once topics and citations are saved too
    article.save()
    article.topics.set(original.topics.all())
    article.related.set([found for each in original.related.all() if (found := in_other_language(each))])
    Citation.objects.bulk_create(
        Citation(
            article=article,
            **{name: getattr(row, name) for name in ("title", "publisher", "url", "accessed_on", "position")},
        )
        for row in original.citations.all()
    )
    titles = [Pair(name, "", _title(original, name).html, _title(original, name).html, [""]) for name in TITLES]
    text = begun(parts_of(original.body), parts_of(article.body))
    Translation.objects.create(article=article, pairs=[asdict(pair) for pair in (*titles, *text)])
    del article.skip_history_when_saving
    article.save()
    return article


def note(article, user, reason):
    """Who made the next revision, and why."""
    article._history_user, article._change_reason = user, reason


def compared(article: Article, original: Article) -> Translation:
    """For a translation that was written without this page, and is taken to say what `original` says. Not saved."""
    titles = [
        Pair(name, ours.html, _title(article, name).html, ours.html, _title(article, name).texts)
        for name in TITLES
        for ours in [_title(original, name)]
    ]
    text = complete(parts_of(original.body), parts_of(article.body))
    return Translation(article=article, pairs=[asdict(pair) for pair in (*titles, *text)])


def made_up_slug(original: Article, language: str) -> str:
    """Until the title is translated."""
    return f"{original.slug[:100]}-{language}"


def free_slug(text: str) -> str:
    """An address made from a title that no article has or had."""
    base = slugify(text)[: SLUG_LENGTH - 8].strip("-") or "article"
    candidates = [base, *(f"{base}-{number}" for number in range(2, 1000))]
    taken = set(Article.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    taken |= set(SlugRedirect.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in candidates if slug not in taken)


@receiver(pre_save, sender=Article)
def keep_what_was_translated(sender, instance, raw=False, **kwargs):
    """Before an original says something else: what its translations say, of those that nobody began here."""
    if raw or instance.pk is None:
        return
    old = Article.objects.filter(pk=instance.pk).only("title", "summary", "body", "translation_of").first()
    if old is None:
        return
    if old.translation_of_id != instance.translation_of_id:
        Translation.objects.filter(article=instance).delete()
    if any(getattr(old, name) != getattr(instance, name) for name in (*TITLES, "body")):
        for article in Article.objects.filter(Q(translation_of=instance), translation=None):
            compared(article, old).save()


@receiver(post_save, sender=Article)
def see_what_is_behind(sender, instance, created, raw=False, **kwargs):
    if raw:
        return
    revised = getattr(instance, "revises", None) if created else None  # a next version of a translation
    if revised is not None and (known := Translation.objects.filter(article=revised).first()):
        known.copy_to(instance)
    for translation in Translation.objects.filter(article__translation_of=instance).select_related("article"):
        translation.article.translation_of = instance
        translation.compare()
        translation.save(update_fields=["behind_since"])
