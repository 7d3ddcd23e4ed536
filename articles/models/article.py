from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Case, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop, override
from simple_history.models import HistoricalRecords

from articles import links, markup
from articles.models.next_versions import Revisable
from articles.models.people import Person
from articles.models.pictures import Picture
from articles.models.refusals import Incomplete, WrongStatus
from articles.models.reviews import Reviewed
from articles.models.revisions import Revision
from articles.models.topics import Topic
from articles.models.trash import Trashable
from articles.search import ArticleQuerySet
from clinics import rules
from core.public_site import site_is_public

WORDS_A_MINUTE = 200  # of a reader


def _vector(config: str):
    """Title before summary before text. PostgreSQL's parser skips the tags of the markup."""
    return (
        SearchVector("title", weight="A", config=config)
        + SearchVector("summary", weight="B", config=config)
        + SearchVector("body", weight="C", config=config)
    )


class Article(Revisable, Reviewed, Trashable, models.Model):
    """What editors publish. A change of status is a method; the time, not a job, decides what readers see."""

    class Status(models.TextChoices):  # translated in a preview alone: the admin is in English
        DRAFT = "draft", gettext_noop("draft")
        IN_REVIEW = "in-review", gettext_noop("in review")
        SCHEDULED = "scheduled", gettext_noop("scheduled")
        PUBLISHED = "published", gettext_noop("published")
        ARCHIVED = "archived", gettext_noop("archived")

    OUT: tuple[str, ...] = (Status.SCHEDULED, Status.PUBLISHED)

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        SPANISH = "es", "Español"

    title = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, help_text="its address; an old one leads to the new one")
    summary = models.CharField(max_length=300, help_text="one or two sentences, for lists and search engines")
    body = models.TextField(blank=True)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.ENGLISH)
    translation_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="translations", help_text="the English article"
    )
    topics = models.ManyToManyField(Topic, related_name="articles", blank=True)
    related = models.ManyToManyField("self", symmetrical=False, blank=True, verbose_name="related articles")
    hero = models.ForeignKey(Picture, models.PROTECT, null=True, blank=True, verbose_name="picture at the top")
    author = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="written")
    reviewer = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="reviewed", verbose_name="medical reviewer"
    )
    last_reviewed_on = models.DateField(null=True, blank=True)
    review_due_on = models.DateField(null=True, blank=True)
    comments_open = models.BooleanField("readers may comment", default=True)
    is_sample = models.BooleanField(
        "sample", default=False, help_text="no clinician has reviewed it: readers of a public site do not see it"
    )
    shown_unreviewed = models.BooleanField(
        "show this sample to readers",
        default=False,
        db_default=False,
        help_text="of a public site too; the page says that no clinician has reviewed it",
    )
    starter_slug = models.CharField(max_length=120, blank=True, editable=False)  # of the file it was loaded from
    starter_hash = models.CharField(max_length=64, blank=True, editable=False)  # of that file
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    publish_at = models.DateTimeField(null=True, blank=True, editable=False)
    unpublish_at = models.DateTimeField(
        "shown until",
        null=True,
        blank=True,
        help_text="optional, New York time; afterwards readers are told that the article is no longer shown",
    )
    replaced_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="replaces",
        help_text="the newer article, named to readers where this one is no longer shown",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=0, editable=False)  # grows with each save: see admin/forms.py
    word_count = models.PositiveIntegerField(default=0, editable=False)
    preview_number = models.PositiveIntegerField(default=0, db_default=0, editable=False)  # of the links that work
    # Words of English and of Spanish have different stems.
    vector = models.GeneratedField(
        expression=Case(When(language="es", then=_vector("spanish")), default=_vector("english")),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ArticleQuerySet.as_manager()
    _history_user: object  # of the revision that the next save adds
    _change_reason: str
    skip_history_when_saving: bool  # set while a save adds no revision; only its presence counts
    history = HistoricalRecords(
        bases=[Revision],
        excluded_fields=["vector", "word_count", "preview_number", "revises", "revises_version"],
        cascade_delete_history=True,
        user_db_constraint=False,
    )

    class Meta:
        ordering = ["-publish_at", "-pk"]
        indexes = [
            GinIndex(fields=["vector"], name="article_words"),
            models.Index(fields=["language", "status", "-publish_at"], name="article_readers"),
        ]
        constraints = [
            # A next version has the address of its article, or the one that the article will have.
            models.UniqueConstraint(fields=["slug"], condition=models.Q(revises=None), name="article_slug"),
            models.UniqueConstraint(fields=["revises"], condition=models.Q(trashed_at=None), name="one_next_version"),
        ]
        permissions = [
            ("review_article", "Can send an article back or pass it on"),
            ("publish_article", "Can publish, schedule and archive articles"),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **options):
        self.tidy()
        stored = Article.objects.filter(pk=self.pk).values("slug", "author_id", "status", "is_sample")
        old = stored.first() if self.pk else None
        self._keep_promises(old)
        super().save(*args, **options)
        if self.revises_id:  # no address leads to it
            return
        if old and old["slug"] != self.slug:
            SlugRedirect.objects.get_or_create(slug=old["slug"], defaults={"article": self})
        SlugRedirect.objects.filter(slug=self.slug, article=self).delete()  # it has its old address again

    def get_absolute_url(self):
        with override(self.language):
            return reverse("articles:article_detail", args=[self.slug])

    def _family(self) -> set[int]:
        """The numbers of the article itself: a next version is no other article."""
        return {number for number in (self.pk, self.revises_id) if number}

    def clean_slug(self) -> None:
        family = self._family()
        others = Article.objects.filter(slug=self.slug).exclude(pk__in=family).exclude(revises__in=family)
        if others.exists():
            raise ValidationError({"slug": "Another article has this address."})
        if SlugRedirect.objects.filter(slug=self.slug).exclude(article__in=family).exists():
            raise ValidationError({"slug": "Another article had this address, and links to it are still followed."})

    def clean(self):
        self.clean_slug()
        family = self._family()
        if self.translation_of_id and self.translation_of_id in family:
            raise ValidationError({"translation_of": "An article is not its own translation."})
        if self.replaced_by_id and self.replaced_by_id in family:
            raise ValidationError({"replaced_by": "An article does not replace itself."})
        if self.unpublish_at and self.publish_at and self.unpublish_at <= self.publish_at:
            raise ValidationError({"unpublish_at": "That is before readers see it."})
        was_sample = bool(self.pk) and Article.objects.filter(pk=self.pk, is_sample=True).exists()
        if refusal := self.refusal_to_lose_mark(was_sample):
            raise ValidationError({"is_sample": refusal})

    def tidy(self) -> None:
        """Bring the text into the form in which it is kept."""
        self.body = markup.clean(self.body)
        self.word_count = len(markup.text_of(self.body).split())

    def _keep_promises(self, old: dict | None) -> None:
        """Before it is stored; `old`: the row so far. Raises Incomplete if a sample would lose its mark unreviewed."""
        if refusal := self.refusal_to_lose_mark(bool(old and old["is_sample"])):
            raise Incomplete([refusal])
        is_to_come = self.status == self.Status.SCHEDULED and not self.is_public and not self.is_sample
        if old and old["status"] in self.OUT and is_to_come and self.missing_review():
            self.status, self.publish_at = self.Status.IN_REVIEW, None  # what was scheduled is not this text any more
        self.keep_byline(old)

    # What readers see of it.

    @property
    def is_public(self) -> bool:
        """Whether readers see it now: Article.objects.published() for this one."""
        if self.revises_id or self.trashed_at or self.is_over or self.is_withheld:
            return False
        return self.is_out and self.publish_at is not None and self.publish_at <= timezone.now()

    @property
    def is_over(self) -> bool:
        """Whether the time until which readers see it is past."""
        return self.unpublish_at is not None and self.unpublish_at <= timezone.now()

    @property
    def is_gone(self) -> bool:
        """Whether readers saw it once and are told that it is no longer shown."""
        statuses = (self.Status.ARCHIVED, self.Status.SCHEDULED, self.Status.PUBLISHED)
        was_out = self.status in statuses and self.publish_at is not None and self.publish_at <= timezone.now()
        return was_out and not (self.revises_id or self.is_withheld or self.is_public)

    @property
    def is_withheld(self) -> bool:
        """Whether readers of this site do not see it because it is a sample."""
        return self.is_sample and not self.shown_unreviewed and site_is_public()

    @property
    def is_out(self) -> bool:
        """Whether it is published or scheduled."""
        return self.status in self.OUT and self.publish_at is not None

    @property
    def is_known(self) -> bool:
        """Whether readers see it, will see it, or are told that it is gone: then only publishers change it."""
        return self.is_out or self.is_gone

    @property
    def status_now(self) -> str:
        """The status in words; a scheduled article counts as published once its time has come."""
        if self.trashed_at:
            return gettext_noop("in the trash")
        if self.is_out and self.is_withheld:
            return gettext_noop("a sample that readers do not see")
        if self.is_out and self.is_over:
            return gettext_noop("no longer shown")
        return self.Status.PUBLISHED.label if self.is_public else self.get_status_display()

    @property
    def is_past_review(self) -> bool:
        return self.review_due_on is not None and self.review_due_on < timezone.localdate()

    @property
    def reading_minutes(self) -> int:
        return max(1, round(self.word_count / WORDS_A_MINUTE))

    # The steps from a draft to readers, and back.

    def missing(self, citation_count: int | None = None) -> list[str]:
        """What it lacks to be published, as sentences. `citation_count`: how many it will have, if not as saved."""
        missing = [] if self.is_sample else self._missing_vouchers()
        saved_citations = citation_count is None
        if citation_count is None:
            citation_count = self.citations.count() if self.pk else 0
        if not citation_count:
            missing.append("Cite at least one source.")
        if not markup.text_of(self.body).strip():
            missing.append("Write the text.")
        if count := self._untranslated_count():
            missing.append(f"Translate what still has the original's words: {count} paragraph{'s' * (count > 1)}.")
        if count := markup.pictures_without_alt(self.body):
            missing.append(f"Describe each picture in the text: {count} without an alternative text.")
        if self.hero and not self.hero.alt.strip():
            missing.append("Describe the picture at the top in its alternative text.")
        for words in markup.empty_links(self.body):
            missing.append(f"Give the link “{words[:40]}” an address." if words else "Remove the link without words.")
        return missing + self._wrong_addresses(with_citations=saved_citations)

    def _wrong_addresses(self, *, with_citations: bool) -> list[str]:
        """What articles/links.py says of its links and of the saved sources."""
        missing = []
        for address, words in markup.links_of(self.body):
            if address not in ("", "#") and (sentence := links.problem(address)):
                missing.append(f"Mend the link “{words[:40]}”: {sentence}")
        for citation in self.citations.all() if with_citations and self.pk else ():
            if citation.url and not links.leads_out(citation.url):
                missing.append(f"Mend the address of the source “{citation.title[:40]}”: {citation.url[:60]}")
        return missing

    def _missing_vouchers(self) -> list[str]:
        """A sample has none, and readers are told so; what readers see already may change, and says that it did."""
        missing = [] if self.named_author else ["Name an author."]
        return missing if self.is_public else [*missing, *self.missing_review()]

    def _untranslated_count(self) -> int:
        translation = getattr(self, "translation", None) if self.pk and self.translation_of_id else None
        return len(translation.untranslated()) if translation else 0

    def submit(self) -> None:
        """Submit a draft for review."""
        self._step({self.Status.DRAFT}, self.Status.IN_REVIEW)

    def send_back(self) -> None:
        """Return it to its writer; a published article is no longer visible to readers."""
        self._step(set(self.Status) - {self.Status.DRAFT}, self.Status.DRAFT, publish_at=None)

    def schedule(self, publish_at) -> None:
        """Publish it at that time. Raises Incomplete, WrongStatus."""
        if publish_at <= timezone.now():
            raise WrongStatus("Choose a time that is still to come, or publish it now.")
        if self.unpublish_at and self.unpublish_at <= publish_at:
            raise WrongStatus("“Shown until” is before that time: change one of the two.")
        self.refuse_if_outdated()
        self._step({self.Status.IN_REVIEW, self.Status.SCHEDULED}, self.Status.SCHEDULED, publish_at)

    def publish(self) -> None:
        """Show it to readers now; a next version becomes the live article.

        Raises Incomplete, Outdated, WrongStatus.
        """
        statuses = {self.Status.IN_REVIEW, self.Status.SCHEDULED}
        if self.revises_id:
            self._refuse_unless(statuses)
            self.publish_over_live()
            return
        if self.is_over:
            raise WrongStatus("The time in “Shown until” is past: change it or empty it first.")
        first = self.publish_at if self.status == self.Status.ARCHIVED else None
        self._step(statuses | {self.Status.ARCHIVED}, self.Status.PUBLISHED, first or timezone.now())

    def archive(self) -> None:
        """Hide it from readers, who are told that it is gone, and keep it."""
        if self.revises_id:
            raise WrongStatus("A next version is sent back or deleted: it has no readers.")
        self._step({self.Status.SCHEDULED, self.Status.PUBLISHED}, self.Status.ARCHIVED, self.publish_at)
        self.withdraw_previews()

    def withdraw_previews(self) -> None:
        """Make every link to its preview invalid; new ones are made with the next number."""
        Article.objects.filter(pk=self.pk).update(preview_number=models.F("preview_number") + 1)
        self.refresh_from_db(fields=["preview_number"])

    def _refuse_unless(self, statuses: set) -> None:
        if self.trashed_at or self.status not in statuses:
            raise WrongStatus(f"The article is {self.status_now}: that step is not open to it.")

    @rules.as_stored()
    def _step(self, from_statuses: set, status: str, publish_at=None) -> None:
        self._refuse_unless(from_statuses)
        if status in (self.Status.SCHEDULED, self.Status.PUBLISHED) and (missing := self.missing()):
            raise Incomplete(missing)
        self.status, self.publish_at = status, publish_at
        self.version += 1
        self.save()
        if status in (self.Status.SCHEDULED, self.Status.PUBLISHED):
            self.notes.resolve(getattr(self, "_history_user", None), at_publication=True)


class Citation(models.Model):
    """Where a statement of an article comes from."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="citations")
    title = models.CharField(max_length=250)
    publisher = models.CharField(max_length=150)
    url = models.URLField("URL", max_length=500, blank=True, validators=[URLValidator(schemes=["http", "https"])])
    accessed_on = models.DateField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return f"{self.title}, {self.publisher}"

    @property
    def safe_url(self) -> str:
        """Its address if it is a web address; any other value in the table is not linked."""
        return self.url if self.url.lower().startswith(("http://", "https://")) else ""


class SlugRedirect(models.Model):
    """A former address of an article."""

    slug = models.SlugField(max_length=120, unique=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="old_slugs")

    def __str__(self):
        return f"{self.slug} leads to {self.article_id}"


def snapshot(sender, instance, history_instance, **kwargs):
    """Copy citations and topics into a revision, so that it can be compared and restored whole."""
    history_instance.citations = [
        {
            "title": citation.title,
            "publisher": citation.publisher,
            "url": citation.url,
            "accessed_on": citation.accessed_on and citation.accessed_on.isoformat(),
        }
        for citation in instance.citations.all()
    ]
    history_instance.topic_slugs = sorted(instance.topics.values_list("slug", flat=True))
