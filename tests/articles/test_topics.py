"""Topics: a page each in both languages, a list of all, and the hashtags that lead to them."""

import re

import pytest

from articles import starter
from articles.models import Topic
from articles.models.topics import hashtag
from tests.articles.factories import make_article, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    """With an article in each language."""
    topic = make_topic(
        "relapse",
        name="Return to use",
        name_es="Volver a consumir",
        description="There is a next step.",
        description_es="Hay un paso siguiente.",
        hashtags=["recaida"],
    )
    make_article("Starting again", topics=[topic])
    make_article("De nuevo", language="es", topics=[topic])
    return topic


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize(
    ("path", "title", "description"),
    [
        ("/articles/topics/relapse/", "Return to use · Waypost", "There is a next step."),
        ("/es/articles/topics/relapse/", "Volver a consumir · Waypost", "Hay un paso siguiente."),
    ],
)
def test_each_language_has_a_page_with_its_own_title_and_names_the_other(client, topic, path, title, description):
    html = page(client, path)
    assert re.search("<title>(.*?)</title>", html)[1] == title
    assert f'<meta name="description" content="{description}">' in html
    assert f'<link rel="canonical" href="http://testserver{path}">' in html
    for language, address in (("en", "/articles/topics/relapse/"), ("es", "/es/articles/topics/relapse/")):
        assert f'hreflang="{language}" href="http://testserver{address}"' in html


def test_a_topic_without_articles_in_a_language_is_no_dead_end_there_and_not_indexed(client):
    make_article("Starting again", topics=[make_topic("relapse")])
    assert "X-Robots-Tag" not in client.get("/articles/topics/relapse/")
    assert 'hreflang="x-default"' not in page(client, "/articles/topics/relapse/")
    answer = client.get("/es/articles/topics/relapse/")
    assert answer["X-Robots-Tag"] == "noindex"
    assert 'href="/es/find/doctors/"' in answer.content.decode()
    sitemap = page(client, "/sitemap-topics.xml")
    assert "<loc>http://testserver/articles/topics/relapse/</loc>" in sitemap
    assert "/es/articles/topics/relapse/" not in sitemap


def test_the_sitemap_names_a_topic_in_both_languages(client, topic):
    sitemap = page(client, "/sitemap-topics.xml")
    for address in ("/articles/topics/relapse/", "/es/articles/topics/relapse/"):
        assert f"<loc>http://testserver{address}</loc>" in sitemap
    lists = page(client, "/sitemap-article-list.xml")
    for address in ("/articles/", "/es/articles/", "/articles/topics/", "/es/articles/topics/"):
        assert f"<loc>http://testserver{address}</loc>" in lists


def test_all_topics_stand_on_one_page_in_the_readers_language(client, topic):
    make_topic("empty")
    html = page(client, "/articles/topics/?near=21202")
    assert 'href="/articles/topics/relapse/?near=21202"' in html
    assert "1 article" in html
    assert "/topics/empty/" not in html
    assert "Volver a consumir" in page(client, "/es/articles/topics/")
    assert 'href="/articles/topics/"' in page(client, "/articles/")


def test_the_page_of_all_topics_takes_one_query_for_them_and_none_for_each(
    client, topic, django_assert_max_num_queries
):
    for number in range(9):
        make_article(f"A {number}", topics=[make_topic(f"t-{number}")])
    page(client, "/articles/topics/")
    with django_assert_max_num_queries(3):
        page(client, "/articles/topics/")


def test_a_site_without_articles_has_a_page_of_topics_that_leads_on(client):
    assert 'href="/"' in page(client, "/articles/topics/").split("<main")[1]


@pytest.mark.parametrize("typed", ["%23recaida", "%23Recaída", "%23RELAPSE", "%20%23relapse%20"])
def test_a_hashtag_leads_to_its_topic(client, topic, typed):
    answer = client.get(f"/articles/?q={typed}&near=21202")
    assert (answer.status_code, answer["Location"]) == (302, "/articles/topics/relapse/?near=21202")
    assert client.get(f"/es/articles/?q={typed}")["Location"] == "/es/articles/topics/relapse/"


@pytest.mark.parametrize("typed", ["relapse", "%23", "%23zebra", "%23relapse or not", "%23%00", "%23" + "a" * 500])
def test_other_words_are_searched(client, topic, typed):
    assert page(client, f"/articles/?q={typed}")


def test_hashtags_are_compared_without_signs_accents_and_capitals():
    assert hashtag("#Return-To_Use") == hashtag("returntouse") == "returntouse"
    assert make_topic("a", hashtags=["#Recaída", "recaida", " "]).hashtags == ["recaida"]


@pytest.mark.parametrize(
    ("tag", "slug"),
    [
        ("relapse", "relapse"),
        ("recovery", "recovery"),
        ("suboxone", "medication"),
        ("opioidaddiction", "starting-treatment"),
    ],
)
def test_the_hashtags_of_the_first_article_have_topics(client, tag, slug):
    starter.load_topics(starter.FOLDER)
    assert client.get(f"/articles/?q=%23{tag}")["Location"] == f"/articles/topics/{slug}/"


def test_no_hashtag_of_the_starter_library_means_two_topics():
    starter.load_topics(starter.FOLDER)
    tags = [tag for topic in Topic.objects.all() for tag in {*topic.hashtags, hashtag(topic.slug)}]
    assert len(tags) == len(set(tags)) > 30


def test_what_the_editor_chose_stands_before_what_shares_a_topic(client, topic):
    chosen, article = make_article("Chosen"), topic.articles.get(language="en")
    make_article("Of the topic", topics=[topic])
    article.related.add(chosen)
    html = page(client, "/articles/starting-again/")
    assert 0 < html.index("Chosen") < html.index("Of the topic")


# The titles of tabs.


def test_a_tab_says_the_title_of_its_article_unless_the_owner_wants_it_private(client, topic, settings):
    def title(path: str) -> str:
        return re.search("<title>(.*?)</title>", page(client, path))[1]

    assert title("/articles/starting-again/") == "Starting again · Waypost"
    assert title("/es/articles/de-nuevo/") == "De nuevo · Waypost"
    assert "Only the page of an article or of a topic" in page(client, "/privacy/")
    settings.ARTICLE_TAB_TITLES = "private"
    assert title("/articles/starting-again/") == "Article · Waypost"
    assert "De nuevo" not in title("/es/articles/de-nuevo/")
    assert title("/articles/topics/relapse/") == "Articles · Waypost"
    assert '<meta property="og:title" content="Starting again">' in page(client, "/articles/starting-again/")
    assert "Only the page of an article or of a topic" not in page(client, "/privacy/")
