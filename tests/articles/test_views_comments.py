from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.utils import timezone

from articles import own_links
from articles.models import Comment, PrivateAnswer
from core.models import DailySalt, RateCount
from core.rate_limits import LIMITS
from tests.articles.factories import make_article

pytestmark = pytest.mark.django_db
FORM = "/articles/starting-again/comment/"
# Noon, so that a day of limits does not end in between; tomorrow, when the articles that are made now are out.
OPENED = (timezone.now() + timedelta(days=1)).replace(hour=17, minute=0, second=0, microsecond=0)


def write(client, text="I made the call today.", *, after_seconds=30, path=FORM, **fields):
    """What a person does: open the form, write, and send it."""
    with time_machine.travel(OPENED, tick=False):
        answer = client.get(path)
    opened = answer.context["form"]["opened"].value()
    with time_machine.travel(OPENED + timedelta(seconds=after_seconds), tick=False):
        return client.post(path, {"name": "Sam", "text": text, "opened": opened, "website": ""} | fields)


def shown(client) -> str:
    return client.get("/articles/starting-again/").content.decode()


def test_a_comment_waits_for_approval_and_stores_nothing_else_about_its_writer(client, admin_user):
    make_article()
    answer = write(client, REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert "In a browser that others use" in answer.text
    comment = Comment.objects.get()
    assert (comment.status, comment.flags) == ("held", [])
    assert "I made the call today." not in shown(client)
    Comment.objects.decide([comment.handle], Comment.Status.APPROVED, admin_user)
    assert "I made the call today." in shown(client)
    columns = {field.name for field in Comment._meta.fields}
    assert columns == {
        *("id", "article", "parent", "name", "text", "created_at", "status", "flags", "priority", "reports"),
        *("decided_at", "decided_by"),
        *("held_words", "is_from_site", "written_by"),  # of the rules, and of replies of the site
    }
    assert comment.written_by is None


def test_reading_sets_no_cookie_and_the_page_of_the_form_does():
    make_article()
    reader = Client()
    for path in (
        "/articles/starting-again/",
        "/articles/starting-again/comments/",
        f"{FORM}thanks/",
        f"{FORM}reported/",
    ):
        assert not reader.get(path).cookies
    assert set(reader.get(FORM).cookies) == {"csrftoken"}


def test_a_writer_who_mentions_dying_sees_help_at_once_and_is_first_in_the_queue(client):
    make_article()
    write(client, "What a helpful page.")
    write(client, "visit www.pills.example")
    answer = write(client, "I don't want to be here anymore")
    html = answer.content.decode()
    assert 'href="tel:911"' in html.split("<main")[1]
    assert 'href="tel:988"' in html.split("<main")[1]
    queue = list(Comment.objects.waiting())
    assert queue[0].flags == ["self-harm"]
    assert [comment.priority for comment in queue] == [0, 1, 2]


def test_the_traps_for_programs_need_no_script(client):
    make_article()
    assert "very fast" in write(client, after_seconds=1).content.decode()
    filled = write(client, website="https://spam.example")
    assert filled.status_code == 422
    again = write(client, after_seconds=25 * 3600)
    assert "open for long" in again.content.decode()
    assert write(client, opened="forged").status_code == 422
    assert not Comment.objects.exists()


def test_an_old_form_that_is_shown_again_can_be_sent(client):
    make_article()
    again = write(client, after_seconds=25 * 3600)
    opened = again.context["form"]["opened"].value()
    later = OPENED + timedelta(hours=25, seconds=20)
    with time_machine.travel(later, tick=False):
        assert client.post(FORM, {"name": "Sam", "text": "Hello", "opened": opened}).status_code == 200


def test_errors_are_shown_beside_the_text_that_was_typed(client):
    make_article()
    html = write(client, "Kept words", name="").content.decode()
    assert "Choose a name to show; any will do." in html
    assert "Kept words" in html
    assert "Write your comment." in write(client, " ").content.decode()


def test_ten_comments_a_day_are_accepted_from_one_sender(client):
    make_article()
    for number in range(LIMITS["comment"].most):
        assert write(client, f"Day {number} of it.").status_code == 200
    answer = write(client)
    assert answer.status_code == 429
    assert "send this one tomorrow" in answer.content.decode()
    assert Comment.objects.count() == LIMITS["comment"].most
    assert not RateCount.objects.filter(key__contains="127.0.0.1").exists()
    assert DailySalt.objects.exists()


def test_replies_go_one_level_deep(client):
    article = make_article()
    top = Comment.objects.create(article=article, name="Ana", text="How long did it take?", status="approved")
    assert write(client, "About a month.", path=f"{FORM}{top.pk}/").status_code == 200
    reply = Comment.objects.get(parent=top)
    Comment.objects.decide([reply.handle], Comment.Status.APPROVED, None)
    assert shown(client).index("How long did it take?") < shown(client).index("About a month.")
    assert client.get(f"{FORM}{reply.pk}/").status_code == 404


def test_nobody_can_reply_to_a_comment_that_is_not_shown(client):
    held = Comment.objects.create(article=make_article(), name="Ana", text="x")
    assert client.get(f"{FORM}{held.pk}/").status_code == 404


def test_three_reports_hide_a_comment_until_a_moderator_decides(client, admin_user):
    comment = Comment.objects.create(article=make_article(), name="Ana", text="Words.", status="approved")
    for number in range(4):
        assert "Words." in shown(client) or number == 3
        if number < 3:
            client.post(f"{FORM}{comment.pk}/report/", REMOTE_ADDR=f"203.0.113.{number}")
            client.post(f"{FORM}{comment.pk}/report/", REMOTE_ADDR=f"203.0.113.{number}")  # counts once
    assert "Words." not in shown(client)
    assert list(Comment.objects.waiting()) == [comment]
    comment.refresh_from_db()
    Comment.objects.decide([comment.handle], Comment.Status.APPROVED, admin_user)
    assert "Words." in shown(client)


def test_comments_can_be_closed_on_one_article(client):
    make_article(comments_open=False)
    assert "Comments on this article are closed." in shown(client)
    assert client.get(FORM).status_code == 404
    assert client.post(FORM, {"name": "Sam", "text": "Hi"}).status_code == 404


def test_markup_in_a_comment_is_shown_as_it_was_typed(client):
    Comment.objects.create(article=make_article(), name="<b>x", text="<script>alert(1)</script>", status="approved")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown(client)


def test_a_forged_request_is_refused():
    make_article()
    assert Client(enforce_csrf_checks=True).post(FORM, {"name": "Sam", "text": "Hi"}).status_code == 403


def test_a_comment_that_is_longer_than_it_looks_gets_a_sentence_and_keeps_its_text(client):
    make_article()
    text = "\N{PARENTHESIZED KOREAN CHARACTER OJEON}" * 2000
    answer = write(client, text)
    assert answer.status_code == 422
    assert "at most 2000 characters. Yours are read as 8000" in answer.content.decode()
    assert text in answer.content.decode()
    assert write(client, "é" * 2000).status_code == 200  # an accent is no character more


def test_a_comment_that_is_sent_twice_is_saved_once_and_another_one_is_saved(client):
    make_article()
    for text in ("I made the call today.", "I made the call today.", "And they answered."):
        assert write(client, text).status_code == 200
    assert Comment.objects.count() == 2


# The comment's own link

ENDED = "This link has ended"


def own_link(client, text="I don't want to be here anymore", **options) -> str:
    """What a person does: send the comment, and keep the link of the answer, whose own address does not hold it."""
    answer = write(client, text, **options)
    if answer.status_code == 302:  # others may have read it
        answer = client.get(answer["Location"])
    return answer.context.get("own_address", "")


@pytest.mark.parametrize(("prefix", "text"), [("", "I want to die"), ("", "It helped me."), ("/es", "Quiero morir")])
def test_the_writer_is_given_a_link_that_shows_what_became_of_it(client, admin_user, prefix, text):
    make_article(language="es" if prefix else "en")
    link = own_link(client, text, path=prefix + FORM)
    assert link.startswith(f"http://testserver{prefix}/articles/comments/yours/?link=")
    comment, reader = Comment.objects.get(), Client()
    before = reader.get(link)
    assert 'href="tel:988"' in before.content.decode().split("<main")[1]
    assert 'href="tel:911"' in before.content.decode().split("<main")[1]
    PrivateAnswer.objects.create(comment=comment, text="You matter.\nCall <988>.")
    Comment.objects.decide([comment.handle], Comment.Status.APPROVED, admin_user)
    page = reader.get(link).content.decode()
    for part in ("You matter.<br>Call &lt;988&gt;.", text, "Sam"):
        assert part in page
    assert page.index('href="tel:988"') < page.index("You matter.")
    assert not reader.cookies
    assert "You matter." not in shown(client)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("held", "No editor has decided on it yet."),
        ("approved", "It is shown below the article."),
        ("rejected", "The editors read it and do not show it"),
    ],
)
def test_the_own_page_says_how_the_comment_stands(client, status, words):
    comment = Comment.objects.create(article=make_article(), name="", text="Well.", status=status)
    page = client.get(own_links.address_of(own_links.link_of(comment))).content.decode()
    assert words in page
    assert "A reader" in page
    assert "No editor has answered here yet." in page


def test_the_own_page_is_found_by_no_search_engine_and_stored_nowhere(client):
    make_article()
    link = own_link(client)
    thanks = client.get(f"{FORM}thanks/?link={link.partition('=')[2]}")
    assert "own_address" not in thanks.context
    for address in (link, f"{link}x"):
        answer = client.get(address)
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex"
        assert answer["Referrer-Policy"] == "no-referrer"
    assert client.post(link).status_code == 405


def test_a_link_works_for_90_days_and_then_says_so_with_where_help_is(client):
    make_article()
    link = own_link(client)
    for days, status in ((89, 200), (92, 410)):
        with time_machine.travel(OPENED + timedelta(days=days), tick=False):
            answer = client.get(link)
            assert answer.status_code == status
            assert 'href="tel:988"' in answer.content.decode().split("<main")[1]
    assert ENDED in answer.content.decode()
    assert "works for 90 days" in answer.content.decode()


def test_no_other_link_opens_a_comment(client):
    comment = Comment.objects.create(article=make_article(), name="Ana", text="Quiet words.")
    forged = [
        "",
        "x",
        str(comment.pk),
        signing.dumps(comment.pk, salt="articles.preview"),
        own_links.link_of(comment)[:-1],
    ]
    for link in forged:
        answer = client.get("/articles/comments/yours/", {"link": link})
        assert answer.status_code == 410
        assert "Quiet words." not in answer.content.decode()
        assert "own_address" not in client.get(f"{FORM}thanks/", {"link": link}).context
    link = own_links.address_of(own_links.link_of(comment))
    assert "Quiet words." in client.get(link).content.decode()
    comment.delete()
    assert ENDED in client.get(link).content.decode()


def test_nobody_gets_the_link_of_a_comment_by_sending_it_again_once_others_may_have_read_it(client, admin_user):
    make_article()
    first, again = own_link(client), own_link(Client())
    assert first.partition("=")[2].partition("%3A")[0] == again.partition("=")[2].partition("%3A")[0]  # tapped twice
    Comment.objects.decide([Comment.objects.get().handle], Comment.Status.APPROVED, admin_user)
    assert own_link(Client()) == ""
    assert Comment.objects.count() == 1


def test_a_name_that_was_taken_off_is_a_reader_in_both_languages(client):
    Comment.objects.create(article=make_article(), name="", text="Words.", status="approved")
    assert "<strong>A reader</strong>" in shown(client)
