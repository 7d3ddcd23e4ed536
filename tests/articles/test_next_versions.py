"""The live text stays while the next one is written, and is replaced as a whole."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from articles import jobs
from articles.models import Article, Comment, Incomplete, Outdated, SlugRedirect, WrongStatus
from core import queue
from core.clock import WAITS
from tests.articles.factories import make_article, make_review, make_topic

pytestmark = pytest.mark.django_db
PAGES = ("/articles/", "/articles/starting-again/", "/articles/feed/", "/articles/?q=lost", "/sitemap-articles.xml")


def public_bytes(client) -> list[bytes]:
    return [client.get(path).content for path in PAGES]


def begun(article, **changes) -> Article:
    """The next version of an article, reviewed and in review, with changes."""
    version = article.begin_next_version()
    for name, value in changes.items():
        setattr(version, name, value)
    version.save()
    make_review(version)
    version.submit()
    return version


def test_a_next_version_is_a_copy_with_all_its_parts():
    article = make_article(citations=2, topics=[make_topic()])
    article.related.add(make_article("Other"))
    version = article.begin_next_version()
    assert (version.title, version.slug, version.body, version.author) == (
        *(article.title, article.slug, article.body, article.author),
    )
    assert [each.title for each in version.citations.all()] == ["Source 1", "Source 2"]
    assert list(version.topics.all()) == list(article.topics.all())
    assert list(version.related.all()) == list(article.related.all())
    assert (version.status, version.publish_at, version.history.count()) == ("draft", None, 1)
    assert len(version.history.get().citations) == 2


def test_an_article_has_one_next_version_at_a_time():
    article = make_article()
    assert article.begin_next_version() == article.begin_next_version()
    with pytest.raises(WrongStatus, match="change the article itself"):
        make_article("A draft", status="draft", publish_at=None).begin_next_version()


def test_the_bytes_that_readers_get_are_the_same_until_publication_and_new_after_it(client):
    topic = make_topic()
    article = make_article(topics=[topic])
    before = public_bytes(client)
    version = begun(article, title="A new start", body="<p>Nothing is lost.</p>")
    version.topics.clear()
    version.citations.all().delete()
    version.citations.create(title="New source", publisher="NIDA")
    make_review(version)
    assert public_bytes(client) == before
    assert Article.objects.published().count() == 1
    version.publish()
    page = client.get("/articles/starting-again/").text
    assert "A new start" in page
    assert "Nothing is lost." in page
    assert "New source" in page
    assert "Source 1" not in page
    assert not article.topics.exists()


def test_publishing_keeps_number_date_comments_and_addresses_and_adds_one_revision(client, django_user_model):
    article = make_article(slug="old-address")
    Comment.objects.create(article=article, name="Sam", text="It helped me.", status="approved")
    revisions = article.history.count()
    version = begun(article, slug="new-address", summary="Another summary.")
    revisions += version.history.count()
    version._history_user = editor = django_user_model.objects.create_user("eve")
    version._change_reason = "Publish over the live article"
    version.publish()
    assert list(Article.objects.all()) == [article]
    before = article.publish_at
    article.refresh_from_db()
    assert (article.slug, article.publish_at, article.comments.count()) == ("new-address", before, 1)
    assert client.get("/articles/old-address/")["Location"] == "/articles/new-address/"
    assert article.history.count() == revisions + 1
    newest = article.history.first()
    assert (newest.history_user, newest.history_change_reason) == (editor, "Publish over the live article")
    assert [row["title"] for row in newest.citations] == ["Source 1"]


def test_an_incomplete_next_version_is_refused_and_a_draft_one_too():
    version = make_article().begin_next_version()
    with pytest.raises(WrongStatus, match="The article is draft"):
        version.publish()
    version.submit()
    version.citations.all().delete()
    with pytest.raises(Incomplete, match="Cite at least one source"):
        version.publish()
    assert Article.objects.count() == 2


def test_a_live_article_that_changed_meanwhile_is_not_overwritten_unless_that_is_wanted():
    article = make_article()
    version = begun(article, title="Mine")
    article.title, article.version = "Theirs", article.version + 1
    article.save()
    version = Article.objects.get(pk=version.pk)
    with pytest.raises(Outdated, match="changed after this version was begun"):
        version.publish()
    with pytest.raises(Outdated):
        version.schedule(timezone.now() + timedelta(days=1))
    article.refresh_from_db()
    assert article.title == "Theirs"
    version.accept_live_changes()
    Article.objects.get(pk=version.pk).publish()
    article.refresh_from_db()
    assert article.title == "Mine"
    assert "Theirs" in article.history.values_list("title", flat=True)


def test_two_articles_never_have_one_address():
    article, other = make_article(), make_article("Other")
    version = article.begin_next_version()
    version.clean()  # that of its own article
    version.slug = other.slug
    with pytest.raises(ValidationError, match="Another article has this address"):
        version.clean()
    version.slug = "wanted"
    version.save()
    with pytest.raises(ValidationError, match="Another article has this address"):
        Article(title="X", slug="wanted", summary="S").clean()
    assert not SlugRedirect.objects.exists()


def test_a_scheduled_next_version_comes_by_itself_within_a_minute(client):
    article = make_article()
    version = begun(article, title="A new start")
    when = timezone.now() + timedelta(hours=1)
    version.schedule(when)
    with time_machine.travel(when - timedelta(seconds=1), tick=False):
        assert jobs.publish_next_versions() == "0 next versions published"
        assert "Starting again" in client.get("/articles/starting-again/").text
    with time_machine.travel(when + timedelta(seconds=1), tick=False):
        assert list(Article.objects.published()) == [article]  # and not the next version beside it
        assert jobs.publish_next_versions() == "1 next versions published"
        assert jobs.publish_next_versions() == "0 next versions published"
    article.refresh_from_db()
    assert (article.title, Article.objects.count()) == ("A new start", 1)
    assert article.history.first().history_change_reason == "Next version published at its time"


def test_a_reader_who_comes_before_the_job_gets_the_scheduled_version(client):
    version = begun(make_article(), title="A new start")
    when = timezone.now() + timedelta(hours=1)
    version.schedule(when)
    with time_machine.travel(when + timedelta(seconds=1), tick=False):
        assert "<h1>A new start</h1>" in client.get("/articles/starting-again/").text
        assert jobs.publish_next_versions() == "0 next versions published"


def test_by_a_clock_that_jumped_no_next_version_goes_out_and_nothing_is_deleted_for_good(client):
    version = begun(make_article(), title="A new start")
    version.schedule(timezone.now() + timedelta(hours=1))
    make_article("Thrown away").trash()
    queue.look()
    with time_machine.travel(timezone.now() + timedelta(days=365), tick=False):
        assert (jobs.publish_next_versions(), jobs.empty_trash()) == (WAITS, WAITS)
        assert "A new start" not in client.get("/articles/starting-again/").text
    assert Article.objects.count() == 3


def test_what_cannot_go_out_at_its_time_goes_back_to_review_and_says_why():
    article = make_article()
    version = begun(article, title="A new start")
    when = timezone.now() + timedelta(hours=1)
    version.schedule(when)
    article.version += 1
    article.save()
    with time_machine.travel(when + timedelta(seconds=1), tick=False):
        assert jobs.publish_next_versions() == "0 next versions published"
    version.refresh_from_db()
    assert (version.status, version.publish_at) == ("in-review", None)
    assert "Not published at its time: The live article was changed" in version.history.first().history_change_reason
    article.refresh_from_db()
    assert article.title == "Starting again"


def test_a_next_version_whose_address_was_taken_goes_back_to_review_and_stops_no_other(caplog):
    when = timezone.now() + timedelta(hours=1)
    for title in ("First", "Second"):
        version = begun(make_article(title), title=f"{title}, anew")
        version.schedule(when)
    faulty = Article.objects.get(title="First, anew")
    make_article("Other", slug="wanted")
    Article.objects.filter(pk=faulty.pk).update(slug="wanted")
    with time_machine.travel(when + timedelta(seconds=1), tick=False):
        assert jobs.publish_next_versions() == "1 next versions published"
        assert jobs.publish_next_versions() == "0 next versions published"
    faulty.refresh_from_db()
    assert (faulty.status, faulty.publish_at) == ("in-review", None)
    why = "Not published at its time: Another article has this address."
    assert faulty.history.first().history_change_reason == why
    said = [each.getMessage() for each in caplog.records if each.name == "articles.jobs"]
    assert said == [f"Next version {faulty.pk} was not published and goes back to review"]
    assert set(Article.objects.published().values_list("title", flat=True)) == {"First", "Second, anew", "Other"}
