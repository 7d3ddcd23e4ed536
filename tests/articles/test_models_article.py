from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from articles.models import Article, Incomplete, WrongStatus
from tests.articles.factories import make_article, make_person

pytestmark = pytest.mark.django_db


def test_a_draft_goes_through_review_to_readers_and_into_the_archive():
    article = make_article(status="draft", publish_at=None)
    article.submit()
    assert article.status_now == "in review"
    article.publish()
    assert article.is_public
    assert list(Article.objects.published()) == [article]
    article.archive()
    assert not Article.objects.published().exists()


def test_a_scheduled_article_appears_at_its_time_without_a_job():
    article = make_article(status="in-review", publish_at=None)
    article.schedule(timezone.now() + timedelta(minutes=10))
    with time_machine.travel(timezone.now() + timedelta(minutes=9)):
        assert not Article.objects.published().exists()
        assert article.status_now == "scheduled"
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert list(Article.objects.published()) == [article]
        assert article.status_now == "published"


@pytest.mark.parametrize(
    ("lack", "sentence"),
    [
        ({"author": None}, "Name an author."),
        ({"reviewer": None}, "Have a clinician review this text: nobody has approved it yet."),
        ({"last_reviewed_on": None}, "Have a clinician review this text: nobody has approved it yet."),
        ({"citations": 0}, "Cite at least one source."),
        ({"body": ""}, "Write the text."),
        (
            {"body": '<p>A</p><img src="/pictures/0123456789abcdef-64x48.jpg" alt=" ">'},
            "Describe each picture in the text: 1 without an alternative text.",
        ),
        ({"body": '<p><a href="">Call them</a></p>'}, "Give the link “Call them” an address."),
        ({"body": '<p>A</p><p><a href="/find/detox/"> </a></p>'}, "Remove the link without words."),
    ],
)
def test_publishing_an_incomplete_article_is_refused_with_a_sentence(lack, sentence):
    article = make_article(status="in-review", publish_at=None, **lack)
    with pytest.raises(Incomplete) as refused:
        article.publish()
    assert refused.value.missing == [sentence]
    with pytest.raises(Incomplete):
        article.schedule(timezone.now() + timedelta(days=1))
    article.refresh_from_db()
    assert article.status == "in-review"


def test_nobody_reviews_their_own_article():
    article = make_article(status="in-review", publish_at=None, reviewer=make_person("Ana Reyes"))
    assert article.missing() == ["Have it reviewed by somebody who is not the author."]


def test_a_draft_cannot_be_published_without_a_review():
    article = make_article(status="draft", publish_at=None)
    with pytest.raises(WrongStatus, match="The article is draft"):
        article.publish()
    with pytest.raises(WrongStatus):
        article.archive()


def test_an_article_cannot_be_scheduled_in_the_past():
    article = make_article(status="in-review", publish_at=None)
    with pytest.raises(WrongStatus, match="still to come"):
        article.schedule(timezone.now() - timedelta(minutes=1))


def test_an_archived_article_that_is_published_again_keeps_its_first_date():
    first = timezone.now() - timedelta(days=100)
    article = make_article(publish_at=first)
    article.archive()
    article.publish()
    assert article.publish_at == first


def test_a_new_slug_leaves_a_permanent_redirect_that_keeps_the_query(client):
    article = make_article(slug="old-address")
    article.slug = "new-address"
    article.save()
    answer = client.get("/articles/old-address/?near=02139")
    assert (answer.status_code, answer["Location"]) == (301, "/articles/new-address/?near=02139")
    other = Article(title="Other", slug="old-address", summary="S")
    with pytest.raises(ValidationError, match="Another article had this address"):
        other.clean()
    article.slug = "old-address"
    article.save()
    assert client.get("/articles/old-address/").status_code == 200
    assert client.get("/articles/new-address/")["Location"] == "/articles/old-address/"


def test_every_save_cleans_the_text():
    article = make_article(body="<p onclick=alert(1)>Hello<script>alert(2)</script></p>")
    assert article.body == "<p>Hello</p>"
