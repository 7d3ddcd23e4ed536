"""What a link may lead to, what the editor's chooser finds, and what becomes of links that no longer answer."""

import socket
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from articles import link_checks, links
from articles.models import Citation, OutsideLink
from tests.articles.factories import OutsideLinkFactory, make_article, make_review, make_topic
from tests.articles.staff import path_of
from tests.articles.test_admin import save
from tests.articles.web_server import OtherSites
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
CHOOSE = "/admin/articles/outsidelink/choose/"
DEAD = "/admin/articles/outsidelink/"
DAY = timedelta(days=1)


# What an address may be


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://www.samhsa.gov/find?a=1&b=2#x", "https://www.samhsa.gov/find?a=1&b=2#x"),
        (" www.samhsa.gov ", "https://www.samhsa.gov"),
        ("example.org/a/b", "https://example.org/a/b"),
        ("example.org:443/a", "https://example.org:443/a"),
        ("//example.org", "https://example.org"),
        ("HTTP://example.org", "http://example.org"),
        ("/find/outpatient/", "/find/outpatient/"),
        ("#part-2", "#part-2"),
        ("tel:988", "tel:988"),
        ("mailto:help@harbor.example", "mailto:help@harbor.example"),
    ],
)
def test_a_whole_address_is_kept_and_one_of_a_website_is_completed(typed, kept):
    assert links.whole(typed) == kept
    assert links.whole(kept) == kept
    assert links.problem(typed) == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("find/x", "half an address"),
        ("naloxone", "half an address"),
        ("help@harbor.example", "mailto:"),
        ("javascript:alert(1)", "cannot begin with “javascript:”"),
        ("JavaScript:alert(1)", "cannot begin"),
        ("data:text/html,x", "cannot begin"),
        ("ftp://example.org/", "cannot begin"),
        ("http://127.0.0.1/", "no website"),
        ("https://localhost/", "no website"),
        ("https://who@example.org/", "no website"),
        ("https:", "no website"),
        ("tel:", "cannot begin"),
        ("/\\evil.example", "no address"),
        ("two words.org", "no address"),
        ("", "Give the link an address"),
        ("https://example.org/" + "a" * 3000, "too long"),
    ],
)
def test_any_other_address_is_refused_with_a_sentence(typed, said):
    with pytest.raises(ValidationError, match=said):
        links.whole(typed)
    assert said in links.problem(typed)


def test_saving_completes_links_and_half_ones_are_named_before_readers_see_the_text(client, publisher):
    article = make_article(status="draft", publish_at=None)
    body = '<p><a href="www.samhsa.gov">A</a> and <a href="find/x">a page</a></p>'
    save(client, article, body=body)
    article.refresh_from_db()
    assert article.body == body.replace("www.", "https://www.")
    make_review(article)
    [sentence] = article.missing()
    assert sentence.startswith("Mend the link “a page”: “find/x” is half an address.")


def test_a_published_article_keeps_its_text_if_a_link_of_the_new_one_is_half_an_address(client, publisher):
    article = make_article()
    answer = save(client, article, body='<p><a href="find/x">A page</a></p>')
    assert "“find/x” is half an address" in answer.content.decode()
    article.refresh_from_db()
    assert "find/x" not in article.body


@pytest.mark.parametrize(
    ("typed", "stored", "said"),
    [
        ("www.samhsa.gov/x", "https://www.samhsa.gov/x", ""),
        ("find/x", "https://www.samhsa.gov/", "“find/x” is half an address"),
        ("javascript:alert(1)", "https://www.samhsa.gov/", "cannot begin with “javascript:”"),
        ("/find/outpatient/", "https://www.samhsa.gov/", "half an address"),
    ],
)
def test_the_address_of_a_source_follows_the_same_rule(client, publisher, typed, stored, said):
    article = make_article(status="draft", publish_at=None)
    citation = article.citations.get()
    answer = save(client, article, **{"citations-0-id": citation.pk, "citations-0-url": typed})
    citation.refresh_from_db()
    assert citation.url == stored
    assert said in answer.content.decode()


def test_a_source_with_an_address_that_nobody_can_open_keeps_an_article_from_readers():
    article = make_article(status="draft", publish_at=None)
    Citation.objects.filter(article=article).update(url="http://10.0.0.1/paper")
    make_review(article)
    assert article.missing() == ["Mend the address of the source “Source 1”: http://10.0.0.1/paper"]


# The chooser of the editor


def found(client, **query) -> list[tuple[str, str, str]]:
    rows = client.get(CHOOSE, query).json()["found"]
    return [(row["type"], row["title"], row["address"]) for row in rows]


def test_the_chooser_finds_every_kind_of_page_by_its_words(client, publisher):
    make_article("Naloxone at home", slug="naloxone")
    make_article("Naloxone, a draft", status="draft")
    make_topic("naloxone", name="Naloxone", name_es="Naloxona")
    make_clinic("Naloxone House", city="Baltimore", state="MD")
    make_clinic("Naloxone Closed", is_listed=False)
    rows = found(client, q="NALOXONE")
    assert [row[:2] for row in rows] == [
        ("article", "Naloxone at home"),
        ("topic", "Naloxone"),
        ("clinic", "Naloxone House, Baltimore, MD"),
    ]
    assert ("kind of clinic", "Methadone clinics", "/find/methadone-clinics/") in found(client, q="methadone")
    assert ("state", "Maryland", "/locations/md/") in found(client, q="maryland")
    for _kind, _title, address in [*rows, *found(client, q="maryland")]:
        assert Client().get(address).status_code == 200, address


def test_the_chooser_of_a_spanish_article_leads_to_spanish_pages(client, publisher):
    make_topic("naloxone", name="Naloxone", name_es="Naloxona")
    assert found(client, q="naloxona", language="es") == [("topic", "Naloxona", "/es/articles/topics/naloxone/")]


def test_without_words_the_chooser_shows_the_newest_articles_and_what_there_is(client, publisher):
    make_article("Naloxone at home", slug="naloxone")
    assert {"article", "kind of clinic"} <= {row[0] for row in found(client)}


def test_the_chooser_says_what_a_typed_address_is_kept_as(client, publisher):
    assert client.get(CHOOSE, {"q": "www.samhsa.gov"}).json()["address"] == "https://www.samhsa.gov"
    assert "half an address" in client.get(CHOOSE, {"q": "find/x"}).json()["refused"]


def test_only_who_writes_articles_asks_the_chooser(client, django_user_model):
    user = django_user_model.objects.create_user("caller", is_staff=True)
    client.force_login(user)
    assert client.get(CHOOSE, {"q": "a"}).status_code == 403
    assert Client().get(CHOOSE, {"q": "a"}).status_code == 302


# Links to other sites


@pytest.fixture
def other_sites(settings):
    with OtherSites() as sites:
        settings.LINK_CHECKS, settings.LINK_CHECK_PAUSE_SECONDS = True, 0
        settings.LINK_CHECK_TIMEOUT_SECONDS = 0.5
        settings.LINK_CHECK_PRIVATE_HOSTS = [sites.host]
        yield sites


def linked(*addresses: str, **fields):
    text = "".join(f'<p><a href="{address}">x</a></p>' for address in addresses)
    return make_article(body=text, citations=0, **fields)


@pytest.mark.parametrize(
    ("path", "works", "said"),
    [
        ("/fine", True, "answers"),
        ("/moved", True, "moved for good, to http://127.0.0.1:"),
        ("/elsewhere-today", True, "answers"),
        ("/no-head", True, "answers"),
        ("/guarded", True, "not to programs (403)"),
        ("/gone", False, "no such page (404)"),
        ("/taken-down", False, "taken down (410)"),
        ("/broken", False, "error 500"),
        ("/round", False, "more than 5 redirects"),
        ("/hangs", False, "no answer within 0.5 seconds"),
        ("/resets", False, "the connection failed"),
    ],
)
def test_each_way_to_answer_is_told_in_words(other_sites, path, works, said):
    outcome = link_checks.ask(other_sites.url(path))
    assert outcome.works is works
    assert said in outcome.words


def test_an_answer_that_never_ends_is_cut_off(other_sites):
    outcome = link_checks.ask(other_sites.url("/drips"))
    assert (outcome.works, outcome.words) == (False, "no whole answer within 2 seconds")
    assert other_sites.asked["GET", "/drips"] == 0  # nor is it asked a second time


def test_a_redirect_to_a_private_host_is_not_followed(other_sites):
    with OtherSites() as private:
        other_sites.leads_to = private.url("/fine")
        outcome = link_checks.ask(other_sites.url("/out"))
        assert (outcome.works, "no public host" in outcome.words) == (False, True)
        assert not private.asked


def test_a_public_name_of_a_private_machine_is_not_connected_to(other_sites, monkeypatch):
    def resolve(host, port, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", other_sites.server_port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    outcome = link_checks.ask("http://www.harbor.example/fine")
    assert "a machine of a private network" in outcome.words
    assert not other_sites.asked


def test_links_and_sources_of_what_readers_see_are_asked_and_of_nothing_else(other_sites):
    fine, cited, draft = (other_sites.url(path) for path in ("/fine?a=1&b=2", "/moved", "/gone"))
    article = linked(fine, "/find/outpatient/", "tel:988")
    Citation.objects.create(article=article, title="T", publisher="P", url=cited)
    linked(draft, title="A draft", status="draft", publish_at=None)
    OutsideLinkFactory(url=draft)
    assert link_checks.check_outside_links() == "2 of 2 addresses asked, 0 are dead"
    assert set(OutsideLink.objects.values_list("url", flat=True)) == {fine, cited}
    assert [list(link.articles) for link in OutsideLink.objects.all()] == [[article], [article]]
    assert ("HEAD", "/gone") not in other_sites.asked


def test_a_clock_that_is_an_hour_late_forgets_no_link(other_sites):
    linked(other_sites.url("/gone"))
    link_checks.check_outside_links()
    known = OutsideLink.objects.get()
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        link_checks.check_outside_links()
    assert OutsideLink.objects.get() == known
    assert OutsideLink.objects.get().failing_since == known.failing_since


def test_a_link_is_asked_monthly(other_sites):
    linked(other_sites.url("/fine"))
    now = timezone.now()
    for days in (0, 1, 29, 31):
        with time_machine.travel(now + days * DAY, tick=False):
            link_checks.check_outside_links()
    assert other_sites.asked["HEAD", "/fine"] == 2


def test_a_link_that_fails_on_two_days_is_dead_and_stands_in_the_queue_with_its_articles(
    other_sites, client, publisher
):
    gone, fine = other_sites.url("/gone"), other_sites.url("/fine")
    article = linked(gone, fine, title="Naloxone at home")
    now = timezone.now()
    for moment in (now, now + timedelta(minutes=1)):
        with time_machine.travel(moment, tick=False):
            link_checks.check_outside_links()
            assert not OutsideLink.objects.dead().exists()
    assert other_sites.asked["GET", "/gone"] == 1  # not twice on one day
    with time_machine.travel(now + DAY, tick=False):
        assert link_checks.check_outside_links() == "1 of 2 addresses asked, 1 are dead"
    dead = OutsideLink.objects.dead().get()
    assert (dead.url, dead.is_dead, dead.result) == (gone, True, "there is no such page (404)")
    assert f'href="{DEAD}">dead link in an article' in client.get("/admin/").content.decode()
    page = client.get(DEAD).content.decode()
    assert f'href="{path_of(article)}">Naloxone at home' in page
    assert fine not in page
    article.body = f'<p><a href="{fine}">x</a></p>'
    article.save()
    assert not OutsideLink.objects.dead().exists()  # at once, without the job
    assert "Naloxone at home" not in client.get(DEAD).content.decode()


def test_a_dead_link_that_answers_again_leaves_the_queue(other_sites):
    url = other_sites.url("/fine")
    linked(url)
    week_ago = timezone.localdate() - 8 * DAY
    OutsideLinkFactory(
        url=url, checked_at=timezone.now() - 8 * DAY, failing_since=week_ago - DAY, last_failed_on=week_ago
    )
    assert OutsideLink.objects.dead().count() == 1
    link_checks.check_outside_links()
    assert not OutsideLink.objects.dead().exists()
    assert OutsideLink.objects.get().failing_since is None


def test_without_a_network_nothing_is_noted_against_any_link(other_sites, settings):
    fine, closed = other_sites.url("/fine"), "127.0.0.1:9"  # a port that nobody listens on
    settings.LINK_CHECK_PRIVATE_HOSTS = [other_sites.host, closed]
    linked(fine, f"http://{closed}/a")
    OutsideLinkFactory(url=fine, checked_at=timezone.now(), result="answers")
    other_sites.__exit__()
    assert link_checks.check_outside_links() == link_checks.NO_NETWORK
    link = OutsideLink.objects.get(url=f"http://{closed}/a")
    assert (link.failing_since, link.checked_at) == (None, None)
    assert link.result == "not asked: the server had no connection"


def test_without_a_network_not_every_link_is_waited_for(other_sites, settings):
    closed = [f"127.0.0.1:{port}" for port in range(1, 15)]  # ports that nobody listens on
    settings.LINK_CHECK_PRIVATE_HOSTS = closed
    linked(*(f"http://{host}/a" for host in closed))
    assert link_checks.check_outside_links() == link_checks.NO_NETWORK
    asked = OutsideLink.objects.exclude(result="")
    assert asked.count() == link_checks.ENOUGH_SILENT
    assert set(asked.values_list("checked_at", "failing_since")) == {(None, None)}


def test_a_host_that_is_down_is_noted_if_another_one_that_answered_before_still_does(other_sites, settings):
    fine, closed = other_sites.url("/fine"), "127.0.0.1:9"
    settings.LINK_CHECK_PRIVATE_HOSTS = [other_sites.host, closed]
    linked(fine, f"http://{closed}/a")
    OutsideLinkFactory(url=fine, checked_at=timezone.now(), result="answers")
    assert link_checks.check_outside_links() == "1 of 2 addresses asked, 0 are dead"
    assert OutsideLink.objects.get(url=f"http://{closed}/a").failing_since == timezone.localdate()


def test_the_job_can_be_switched_off(other_sites, settings):
    settings.LINK_CHECKS = False
    linked(other_sites.url("/fine"))
    assert link_checks.check_outside_links() == "Switched off by LINK_CHECKS."
    assert not other_sites.asked
    assert not OutsideLink.objects.exists()


def test_an_editor_has_a_link_asked_again_at_the_next_run(other_sites, client, publisher):
    linked(other_sites.url("/fine"))
    link_checks.check_outside_links()
    link = OutsideLink.objects.get()
    client.post(f"{DEAD}?answer=all", {"action": "ask_again", "_selected_action": link.pk})
    link_checks.check_outside_links()
    assert other_sites.asked["HEAD", "/fine"] == 2
