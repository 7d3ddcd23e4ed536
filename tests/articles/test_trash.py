"""What is deleted can be had back; what is gone tells readers so."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.http import Http404
from django.utils import timezone

from articles import jobs, previews
from articles.models import Article, Comment, WrongStatus
from articles.views.reading import _elsewhere
from tests.articles.factories import make_article, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def spanish():
    return make_article("Empezar de nuevo", language="es")


def test_a_trashed_article_comes_back_archived_with_its_history_and_comments():
    article = make_article()
    Comment.objects.create(article=article, name="Sam", text="It helped me.")
    article.trash()
    assert (article.is_public, article.status_now) == (False, "in the trash")
    assert not Article.objects.published().exists()
    with pytest.raises(WrongStatus, match="in the trash"):
        article.publish()
    with pytest.raises(WrongStatus, match="already"):
        article.trash()
    article.take_out_of_trash()
    assert (article.status, article.comments.count(), article.history.count()) == ("archived", 1, 3)
    article.publish()
    assert article.is_public


def test_a_draft_that_nobody_read_comes_back_as_a_draft(client):
    article = make_article(status="scheduled", publish_at=timezone.now() + timedelta(days=1))
    article.trash()
    assert client.get("/articles/starting-again/").status_code == 404
    article.take_out_of_trash()
    assert (article.status, article.publish_at) == ("draft", None)
    with pytest.raises(WrongStatus):
        article.take_out_of_trash()


def test_the_trash_keeps_for_90_days_and_then_nothing_remains(client):
    article = make_article()
    article.begin_next_version()
    article.trash()
    with time_machine.travel(timezone.now() + timedelta(days=89)):
        assert jobs.empty_trash() == "0 articles deleted for good"
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert jobs.empty_trash() == "1 articles deleted for good"
        assert jobs.empty_trash() == "0 articles deleted for good"
    assert not Article.objects.exists()
    assert not Article.history.model.objects.exists()


def test_a_next_version_goes_to_the_trash_with_its_article_and_comes_back_by_itself():
    article = make_article()
    version = article.begin_next_version()
    version.submit()
    version.schedule(timezone.now() + timedelta(hours=1))
    Article.objects.get(pk=article.pk).trash()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert jobs.publish_next_versions() == "0 next versions published"
    version, article = Article.objects.get(pk=version.pk), Article.objects.get(pk=article.pk)
    assert version.status_now == "in the trash"
    assert version.history.first().history_change_reason == "Put into the trash with its article"
    with pytest.raises(WrongStatus, match="in the trash"):
        version.publish()
    with pytest.raises(WrongStatus, match="Its article is in the trash too"):
        version.take_out_of_trash()
    article.take_out_of_trash()
    assert article.next_version is None
    version = Article.objects.get(pk=version.pk)
    version.take_out_of_trash()
    assert (article.next_version, version.status_now) == (version, "draft")


@pytest.mark.parametrize("in_trash_for_days", [None, 10])
def test_no_next_version_is_deleted_with_its_article_before_its_own_time(in_trash_for_days):
    """As rows are from before a next version went to the trash with its article."""
    article = make_article()
    version = article.begin_next_version()
    days = timezone.now() - timedelta(days=in_trash_for_days or 0)
    Article.objects.filter(pk=article.pk).update(trashed_at=timezone.now() - timedelta(days=91))
    Article.objects.filter(pk=version.pk).update(trashed_at=in_trash_for_days and days)
    assert jobs.empty_trash() == "0 articles deleted for good"
    assert version.history.count() == 1
    Article.objects.filter(pk=version.pk).update(trashed_at=timezone.now() - timedelta(days=91))
    assert jobs.empty_trash() == "1 articles deleted for good"
    assert not Article.objects.exists()


def test_an_article_that_cannot_be_deleted_keeps_no_other_one_in_the_trash(caplog):
    faulty, other = make_article("Faulty"), make_article("Other")
    for article in (faulty, other):
        article.trash()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_faulty() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'faulty' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse_faulty BEFORE DELETE ON articles_article FOR EACH ROW"
            " WHEN (OLD.title = 'Faulty') EXECUTE FUNCTION refuse_faulty()"
        )
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert jobs.empty_trash() == "1 articles deleted for good"
    assert list(Article.objects.all()) == [faulty]
    assert f"Article {faulty.pk} stays in the trash" in caplog.text


@pytest.mark.parametrize("go", [Article.archive, Article.trash])
def test_readers_of_what_is_gone_are_told_and_led_on(client, go):
    topic = make_topic("family", name="Family")
    make_article("Still here", topics=[topic])
    newer = make_article("The newer one")
    article = make_article(replaced_by=newer, slug="old-address")
    article.slug = "starting-again"
    article.save()
    go(article)
    for path in ("/articles/starting-again/", "/articles/old-address/"):
        answer = client.get(path)
        assert answer.status_code == 410
        assert "This article is no longer shown" in answer.text
        assert 'href="/articles/the-newer-one/"' in answer.text
        assert 'href="/articles/topics/family/"' in answer.text
        assert 'name="q"' in answer.text
        assert 'content="noindex"' in answer.text
        assert "Starting again" not in answer.text
        assert not answer.cookies
    newer.archive()
    assert "the-newer-one" not in client.get("/articles/starting-again/").text


def test_spanish_readers_are_told_in_spanish(client, spanish):
    newer = make_article("The newer one")
    make_article("El nuevo", language="es", translation_of=newer)
    spanish.replaced_by = newer
    spanish.archive()
    answer = client.get("/es/articles/empezar-de-nuevo/")
    assert answer.status_code == 410
    assert 'lang="es"' in answer.text
    assert 'href="/es/articles/el-nuevo/"' in answer.text


def test_a_sample_that_no_reader_of_a_public_site_saw_is_not_told_of(client, settings):
    settings.SITE_URL = "https://waypost.org"
    make_article(is_sample=True).archive()
    assert client.get("/articles/starting-again/").status_code == 404


def test_an_article_is_shown_until_its_time_and_then_gone(client):
    until = timezone.now() + timedelta(hours=1)
    article = make_article(unpublish_at=until)
    with time_machine.travel(until - timedelta(seconds=1), tick=False):
        assert client.get("/articles/starting-again/").status_code == 200
        assert article.is_public
    with time_machine.travel(until + timedelta(seconds=1), tick=False):
        assert client.get("/articles/starting-again/").status_code == 410
        assert "Starting again" not in client.get("/articles/").text
        assert (article.is_public, article.status_now) == (False, "no longer shown")
        article.archive()
        with pytest.raises(WrongStatus, match="Shown until"):
            article.publish()


def test_an_article_whose_time_comes_while_it_is_looked_up_does_not_lead_to_itself(rf):
    article = make_article()
    with pytest.raises(Http404):
        _elsewhere(rf.get(article.get_absolute_url()), article.slug)


def test_an_article_is_not_scheduled_for_after_its_end():
    article = make_article(status="in-review", publish_at=None, unpublish_at=timezone.now() + timedelta(hours=1))
    with pytest.raises(WrongStatus, match="Shown until"):
        article.schedule(timezone.now() + timedelta(hours=2))


@pytest.mark.parametrize("end", ["trash", "archive"])
def test_a_private_link_to_what_was_taken_away_shows_nothing_then_or_later(client, end):
    article = make_article()
    version = article.begin_next_version()
    links = [previews.address_of(article), previews.address_of(version)]
    assert [client.get(link).status_code for link in links] == [200, 200]
    getattr(article, end)()
    assert client.get(links[0]).status_code == 410
    assert client.get(previews.address_of(article)).status_code == 410
    assert client.get(links[1]).status_code == (410 if end == "trash" else 200), "a mended text is written in it"
    if end == "trash":
        article.take_out_of_trash()
    article.send_back()
    assert client.get(links[0]).status_code == 410
    assert client.get(previews.address_of(article)).status_code == 200


def test_a_private_link_to_a_trashed_draft_shows_nothing(client):
    article = make_article(status="draft", publish_at=None)
    link = previews.address_of(article)
    article.trash()
    assert client.get(link).status_code == 410
