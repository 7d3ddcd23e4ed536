import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.utils import timezone

from articles import previews
from articles.models import Article, Comment
from core.translations import gather
from tests.articles.factories import make_article, make_topic
from tests.factories import BALTIMORE, TOWSON, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db
MOST_QUERIES = 9  # of an article's page, however long: a proxy keeps it for a minute
LONG_BODY = "".join(f"<h2>Part {n}</h2><p>{'Words that help. ' * 60}</p>" for n in range(9))


@pytest.fixture(autouse=True)
def demo_flag_is_cached(settings):
    """A page reads from the database once a minute whether the directory is a demo: not while queries are counted."""
    caches["process"].clear()
    caches["process"].set("directory_is_demo", False)


def page(client, path, status=200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    assert not answer.cookies
    return answer.content.decode()


def test_an_article_names_its_author_reviewer_and_sources(client):
    make_article("Starting again", body="<h2>One</h2><h2>Two</h2><h2>Three</h2>", topics=[make_topic()])
    html = page(client, "/articles/starting-again/")
    for text in ("Ana Reyes", "Ben Osei", "Source 1", "On this page", "#part-3", "List your practice"):
        assert text in html
    json_ld = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])
    assert json_ld["@type"] == ["MedicalWebPage", "Article"]
    assert (json_ld["author"]["name"], json_ld["reviewedBy"]["name"]) == ("Ana Reyes", "Ben Osei")
    assert json_ld["citation"][0]["name"] == "Source 1"
    assert '<meta property="og:title" content="Starting again">' in html


def test_readers_do_not_see_a_draft(client):
    make_article(status="draft", publish_at=None)
    make_article("Later", status="scheduled", publish_at=timezone.now() + timedelta(hours=1))
    assert "No article is published here yet." in page(client, "/articles/")
    for path in ("/articles/starting-again/", "/articles/later/", "/articles/starting-again/comment/"):
        assert client.get(path).status_code == 404
    for path in ("/articles/feed/", "/sitemap-articles.xml"):
        assert "/articles/later/" not in page(client, path)


def test_a_long_article_takes_few_queries_and_at_most_60_kilobytes(client, django_assert_max_num_queries):
    topics = [make_topic("relapse", presets=["doctors", "outpatient"]), make_topic("family", presets=["inpatient"])]
    article = make_article(body=LONG_BODY, citations=12, topics=topics)
    for number in range(5):
        make_article(f"Other {number}", topics=topics)
    for _number in range(60):
        Comment.objects.create(article=article, name="Sam", text="It helped me. " * 40, status="approved")
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = client.get("/articles/starting-again/")
    assert len(answer.content) < 60 * 1024
    assert "All 60 comments" in answer.content.decode()


def test_an_article_with_five_blocks_near_a_place_takes_as_few_queries(client, django_assert_max_num_queries):
    for number in range(9):
        make_clinic(f"Clinic {number}", at=(BALTIMORE, TOWSON, WASHINGTON)[number % 3], services=["detox"])
    topics = [
        make_topic("relapse", presets=["doctors", "outpatient", "inpatient"]),
        make_topic("family", presets=["telehealth"]),
    ]
    inside = "".join(f'<directory-block preset="{slug}"></directory-block>' for slug in ("detox", "suboxone-clinics"))
    english = make_article(body=LONG_BODY + inside, citations=12, topics=topics)
    make_article("De nuevo", language="es", translation_of=english)
    make_article("Other", topics=topics)
    client.get("/articles/starting-again/?near=20001")
    with django_assert_max_num_queries(MOST_QUERIES):
        html = page(client, "/articles/starting-again/?near=21202")
    assert html.count('class="rows nearest"') == 5
    with django_assert_max_num_queries(MOST_QUERIES):
        page(client, "/articles/starting-again/?near=Baltimore, MD")


def test_the_invitation_to_doctors_keeps_the_readers_language(client):
    make_article("Empezar de nuevo", language="es")
    last = page(client, "/es/articles/empezar-de-nuevo/").split("for-doctors")[1].split("</p>")[0]
    assert 'href="/es/list-your-practice/"' in last


def test_the_list_takes_as_many_queries_at_a_thousand_articles_as_at_one(client, django_assert_num_queries):
    topic = make_topic()
    make_article("First", topics=[topic])
    page(client, "/articles/")
    with django_assert_num_queries(4):
        page(client, "/articles/")
    rows = Article.objects.bulk_create(
        Article(
            title=f"A {n}", slug=f"a-{n}", summary="S", status="published", publish_at=timezone.now(), body="<p>x</p>"
        )
        for n in range(1000)
    )
    Article.topics.through.objects.bulk_create(
        Article.topics.through(article_id=row.pk, topic_id=topic.pk) for row in rows
    )
    for path in ("/articles/", "/articles/?page=30", "/articles/topics/relapse/"):
        with django_assert_num_queries(4 + ("topics/" in path)):
            page(client, path)


def test_a_search_finds_stems_ranks_titles_first_and_forgives_a_typo(client):
    make_article("Paying for treatment", body="<p>Naloxone is one word of this.</p>")
    make_article("Naloxone saves lives", summary="What to do in an overdose.")
    found = re.findall(r'<h2><a href="([^"]+)', page(client, "/articles/?q=naloxone"))
    assert found == ["/articles/naloxone-saves-lives/", "/articles/paying-for-treatment/"]
    assert "/articles/paying-for-treatment/" in page(client, "/articles/?q=pay treatments")
    assert "/articles/naloxone-saves-lives/" in page(client, "/articles/?q=nalaxone")
    assert "No article has the words" in page(client, "/articles/?q=zebra")
    assert "&lt;script&gt;" in page(client, "/articles/?q=<script>alert(1)</script>")
    for odd in ("%00", "'", '"', "!", "((", "a" * 5000, ":*", "\\"):
        page(client, f"/articles/?q={odd}")


def test_spanish_articles_are_under_es_and_both_languages_name_each_other(client):
    english = make_article("Starting again")
    make_article("Empezar de nuevo", language="es", translation_of=english, body="<p>Las clínicas ayudan.</p>")
    assert 'href="/es/articles/empezar-de-nuevo/"' in page(client, "/articles/starting-again/")
    assert 'href="/articles/starting-again/"' in page(client, "/es/articles/empezar-de-nuevo/")
    assert client.get("/es/articles/starting-again/")["Location"] == "/es/articles/empezar-de-nuevo/"
    assert client.get("/articles/empezar-de-nuevo/?near=02139")["Location"] == "/articles/starting-again/?near=02139"
    assert "Starting again" not in page(client, "/es/articles/")
    assert "/es/articles/empezar-de-nuevo/" in page(client, "/es/articles/?q=clinica")


def test_an_article_past_its_review_date_says_so(client):
    make_article(review_due_on=timezone.localdate() + timedelta(days=1))
    assert "Past its review date" not in page(client, "/articles/starting-again/")
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert "Past its review date" in page(client, "/articles/starting-again/")


def test_a_page_of_articles_asks_for_the_place_once_and_its_blocks_are_links(client):
    make_article(topics=[make_topic(presets=["inpatient"])], body='<directory-block preset="detox"></directory-block>')
    for path in ("/articles/starting-again/", "/articles/topics/relapse/"):
        html = page(client, path)
        assert html.count('action="/clinics/"') == html.count('name="near"') == 1
        assert 'href="/find/inpatient/"' in html
    assert 'href="/find/detox/"' in page(client, "/articles/starting-again/")


def test_every_link_of_an_article_to_the_directory_carries_the_readers_place(client):
    text = '<p><a href="/find/outpatient/">Clinics</a> <a href="https://www.cdc.gov/find/x/">CDC</a></p>'
    blocks = '<directory-block preset="detox"></directory-block>'
    make_article(topics=[make_topic(presets=["inpatient"])], body=text + blocks)
    html = page(client, "/articles/starting-again/?near=Albany, NY")
    for kind in ("outpatient", "detox", "inpatient"):
        assert f'href="/find/{kind}/?near=Albany%2C%20NY"' in html
    assert 'href="https://www.cdc.gov/find/x/"' in html
    assert 'name="near"' in html
    assert 'value="Albany, NY"' in html


def test_an_article_without_topics_still_leads_to_the_directory(client):
    make_article()
    assert 'href="/find/suboxone-clinics/"' in page(client, "/articles/starting-again/")


def test_a_reader_who_searched_before_sees_the_three_nearest_clinics_with_miles(client):
    for name, at in (("Near", BALTIMORE), ("Middle", TOWSON), ("Far", WASHINGTON), ("Nowhere", None)):
        make_clinic(name, at=at, services=["detox"])
    make_article(body='<directory-block preset="detox"></directory-block>')
    html = page(client, "/articles/starting-again/?near=21202")
    block = html.split('class="way-on"')[1].split("</ol>")[0]
    assert re.findall(r"row-name\"><a [^>]*/\?near=21202\">(\w+)<", block) == ["Near", "Middle", "Far"]
    miles = [float(number) for number in re.findall(r"([\d.]+) miles", block)]
    assert miles == sorted(miles)
    assert len(miles) == 3
    answer = client.get("/articles/starting-again/?near=21202")
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("private, max-age=60", "noindex")


def test_a_block_without_a_matching_clinic_shows_the_next_best(client):
    make_clinic("The only clinic")
    make_article(body='<directory-block preset="detox"></directory-block>')
    html = page(client, "/articles/starting-again/?near=21202")
    assert "No clinic in our directory says that it offers this" in html
    assert "The only clinic" in html


def test_in_an_empty_directory_a_block_names_the_helpline(client):
    make_article(body='<directory-block preset="detox"></directory-block>')
    assert "The SAMHSA helpline knows some" in page(client, "/articles/starting-again/?near=21202")


@pytest.mark.parametrize("near", ["00000", "Springfield", "Texas", "%00", "x" * 500])
def test_an_unknown_place_leaves_the_article_as_it_is(client, near):
    make_article(body='<directory-block preset="detox"></directory-block>')
    assert 'class="rows nearest"' not in page(client, f"/articles/starting-again/?near={near}")


def test_a_preview_needs_no_account_and_ends_after_a_week(client):
    article = make_article(status="draft", publish_at=None, author=None)
    path = previews.address_of(article)
    html = page(client, path)
    assert "readers do not see this page" in html
    assert "You have not lost everything." in html
    assert client.get(path)["Cache-Control"] == "no-store"
    assert "This preview has ended" in page(client, path + "x", 410)
    assert "This preview has ended" in page(client, "/articles/preview/", 410)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert "This preview has ended" in page(client, path, 410)


def test_a_spanish_preview_names_the_state_of_the_article_in_spanish(client):
    article = make_article(language="es", status="in-review", publish_at=None)
    assert "estado del artículo: en revisión." in page(client, previews.address_of(article))
    gathered = {message.id for message in gather()}
    others = {"in the trash", "no longer shown", "a sample that readers do not see"}
    assert {*Article.Status.labels, *others} <= gathered


def test_the_feed_and_the_sitemap_list_what_is_published(client):
    article = make_article(topics=[make_topic()])
    feed = page(client, "/articles/feed/")
    assert "<title>Starting again</title>" in feed
    assert "<name>Ana Reyes</name>" in feed
    sitemap = page(client, "/sitemap-articles.xml")
    assert "/articles/starting-again/</loc>" in sitemap
    assert f"<lastmod>{timezone.localtime(article.updated_at):%Y-%m-%d}" in sitemap
    assert "/articles/topics/relapse/" in page(client, "/sitemap-topics.xml")
    assert "sitemap-articles.xml" in page(client, "/sitemap.xml")


def test_the_home_page_names_the_latest(client):
    make_article("Starting again")
    assert "Starting again" in page(client, "/")


def test_a_sample_says_that_no_clinician_reviewed_it(client):
    make_article(is_sample=True)
    html = page(client, "/articles/starting-again/")
    assert "No clinician has reviewed this article yet." in html
    assert "Sample" not in html  # a word for those who publish
    assert "reviewedBy" not in html
    assert "Medical review" not in html


def test_an_article_accepts_no_post(client):
    make_article()
    assert client.post("/articles/starting-again/").status_code == 405
