"""What waits for one person: the lines of the admin's first page, and the list that each leads to."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from articles.models.translations import start
from tests.articles.factories import PictureFactory, make_article, make_person, make_review
from tests.articles.staff import as_user, make_staff, take_step
from tests.articles.test_notes import article_of, note, send, words

pytestmark = pytest.mark.django_db
UNREVIEWED = {"last_reviewed_on": None}  # the factory signs no review then
LINE = re.compile(r'<td class="number">([\d,]+)</td>\s*<th scope="row"><a href="([^"]+)">([^<]+)</a>')


def home(user) -> str:
    return as_user(user).get("/admin/").text


def lines(user) -> dict[str, str]:
    """{words: address} of the part that is the person's own."""
    part = home(user).partition('id="waits-for-you"')[2].partition("</section>")[0]
    return {f"{count} {name}": address for count, address, name in LINE.findall(part)}


def titles(user, address: str) -> list[str]:
    """Of the list that a line leads to."""
    return sorted(article.title for article in as_user(user).get(address).context["cl"].queryset)


def test_a_draft_goes_from_hand_to_hand(wren, rosa, paul):
    article = article_of(wren, **UNREVIEWED)
    assert list(lines(wren)) == ["1 draft of yours"]
    assert (lines(rosa), lines(paul)) == ({}, {})
    take_step(wren, article, "submit")
    assert lines(wren) == {}
    assert list(lines(rosa)) == ["1 article for you to review"]
    assert list(lines(paul)) == ["1 article for you to review"]
    take_step(rosa, article, "send_back")
    assert list(lines(wren)) == ["1 article sent back to you"]
    assert lines(rosa) == {}
    take_step(wren, article, "submit")
    make_review(article, reviewed_on=timezone.localdate())
    assert (lines(rosa), list(lines(paul))) == ({}, ["1 article for you to publish"])
    take_step(paul, article, "publish")
    assert (lines(wren), lines(rosa), lines(paul)) == ({}, {}, {})


def test_an_approved_article_that_lacks_something_does_not_wait_for_publishing(wren, rosa, paul):
    article = article_of(wren, citations=0)
    take_step(wren, article, "submit")
    assert lines(paul) == {}


def test_nobody_reviews_what_they_began_or_handed_in(wren, paul):
    began = article_of(paul, title="Begun", **UNREVIEWED)
    take_step(wren, began, "submit")
    handed_in = article_of(wren, title="Handed in", **UNREVIEWED)
    take_step(paul, handed_in, "submit")
    article_of(make_staff("otto", "writer"), title="Other", status="in-review", **UNREVIEWED)
    assert list(lines(paul)) == ["1 article for you to review"]
    assert titles(paul, "/admin/articles/article/?waiting=review") == ["Other"]


def test_each_line_leads_to_exactly_its_articles_and_me_to_all_of_them(wren, rosa, paul):
    article_of(wren, title="Draft one")
    article_of(wren, title="Draft two")
    back = article_of(wren, title="Back")
    take_step(wren, back, "submit")
    take_step(rosa, back, "send_back")
    noted = article_of(wren, title="Noted")
    note(rosa, noted)
    article_of(rosa, title="Of another")
    found = lines(wren)
    assert {words: titles(wren, address) for words, address in found.items()} == {
        "1 article sent back to you": ["Back"],
        "1 article with a note for you": ["Noted"],
        "3 drafts of yours": ["Draft one", "Draft two", "Noted"],
    }
    everything = ["Back", "Draft one", "Draft two", "Noted"]
    assert titles(wren, "/admin/articles/article/?waiting=me") == everything
    assert len(titles(wren, "/admin/articles/article/")) == 5


def test_a_note_waits_for_the_writer_then_for_who_asked_until_it_is_resolved(wren, rosa, paul):
    article = article_of(wren)
    made = note(rosa, article)
    with_note = "1 article with a note for you"
    assert (with_note in lines(wren), with_note in lines(rosa), with_note in lines(paul)) == (True, False, False)
    send(wren, article, f"{made.pk}/answer/", **{f"answer-{made.pk}": "One."})
    assert (with_note in lines(wren), with_note in lines(rosa), with_note in lines(paul)) == (False, True, False)
    send(paul, article, f"{made.pk}/answer/", **{f"answer-{made.pk}": "Two."})
    assert (with_note in lines(wren), with_note in lines(rosa), with_note in lines(paul)) == (True, True, False)
    send(rosa, article, f"{made.pk}/resolve/")
    assert (with_note in lines(wren), with_note in lines(rosa), with_note in lines(paul)) == (False, False, False)


def test_who_has_some_permissions_alone_is_told_nothing_false(wren):
    make_article("In review", status="in-review")
    caller, viewer, nobody = make_staff("caller"), make_staff("viewer"), make_staff("nobody")
    caller.user_permissions.add(Permission.objects.get(codename="make_call"))
    viewer.user_permissions.add(Permission.objects.get(codename="view_article"))
    for user in (caller, nobody):
        said = words(home(user))
        for sentence in ("Nothing waits", "No article waits", "None waiting", "Yours"):
            assert sentence not in said, user
    assert "What needs a person" not in words(home(nobody))
    said = words(home(viewer))
    assert "1 article handed in for review" in said
    assert "Yours" not in said
    assert "No article waits for you." in words(home(wren))


def test_the_queue_of_articles_handed_in_leads_to_these_alone(paul):
    make_article("In review", status="in-review")
    make_article("Public")
    assert titles(paul, "/admin/articles/article/?status__exact=in-review") == ["In review"]
    assert "/admin/articles/article/?status__exact=in-review" in home(paul)


def test_the_filter_offers_a_person_their_own_lines_only(wren, rosa):
    def offered(user) -> list[str]:
        page = as_user(user).get("/admin/articles/article/").text
        return re.findall(r"waiting=([\w-]+)", page)

    assert offered(wren) == ["me", "sent-back", "notes", "drafts"]
    assert offered(rosa) == ["me", "sent-back", "notes", "review", "drafts"]
    article_of(wren, status="in-review")
    assert titles(wren, "/admin/articles/article/?waiting=publish") == []


def hand_in_one_of_each(user, number: int) -> None:
    """An article, a next version and a translation, with people, pictures, sources and reviews of their own."""
    author = make_person(f"Author {number}")
    article = article_of(user, title=f"New {number}", author=author, citations=2, hero=PictureFactory())
    version = make_article(f"Live {number}", author=author, hero=PictureFactory()).begin_next_version()
    translated = start(make_article(f"Original {number}", author=author), user)
    handed_in = Article.objects.filter(pk__in=[article.pk, version.pk, translated.pk])
    assert handed_in.update(status="in-review") == 3


@pytest.mark.parametrize("path", ["", *(f"articles/article/?waiting={line}" for line in ("review", "publish", "me"))])
def test_many_articles_in_review_cost_as_many_queries_as_few(wren, paul, path):
    client = as_user(paul)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/admin/{path}").status_code == 200
        return len(seen)

    hand_in_one_of_each(wren, 1)
    queries()  # what is read once for all
    few = queries()
    for number in (2, 3):
        hand_in_one_of_each(wren, number)
    assert queries() == few
