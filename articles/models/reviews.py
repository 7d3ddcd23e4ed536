"""Medical reviews: who read exactly which text of an article, and what they said of it. Signed, and never edited."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from articles import markup
from articles.models.people import Byline, Person
from articles.models.revisions import LONGEST_REASON
from articles.models.signing import changers, name_of, refusal_of, refusal_of_spelling
from clinics.rules import words_of
from core.triggers import Trigger

if TYPE_CHECKING:
    from articles.models.article import Article

LONGEST_NOTE = 2000  # characters
# Whatever writes it: only to which article it belongs may change, as when a next version becomes the live one.
SIGNED = Trigger(
    name="signed",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func="""
        IF to_jsonb(NEW) - 'article_id' IS DISTINCT FROM to_jsonb(OLD) - 'article_id' THEN
            RAISE EXCEPTION 'a review is signed' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


class Refused(Exception):  # noqa: N818 - the sentence says why
    """This account may not sign this text."""


def hash_of(text: dict) -> str:
    """sha256 of what a review covers, in hexadecimal digits."""
    return hashlib.sha256(json.dumps(text, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def year_after(day: date) -> date:
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


class ReviewQuerySet(models.QuerySet["Review"]):
    @transaction.atomic
    def sign(self, article: "Article", user, verdict: str, note: str = "", text_hash: str | None = None) -> "Review":
        """The medical review of the text as it is stored, by the account of the person who read it.

        `text_hash`: of what that person read. Raises Refused with a sentence.
        """
        article = _locked(article, text_hash)
        if refusal := refusal_of(article, user):
            raise Refused(refusal)
        person = Person.objects.get(user=user)
        review = self.create(
            **_of(article), kind=Review.Kind.MEDICAL, verdict=verdict, note=note[:LONGEST_NOTE], reviewer=user,
            person=person, name=person.name, credentials=person.credentials,
        )  # fmt: skip
        said = "approved" if review.is_approval else "sent back"
        article._history_user, article._change_reason = user, f"Medical review: {said} by {review.signature}"
        if review.is_approval:
            article.reviewer, article.last_reviewed_on = person, review.reviewed_on
            article.review_due_on = year_after(review.reviewed_on)
        _note_in_history(article)
        if not review.is_approval and article.status == article.Status.IN_REVIEW:
            article.send_back()
        return review

    @transaction.atomic
    def confirm_spelling(self, article: "Article", user, text_hash: str | None = None) -> "Review":
        """A second person says that what changed since the medical review is spelling: that review stands again.

        Raises Refused with a sentence.
        """
        article = _locked(article, text_hash)
        standing = article.standing
        who = changers(article, standing.review) if standing else []
        refusal = refusal_of_spelling(article, user, who)
        if refusal or standing is None:
            raise Refused(refusal)
        changed_by = ", ".join(name_of(each) for each in who)
        review = self.create(
            **_of(article), kind=Review.Kind.SPELLING, verdict=Review.Verdict.APPROVED, reviewer=user,
            name=name_of(user)[:120], confirms=standing.review, changed_by=changed_by[:250],
        )  # fmt: skip
        article._history_user = user
        article._change_reason = f"Spelling only: changed by {changed_by}, confirmed by {review.name}"
        _note_in_history(article)
        return review


def _locked(article: "Article", text_hash: str | None) -> "Article":
    article = type(article).objects.select_for_update().get(pk=article.pk)
    if text_hash is not None and text_hash != article.text_hash():
        raise Refused("The text changed after you opened this page. Read it again as it is now.")
    return article


def _of(article: "Article") -> dict[str, Any]:
    text = article.text_read()
    return {"article": article, "text": text, "text_hash": hash_of(text)}


def _note_in_history(article: "Article") -> None:
    """A revision that names the step. Its text is the same: `version`, by which an open form knows it, stays."""
    article._change_reason = article._change_reason[:LONGEST_REASON]
    article.save(update_fields=["reviewer", "last_reviewed_on", "review_due_on"])


class Review(models.Model):
    """One verdict on one text. Another opinion, or another text, is another row."""

    class Kind(models.TextChoices):
        MEDICAL = "medical", "medical review"
        SPELLING = "spelling", "spelling only"
        RECORDED = "recorded", "recorded before reviews were signed"

    class Verdict(models.TextChoices):
        APPROVED = "approved", "approved"
        SENT_BACK = "sent-back", "sent back"

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="reviews")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    text_hash = models.CharField(max_length=64)
    text = models.JSONField()  # exactly what was read: see Reviewed.text_read
    note = models.TextField(max_length=LONGEST_NOTE, blank=True)
    # Null only for what was recorded before reviews were signed.
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="reviews")
    name = models.CharField(max_length=120)  # as it was on that day
    credentials = models.CharField(max_length=120, blank=True)
    reviewed_on = models.DateField(default=timezone.localdate)
    created_at = models.DateTimeField(default=timezone.now)
    confirms = models.ForeignKey("self", models.CASCADE, null=True, related_name="+")  # the medical one, of spelling
    changed_by = models.CharField(max_length=250, blank=True)  # who had changed the spelling

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]  # of the signatures, whatever the clock said
        triggers = [SIGNED]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.get_verdict_display()} by {self.signature}"

    def save(self, *args, **options):
        if not self._state.adding:
            raise Refused("A review is signed: it is not edited. Make another one.")
        super().save(*args, **options)

    def delete(self, *args, **options):
        raise Refused("A review is signed: it stays as long as its article.")

    @property
    def signature(self) -> str:
        return str(Byline(self.name, self.credentials))

    @property
    def is_approval(self) -> bool:
        return self.verdict == self.Verdict.APPROVED

    @property
    def is_signed(self) -> bool:
        return self.kind != self.Kind.RECORDED


@dataclass(frozen=True)
class Standing:
    """The approving medical review that readers are told of, and whether it covers the text as it stands."""

    review: Review
    is_current: bool

    @property
    def is_signed(self) -> bool:
        return self.is_current and self.review.is_signed


def standing_of(reviews: list[Review], text_hash: str) -> Standing | None:
    """`reviews`: of one article, the oldest first. Of each text the last verdict counts."""
    last, by_number = {review.text_hash: review for review in reviews}, {review.pk: review for review in reviews}
    if here := last.get(text_hash):
        return Standing(by_number.get(here.confirms_id or 0, here), is_current=True) if here.is_approval else None
    approved = [
        review for review in reviews if review.kind != Review.Kind.SPELLING and last[review.text_hash].is_approval
    ]
    return Standing(approved[-1], is_current=False) if approved else None


class Reviewed(models.Model):
    """What an article knows of its reviews, and whom readers are told of."""

    # The author as readers are told, kept from the day of publication: a person who is renamed changes no page.
    byline_author = models.CharField(max_length=120, blank=True, default="", db_default="", editable=False)
    byline_credentials = models.CharField(max_length=120, blank=True, default="", db_default="", editable=False)
    byline_about = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True

    if TYPE_CHECKING:  # what the article itself has
        language: Any
        title: Any
        summary: Any
        body: Any
        citations: Any
        reviews: Any
        hero: Any
        author: Any
        author_id: int | None
        is_sample: Any
        OUT: tuple[str, ...]

        @property
        def is_out(self) -> bool: ...

    # The text that a review covers.

    def text_read(self) -> dict:
        """All that a reviewer reads. The alternative texts of the pictures in the text are in its markup.

        The date by which a rule is to be read again is not part of it: no review ends by itself.
        """
        citations = self.citations.all() if self.pk else ()
        return {
            "language": self.language,
            "title": self.title,
            "summary": self.summary,
            "body": self.body,
            "citations": [[each.title, each.publisher, each.url, str(each.accessed_on or "")] for each in citations],
            "hero": [self.hero.name, self.hero.alt, self.hero.credit] if self.hero else None,
            "rules": words_of(markup.rules_of(self.body), self.language),
        }

    def text_hash(self) -> str:
        return hash_of(self.text_read())

    @property
    def standing(self) -> Standing | None:
        """Of the text as it stands in this object; its reviews and citations are those stored."""
        return standing_of(self._reviews(), self.text_hash())

    def _reviews(self) -> list[Review]:
        """Its own, and those of the article whose next version it is: what was approved there is approved here."""
        if not self.pk:
            return []
        own = list(self.reviews.all())
        live = getattr(self, "revises", None)
        return sorted([*own, *live.reviews.all()], key=lambda each: each.pk) if live else own

    @property
    def is_reviewed(self) -> bool:
        """Whether a signed review that approves covers the text as it stands."""
        standing = self.standing
        return standing is not None and standing.is_signed

    def missing_review(self) -> list[str]:
        """What the text lacks to be published as reviewed, as sentences."""
        text = {**self.text_read(), "body": markup.clean(self.body)}
        reviews = self._reviews()
        standing = standing_of(reviews, hash_of(text))
        if standing is None:
            sent_back = [review for review in reviews if not review.is_approval]
            if sent_back and sent_back[-1].text_hash == hash_of(text):
                return [f"{sent_back[-1].signature} sent this text back. Mend it and have it reviewed again."]
            return ["Have a clinician review this text: nobody has approved it yet."]
        if standing.review.person_id and standing.review.person_id == self.author_id:
            return ["Have it reviewed by somebody who is not the author."]
        if standing.is_signed:
            return []
        who, day = standing.review.signature, f"{standing.review.reviewed_on:%B %-d, %Y}"
        if standing.is_current:
            return [f"Have it reviewed and signed: {who}, {day}, was recorded before reviews were signed."]
        return [f"Have it reviewed again: it changed since {who} reviewed it on {day}."]

    def refusal_to_lose_mark(self, was_sample: bool) -> str:
        """Why it has to stay marked as a sample, as a sentence; "" if it need not."""
        if not was_sample or self.is_sample or not (missing := self.missing_review()):
            return ""
        return f"It stays a sample until it is reviewed. {missing[0]}"

    # Whom readers are told of.

    @property
    def named_author(self) -> Byline | None:
        """Of a sample nobody, for nobody vouches for it yet."""
        if self.is_sample or self.author is None or self.author.is_placeholder:
            return None
        if self.is_out and self.byline_author:
            return Byline(self.byline_author, self.byline_credentials, self.byline_about)
        return self.author.byline

    def take_byline(self) -> None:
        """Name the author as that person is named now."""
        byline = self.author.byline if self.author else Byline("")
        self.byline_author, self.byline_credentials, self.byline_about = byline.name, byline.credentials, byline.about

    def keep_byline(self, old: dict | None) -> None:
        """When it comes out, or another person is named, the author's name as it is then. `old`: the stored row."""
        is_kept = old and old["status"] in self.OUT and old["author_id"] == self.author_id and self.byline_author
        if self.is_out and not is_kept:
            self.take_byline()
