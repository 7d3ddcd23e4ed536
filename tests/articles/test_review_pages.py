"""The page on which a review is signed, and what was typed before reviews were signed."""

import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Incomplete, Review
from core.form_drafts.models import FormDraft
from tests.articles.factories import (
    PictureFactory,
    make_account,
    make_article,
    make_person,
    make_review,
    make_reviewer,
)
from tests.articles.staff import editor, path_of
from tests.articles.test_admin import messages_of, save
from tests.articles.test_reviews import DOSE, change, draft, press, published, review_path
from tests.clinics.factories import RuleFactory

pytestmark = pytest.mark.django_db
STATED = "2026-11-30"


# The pages of the admin


def test_a_reviewer_reads_and_approves_on_one_page(client, django_user_model):
    article = draft(hero=PictureFactory(), body="<h2>Part</h2><p>Words.</p>")
    make_reviewer("Cara Lind", user=editor(client, django_user_model, "reviewer"))
    assert f'href="{review_path(article)}"' in client.get(path_of(article)).content.decode()
    html = client.get(review_path(article)).content.decode()
    for words in ("Words.", "At the top: A path through a wood", "Source 1", "I have reviewed this text: approve"):
        assert words in html
    answer = press(client, article, "approved", note="Well said.")
    assert "medical review: approved by Cara Lind, MD." in messages_of(answer)[0]
    assert "“Well said.”" in answer.content.decode()
    assert article.reviews.get().reviewer.username == "reviewer"


@pytest.mark.usefixtures("no_rule_is_remembered")
def test_the_page_shows_the_rules_in_the_language_that_is_signed(client, django_user_model):
    RuleFactory(key="invented", title_es="Una regla", text_en="Three days.", text_es="Tres días.")
    body = '<p>A</p><rule-block rule="invented"></rule-block><directory-block preset="doctors"></directory-block>'
    article = draft(language="es", body=body)
    editor(client, django_user_model, "reviewer")
    shown = client.get(review_path(article)).context["page_html"]
    assert "Tres días." in shown
    assert "Three days." not in shown
    assert "Your review" in client.get(review_path(article)).text, "the page around it is the admin's"
    article.language = "en"
    article.save()
    assert "Three days." in client.get(review_path(article)).context["page_html"]


@pytest.mark.parametrize("is_next_version", [False, True])
def test_the_page_reads_the_history_once_however_long_it_is(client, django_user_model, is_next_version):
    article = published(hero=PictureFactory())
    article = article.begin_next_version() if is_next_version else article
    make_reviewer("Cara Lind", user=editor(client, django_user_model, "reviewer"))
    counts = []
    for number in range(3):
        change(article, make_account("Tim Ash"), title=f"Title {number}", body=f"{DOSE}<p>{number}</p>")
        client.get(review_path(article))  # what is remembered for the next requests
        with CaptureQueriesContext(connection) as queries:
            assert "Changed by Tim Ash." in client.get(review_path(article)).text
        of_texts = [each["sql"] for each in queries if '"articles_historicalarticle"."body"' in each["sql"]]
        assert len(of_texts) == 1
        assert "replaced_by" not in of_texts[0]
        counts.append(len(queries))
    assert len(set(counts)) == 1
    of_reviews = [each["sql"] for each in queries if 'FROM "articles_review"' in each["sql"]]
    assert len(of_reviews) == (2 if is_next_version else 1), "its own, and those of the live article"


def test_a_note_is_kept_until_it_is_signed_and_by_reviewers_alone(client, django_user_model):
    article, page = draft(), str(uuid.uuid4())
    editor(client, django_user_model, "writer")
    address = f"{review_path(article)}form-drafts/"
    assert client.get(address).status_code == 403
    make_reviewer("Cara Lind", user=editor(client, django_user_model, "reviewer"))
    cara = django_user_model.objects.get(username="reviewer")
    content = {"fields": {"note": ["Name the dose."]}}
    sent = {"do": "keep", "user": cara.pk, "page": page, "revision": 1, "replaces": {}, "content": content}
    assert client.post(address, sent, content_type="application/json").status_code == 200
    press(client, article, "sent-back", _draft=page, _draft_revision="1")  # refused: there is no note
    assert [each["content"] for each in client.get(address).json()["drafts"]] == [content]
    press(client, article, "sent-back", note="Name the dose.", _draft=page, _draft_revision="1")
    assert not FormDraft.objects.exists()


def test_sending_back_needs_a_note(client, django_user_model):
    article = draft()
    make_reviewer("Cara Lind", user=editor(client, django_user_model, "reviewer"))
    assert messages_of(press(client, article, "sent-back")) == ["Say in the note what has to change."]
    press(client, article, "sent-back", note="The dose is wrong.")
    article.refresh_from_db()
    assert article.status == "draft"


def test_the_page_says_why_somebody_cannot_confirm_the_spelling(client, django_user_model):
    article = published()
    change(article, editor(client, django_user_model, "publisher"), title="Starting agan")
    page = client.get(review_path(article)).text
    assert "You cannot confirm this as spelling: You changed the text yourself: somebody else confirms it." in page


def test_the_page_refuses_a_text_that_changed_after_it_was_opened(client, django_user_model):
    article = draft()
    make_reviewer("Cara Lind", user=editor(client, django_user_model, "reviewer"))
    read = client.get(review_path(article)).context["text_hash"]
    change(article, body=DOSE)
    answer = client.post(review_path(article), {"action": "approved", "text_hash": read}, follow=True)
    assert messages_of(answer) == ["The text changed after you opened this page. Read it again as it is now."]
    assert not article.reviews.exists()


def test_the_page_takes_no_signature_without_the_text_that_was_read(client, django_user_model):
    article = draft()
    make_reviewer("Cara Lind", user=editor(client, django_user_model, "reviewer"))
    client.post(review_path(article), {"action": "approved"})
    assert not article.reviews.exists()


@pytest.mark.parametrize("group", ["writer", "publisher"])
def test_nobody_types_who_reviewed_an_article(client, django_user_model, group):
    article, editors = draft(), editor(client, django_user_model, group)
    save(client, article, reviewer=make_person("Ben Osei").pk, last_reviewed_on=STATED, title="Changed")
    article.refresh_from_db()
    assert (article.title, article.reviewer, article.last_reviewed_on) == ("Changed", None, None)
    assert article.history.first().history_user == editors


def test_a_writer_does_not_open_the_page_and_no_action_is_made_up(client, django_user_model):
    article = draft()
    editor(client, django_user_model, "writer")
    assert client.get(review_path(article)).status_code == 403
    client.logout()
    make_reviewer("Cara Lind", user=editor(client, django_user_model, "reviewer"))
    assert client.post(review_path(article), {"action": "byline"}).status_code == 403
    assert client.post(review_path(article), {"action": "anything"}).status_code == 403
    assert client.get("/admin/articles/article/99999/review/").status_code == 404


def test_an_old_version_is_restored_without_its_reviewer_and_its_mark(client, django_user_model):
    editor(client, django_user_model, "publisher")
    sample = make_article(is_sample=True, status="draft", publish_at=None, reviewer=None, last_reviewed_on=None)
    old = sample.history.first()
    type(old).objects.filter(pk=old.pk).update(
        is_sample=False, reviewer=make_person("Ben Osei"), last_reviewed_on=STATED
    )
    change(sample, body=DOSE)
    client.post(f"/admin/articles/article/{sample.pk}/history/{old.pk}/restore/")
    sample.refresh_from_db()
    assert sample.body != DOSE
    assert (sample.is_sample, sample.reviewer, sample.last_reviewed_on) == (True, None, None)


# Before reviews were signed


def test_the_migration_records_what_was_typed_for_the_text_as_it_stands():

    migration = import_module("articles.migrations.0017_reviews_recorded_before")
    live = make_article("Live", hero=PictureFactory(), body="<p>A <strong>word</strong>.</p>")
    make_article("Sample", is_sample=True)
    make_article("Draft", status="draft", publish_at=None)
    make_article("Placeholder", reviewer=make_person("Sample reviewer"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM articles_review")
    Article.objects.update(byline_author="")
    for _again in range(2):
        migration.keep_bylines(apps, None)
        migration.record_reviews(apps, None)
    [review] = Review.objects.all()
    live.refresh_from_db()
    assert (review.article, review.kind, review.name, review.reviewer) == (live, "recorded", "Ben Osei", None)
    assert live.standing.is_current
    assert not live.is_reviewed
    assert live.byline_author == "Ana Reyes"


def test_a_recorded_review_publishes_nothing():
    article = make_article(status="archived")
    Review.objects.all().delete()
    make_review(article, kind="recorded", reviewer=None)
    with pytest.raises(Incomplete, match="was recorded before reviews were signed"):
        article.publish()
