"""A medical review is signed by the reviewer's own account, for one text; a changed text is not a reviewed one."""

import json
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from articles.models import Article, Incomplete, Picture, Refused, Review
from articles.models.reviews import year_after
from tests.articles.factories import (
    PictureFactory,
    make_account,
    make_article,
    make_person,
    make_review,
    make_reviewer,
)
from tests.articles.staff import editor, fields_of, path_of
from tests.articles.test_admin import save

pytestmark = pytest.mark.django_db
DOSE = "<p>Take 100 mg of methadone after a break.</p>"
LANGUAGES = ("en", "es")


def review_path(article) -> str:
    return f"/admin/articles/article/{article.pk}/review/"


def draft(**fields) -> Article:
    """Handed in by a writer, never reviewed."""
    return make_article(status="in-review", publish_at=None, reviewer=None, last_reviewed_on=None, **fields)


def change(article, user=None, **fields) -> Article:
    for name, value in fields.items():
        setattr(article, name, value)
    article._history_user = user
    article.save()
    return article


def press(client, article, action: str, **fields):
    """A button of the page of the review, with the text that the page shows."""
    shown = client.get(review_path(article))
    return client.post(
        review_path(article), {"action": action, "text_hash": shown.context["text_hash"], **fields}, follow=True
    )


def published(language="en", **fields) -> Article:
    """Of Ana Reyes, reviewed by Ben Osei, MD, with his own account."""
    reviewer = make_reviewer("Ben Osei")
    article = draft(language=language, **fields)
    Review.objects.sign(article, reviewer, "approved")
    article.refresh_from_db()
    article.publish()
    return article


class Told:
    """What readers, search engines and programs that read the feed are told of a review."""

    def __init__(self, client, article):
        html = client.get(article.get_absolute_url()).content.decode()
        self.language = article.language
        self.byline = " ".join(re.search(r'class="byline">(.*?)</div>', html, re.DOTALL)[1].split())
        self.json_ld = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])
        self.feed = client.get(
            "/es/articles/feed/" if article.language == "es" else "/articles/feed/"
        ).content.decode()

    def text(self, template: str, **parts) -> str:
        with override(self.language):
            return gettext(template) % parts

    @property
    def is_reviewed(self) -> set[bool]:
        """One value if all three agree."""
        line = self.text("Medical review:")
        return {line in self.byline, "reviewedBy" in self.json_ld, "lastReviewed" in self.json_ld, line in self.feed}


# Who may sign


def test_a_signed_review_names_who_read_which_text_on_which_day():
    reviewer, article = make_reviewer("Ben Osei"), draft()
    review = Review.objects.sign(article, reviewer, "approved", "Well said.")
    article.refresh_from_db()
    assert (review.reviewer, review.signature, review.note) == (reviewer, "Ben Osei, MD", "Well said.")
    assert review.text_hash == article.text_hash()
    assert review.text["body"] == "<p>You have not lost everything.</p>"
    assert re.fullmatch("[0-9a-f]{64}", review.text_hash)
    assert (article.reviewer.name, article.last_reviewed_on) == ("Ben Osei", timezone.localdate())
    assert article.review_due_on == year_after(timezone.localdate())
    assert "Medical review: approved by Ben Osei, MD" in [row.history_change_reason for row in article.history.all()]


@pytest.mark.parametrize(("day", "due"), [((2026, 12, 1), (2027, 12, 1)), ((2028, 2, 29), (2029, 2, 28))])
def test_a_review_is_due_again_after_a_year(day, due):
    assert year_after(date(*day)) == date(*due)


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("writer", "Only reviewers"),
        ("without a person", "record your credentials"),
        ("without a record", "record your credentials"),
        ("the author", "You are the author"),
        ("who began it", "You began this article"),
        ("who changed it last", "You wrote in this text"),
        ("whose account is closed", "Only reviewers"),
    ],
)
def test_nobody_else_signs(who, sentence):
    article, user = draft(), make_account("Cara Lind", "writer" if who == "writer" else "reviewer")
    if who not in ("without a person", "without a record"):
        make_reviewer("Cara Lind", user=user)
    if who == "without a record":
        person = make_person("Cara Lind")
        person.user, person.credentials = user, "MD"
        person.save()
    if who == "the author":
        article.author = make_person("Cara Lind")
        article.save()
    if who == "who began it":
        article.history.update(history_user=user)
    if who == "who changed it last":
        change(article, user, body=DOSE)
    if who == "whose account is closed":
        user.is_active = False
        user.save()
    with pytest.raises(Refused, match=sentence):
        Review.objects.sign(article, user, "approved")
    assert not article.reviews.exists()


def test_a_publisher_alone_cannot_write_review_and_publish(client, django_user_model):
    publisher = make_reviewer("Pat Lee", user=editor(client, django_user_model, "publisher"))
    make_person("Ana Reyes")
    data = fields_of(client.get("/admin/articles/article/add/"))
    data |= {"title": "Mine", "slug": "mine", "summary": "S", "body": "<p>Alone.</p>", "_step_submit": "x"}
    data |= {"author": make_person("Ana Reyes").pk, "citations-TOTAL_FORMS": 1}
    data |= {"citations-0-title": "T", "citations-0-publisher": "P", "citations-0-position": 0}
    client.post("/admin/articles/article/add/", data)
    article = Article.objects.get()
    assert article.status == "in-review"
    answer = press(client, article, "approved")
    assert "You began this article: somebody else reviews it." in answer.content.decode()
    save(client, article, _step_publish="x")
    article.refresh_from_db()
    assert article.status == "in-review"
    assert not Review.objects.filter(reviewer=publisher).exists()


def test_nobody_records_their_own_credentials():
    user = make_account("Ada Admin")
    with pytest.raises(ValueError, match="Nobody records their own"):
        make_reviewer("Ada Admin", user=user)


def test_a_review_is_never_edited_by_anything():
    article = published()
    [review] = article.reviews.all()
    review.name = "Somebody else"
    with pytest.raises(Refused, match="not edited"):
        review.save()
    with pytest.raises(Refused, match="stays"):
        review.delete()
    with pytest.raises(IntegrityError, match="a review is signed"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(name="Somebody else")
    other = make_article("The live one")
    Review.objects.filter(pk=review.pk).update(article=other)  # as a next version does that becomes the live one
    assert other.reviews.filter(name="Ben Osei").count() == 2


# What publishing needs


def test_publishing_needs_a_review_of_this_very_text():
    article, reviewer = draft(), make_reviewer()
    with pytest.raises(Incomplete, match="nobody has approved it yet"):
        article.publish()
    Review.objects.sign(article, reviewer, "approved")
    article.refresh_from_db()
    change(article, body=DOSE)
    with pytest.raises(Incomplete, match="it changed since Ben Osei, MD reviewed it"):
        article.publish()
    Review.objects.sign(article, reviewer, "approved")
    article.refresh_from_db()
    article.publish()
    assert article.is_public


@pytest.mark.parametrize(
    "what", ["title", "summary", "body", "citation", "publisher", "url", "alt", "alt inside", "hero"]
)
def test_each_part_of_what_is_read_is_covered(what):
    inside = '<p>A</p><figure><img src="/pictures/0123456789abcdef-64x48.jpg" alt="A door"></figure>'
    article = draft(body=inside, hero=PictureFactory())
    before = article.text_hash()
    citation = article.citations.get()
    match what:
        case "title" | "summary":
            setattr(article, what, "Another")
        case "body":
            article.body = inside.replace("<p>A</p>", "<p>B</p>")
        case "alt inside":
            article.body = inside.replace("A door", "A wall")
        case "alt":
            Picture.objects.update(alt="Another path")
        case "hero":
            article.hero = PictureFactory()
        case _:
            setattr(citation, {"citation": "title"}.get(what, what), "https://www.cdc.gov/")
            citation.save()
    article.save()
    assert Article.objects.get(pk=article.pk).text_hash() != before


def test_what_no_reviewer_reads_withdraws_nothing():
    article = published()
    change(article, comments_open=False, review_due_on=None, slug="another-address")
    assert article.is_reviewed


def test_a_text_that_was_sent_back_is_not_published_and_returns_to_its_writer():
    article = draft()
    Review.objects.sign(article, make_reviewer("Cara Lind"), "approved")
    Review.objects.sign(article, make_reviewer("Ben Osei"), "sent-back", "The dose is wrong.")
    article.refresh_from_db()
    assert (article.status, article.standing) == ("draft", None)
    article.submit()
    with pytest.raises(Incomplete, match="Ben Osei, MD sent this text back"):
        article.publish()


def test_a_scheduled_text_that_changes_does_not_come_out_unreviewed():
    article = draft()
    Review.objects.sign(article, make_reviewer(), "approved")
    article.refresh_from_db()
    article.schedule(timezone.now() + timedelta(hours=1))
    article.citations.update(title="Another source")
    article.save()
    assert (article.status, article.publish_at) == ("in-review", None)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert not Article.objects.published().exists()


def test_a_signature_for_a_text_that_changed_meanwhile_is_refused():
    article, reviewer = draft(), make_reviewer()
    read = article.text_hash()
    change(article, body=DOSE)
    with pytest.raises(Refused, match="changed after you opened"):
        Review.objects.sign(article, reviewer, "approved", text_hash=read)


# What readers are told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_change_withdraws_the_review_at_once_from_the_page_the_data_and_the_feed(client, language):
    article = published(language)
    assert Told(client, article).is_reviewed == {True}
    change(article, body=DOSE)
    told = Told(client, article)
    assert told.is_reviewed == {False}
    with override(language):
        day = date_format(timezone.localdate())
    line = "Reviewed on %(day)s by %(who)s; changed since then."
    assert told.text(line, day=day, who="Ben Osei, MD") in told.byline
    Review.objects.sign(article, make_reviewer("Ben Osei"), "approved")
    assert Told(client, article).is_reviewed == {True}


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_alternative_text_of_the_picture_at_the_top_withdraws_it_too(client, language):
    article = published(language, hero=PictureFactory())
    assert Told(client, article).is_reviewed == {True}
    Picture.objects.update(alt="Another path")
    assert Told(client, article).is_reviewed == {False}


def test_the_former_text_is_reviewed_again_when_it_is_restored(client):
    article = published()
    before = article.body
    assert Told(client, change(article, body=DOSE)).is_reviewed == {False}
    assert Told(client, change(article, body=before)).is_reviewed == {True}


def test_a_reviewer_withdraws_the_line_of_a_live_article(client, django_user_model):
    article = published()
    make_reviewer("Cara Lind", user=editor(client, django_user_model, "reviewer"))
    press(client, article, "sent-back", note="Outdated.")
    told = Told(client, article)
    assert told.is_reviewed == {False}
    assert "Reviewed on" not in told.byline
    assert client.get(article.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_typed_before_reviews_were_signed_is_told_as_that(client, language):
    article = make_article(language=language)
    Review.objects.all().delete()
    make_review(article, kind="recorded", reviewer=None)
    told = Told(client, article)
    assert told.text("Medical review recorded before signatures:") in told.byline
    assert told.is_reviewed == {False}
    change(article, body=DOSE)
    assert told.text("Medical review recorded before signatures:") not in Told(client, article).byline


# Spelling only


def test_spelling_is_confirmed_by_a_second_person_and_logged_with_both_names(client, django_user_model):
    article = published()
    typist = make_account("Tim Ash", "publisher")
    change(article, typist, body="<p>You have not lost everythin.</p>")
    editor(client, django_user_model, "publisher")
    html = client.get(review_path(article)).content.decode()
    assert "<del>everything.</del>" in html
    assert "Changed by Tim Ash." in html
    press(client, article, "spelling")
    told = Told(client, article)
    assert told.is_reviewed == {True}
    assert "Ben Osei, MD" in told.byline
    history = client.get(path_of(article, "history")).content.decode()
    assert "Spelling only: changed by Tim Ash, confirmed by publisher" in history
    review = article.reviews.last()
    assert (review.kind, review.name, review.changed_by) == ("spelling", "publisher", "Tim Ash")
    assert Told(client, change(article, typist, body=DOSE)).is_reviewed == {False}


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("a writer", "Only reviewers and publishers"),
        ("who changed it", "somebody else confirms it"),
        ("nobody known changed it", "Nobody knows who changed"),
        ("unchanged", "Nothing changed"),
        ("never reviewed", "no signed review"),
        ("another alternative text", "alternative text changed"),
        ("one of two who changed it", "somebody else confirms it"),
    ],
)
def test_spelling_is_not_confirmed(case, sentence):
    article = draft(hero=PictureFactory()) if case == "never reviewed" else published(hero=PictureFactory())
    user = make_account("Tim Ash", "writer" if case == "a writer" else "publisher")
    other = make_account("Uma Roy", "publisher")
    if case == "one of two who changed it":
        change(article, user, body="<p>You have nt lost everything.</p>")
    if case not in ("unchanged", "never reviewed", "another alternative text"):
        who = {"who changed it": user, "nobody known changed it": None}.get(case, other)
        change(article, who, body="<p>You have not lost everythin.</p>")
    if case == "another alternative text":
        Picture.objects.update(alt="Another path")
    with pytest.raises(Refused, match=sentence):
        Review.objects.confirm_spelling(Article.objects.get(pk=article.pk), user)


# Samples


def test_a_sample_keeps_its_mark_until_it_is_reviewed():
    sample = make_article(is_sample=True)
    sample.is_sample = False
    with pytest.raises(ValidationError, match="It stays a sample until it is reviewed"):
        sample.clean()
    with pytest.raises(Incomplete, match="It stays a sample"):
        sample.save()
    assert sample.refusal_to_lose_mark(was_sample=True)
    assert not sample.refusal_to_lose_mark(was_sample=False)
    assert Article.objects.get().is_sample
    Review.objects.sign(sample, make_reviewer(), "approved")
    sample.clean()
    sample.save()
    assert not Article.objects.get().is_sample


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_feed_of_samples_claims_no_review(client, language):
    told = Told(client, make_article(is_sample=True, language=language))
    assert told.is_reviewed == {False}
    assert told.text("No clinician has reviewed this article yet.") in told.byline
    with override(language):
        assert re.search("<title>(.*?)</title>", told.feed)[1] == f"Waypost: {gettext('Articles')}"
    assert "evie" not in told.feed.split("<entry>")[0]
