"""Sample articles, which no clinician has reviewed: readers of a public site see none unless an editor says so."""

import pytest
from django.contrib.auth.models import Group
from django.core.cache import caches

from articles import previews, starter
from articles.models import Article
from core import dashboard
from tests.articles.factories import make_article, make_person, make_review, make_topic
from tests.articles.staff import fields_of, path_of
from tests.articles.test_admin import save

pytestmark = pytest.mark.django_db
PUBLIC = "https://clinics.example.org"
PAGES = ("/", "/articles/", "/articles/?q=starting", "/articles/topics/relapse/", "/articles/feed/")
SITEMAPS = ("/sitemap-articles.xml", "/sitemap-topics.xml")


@pytest.fixture(autouse=True)
def nothing_is_remembered_of_the_latest_articles():
    caches["process"].clear()


@pytest.fixture
def public(settings):
    settings.SITE_URL = PUBLIC


@pytest.fixture
def sample():
    make_article("Another article", topics=[make_topic("paying")])
    return make_article("Starting again", is_sample=True, topics=[make_topic("relapse")])


def sign_in(client, django_user_model, group: str) -> None:
    user = django_user_model.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)


def names_it(client, path: str) -> bool:
    name = "/articles/topics/relapse/" if path == "/sitemap-topics.xml" else "/articles/starting-again/"
    return name in client.get(path).content.decode()


def pages_that_name_it(client) -> list[str]:
    caches["process"].clear()
    return [path for path in (*PAGES, *SITEMAPS) if names_it(client, path)]


def test_a_public_site_shows_readers_no_sample_anywhere(client, sample, public):
    assert pages_that_name_it(client) == []
    for path in ("/articles/starting-again/", "/articles/starting-again/comment/", "/es/articles/starting-again/"):
        assert client.get(path).status_code == 404, path
    other = client.get("/articles/another-article/")
    assert other.status_code == 200
    assert not names_it(client, "/articles/another-article/")


def test_a_site_of_a_developer_shows_samples(client, sample):
    assert pages_that_name_it(client) == [*PAGES, *SITEMAPS]
    assert client.get("/articles/starting-again/").status_code == 200


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("http://192.168.1.7", False),
        ("http://waypost:8000", False),
        ("http://waypost.local", False),
        ("https://waypost.test", False),
        ("https://waypost.example", False),
        ("", False),
        (PUBLIC, True),
        ("https://clinics.local.org", True),
        ("https://8.8.8.8", True),
    ],
)
def test_whether_a_site_is_public_is_said_by_its_address(settings, sample, address, is_public):
    settings.SITE_URL = address
    assert Article.objects.published().filter(pk=sample.pk).exists() is not is_public
    assert sample.is_public is not is_public


def test_an_editor_shows_a_sample_to_readers_of_a_public_site(client, django_user_model, sample, public):
    sign_in(client, django_user_model, "publisher")
    html = client.get(path_of(sample)).content.decode()
    assert "A sample that readers do not see" in html
    assert "or tick “show this sample to readers”" in html
    save(client, sample, shown_unreviewed="on")
    client.logout()
    assert pages_that_name_it(client) == [*PAGES, *SITEMAPS]
    assert "No clinician has reviewed this article yet." in client.get("/articles/starting-again/").content.decode()


def test_a_writer_cannot_decide_that_readers_see_an_unreviewed_text(client, django_user_model, public):
    draft = make_article(is_sample=True, status="draft", publish_at=None)
    sign_in(client, django_user_model, "writer")
    assert "shown_unreviewed" not in fields_of(client.get(path_of(draft)))
    save(client, draft, shown_unreviewed="on")
    draft.refresh_from_db()
    assert not draft.shown_unreviewed


def test_a_sample_that_a_clinician_reviewed_is_an_article_like_any_other(client, django_user_model, sample, public):
    sign_in(client, django_user_model, "publisher")
    data = fields_of(client.get(path_of(sample)))
    del data["is_sample"]
    html = client.post(path_of(sample), data).content.decode()
    assert "It stays a sample until it is reviewed. Have a clinician review this text" in html
    make_review(sample)
    client.post(path_of(sample), data)
    client.logout()
    html = client.get("/articles/starting-again/").content.decode()
    assert "Ana Reyes" in html
    assert "No clinician has reviewed" not in html


def test_a_sample_may_be_unsigned_and_nothing_else_may():
    sample = make_article(is_sample=True, author=None, reviewer=None, last_reviewed_on=None)
    assert sample.missing() == []
    sample.is_sample = False
    sample.status = "in-review"
    vouchers = ["Name an author.", "Have a clinician review this text: nobody has approved it yet."]
    assert sample.missing() == vouchers
    # As the starter articles were loaded before.
    sample.author, sample.reviewer = make_person("Sample author"), make_person("Sample reviewer")
    assert sample.missing() == vouchers


@pytest.mark.parametrize("is_sample", [True, False])
def test_readers_never_see_an_invented_author(client, is_sample):
    people = {"author": make_person("Sample author"), "reviewer": make_person("Sample reviewer")}
    make_article(is_sample=is_sample, **people)
    for path in ("/articles/starting-again/", "/articles/feed/", "/articles/"):
        assert "Sample" not in client.get(path).content.decode(), path
    html = client.get("/articles/starting-again/").content.decode()
    assert "By <strong>Waypost</strong>" in html
    assert "Medical review" not in html
    assert "<name>Waypost</name>" in client.get("/articles/feed/").content.decode()


def test_the_starter_articles_name_nobody_and_are_hidden_on_a_public_site(client, public):
    starter.load()
    assert Article.objects.filter(is_sample=True, author=None, reviewer=None).count() == Article.objects.count() > 0
    assert not Article.objects.published().exists()
    [article] = Article.objects.filter(slug="paying-for-treatment")
    assert "By <strong>Waypost</strong>" in client.get(previews.address_of(article)).content.decode()


def test_editors_are_told_how_many_samples_wait_for_a_review(sample):
    [queue] = [queue for queue in dashboard.queues() if queue.name == "article_sample"]
    assert queue.waiting()[0] == 1
    sample.archive()
    assert queue.waiting()[0] == 0


def test_an_old_version_that_was_shown_does_not_show_the_sample_again(client, sample, public, django_user_model):
    sign_in(client, django_user_model, "publisher")
    Article.objects.filter(pk=sample.pk).update(shown_unreviewed=True)
    sample.refresh_from_db()
    sample.save()
    shown = sample.history.first()
    sample.shown_unreviewed = False
    sample.save()
    client.post(f"/admin/articles/article/{sample.pk}/history/{shown.pk}/restore/")
    version = sample.next_version
    assert version.history.first().history_change_reason.startswith("Restored")
    assert not version.shown_unreviewed
    version.submit()
    version.publish()
    sample.refresh_from_db()
    assert not sample.shown_unreviewed
