"""Notes on passages: found again by their words, answered, resolved, gone at publication, seen by no reader."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from django.utils.html import strip_tags

from articles import previews
from articles.models import Note
from articles.models.notes import MOST_NOTES, placed
from tests.articles.factories import make_article
from tests.articles.staff import as_user, make_staff, path_of, take_step

pytestmark = pytest.mark.django_db
DRAFT = {"status": "draft", "publish_at": None}
BODY = "<h2>First day</h2><p>Take one dose. Wait one hour.</p><ul><li>Take one dose.</li></ul><p>Call&nbsp;us.</p>"


def article_of(user: User, **columns):
    article = make_article(**DRAFT | {"body": BODY} | columns)
    article.history.update(history_user=user)
    return article


def send(user: User, article, act: str, **data):
    return as_user(user).post(f"/admin/articles/article/{article.pk}/notes/{act}", data, follow=True)


def note(user: User, article, quote="Wait one hour.", text="Two hours?", **data) -> Note:
    send(user, article, "", quote=quote, text=text, **data)
    return Note.objects.latest("pk")


def words(html: str) -> str:
    return " ".join(strip_tags(html).split())


def listed(user: User, article) -> str:
    page = as_user(user).get(path_of(article)).text
    return words(page.partition('id="article-notes"')[2].partition('<textarea name="quote"')[0])


# Where a passage stands


@pytest.mark.parametrize(
    ("quote", "position", "at"),
    [
        ("First day", 0, 0),
        ("Take one dose.", 8, 8),
        ("Take one dose.", 100, 32),  # of two alike the nearer one
        ("day Take one\n\n dose", 0, 5),  # over the end of a paragraph
        ("Call us", 40, 44),  # a space that does not break is one
        ("Take two doses.", 8, None),
        ("", 0, None),
    ],
)
def test_a_passage_is_found_by_its_words(wren, quote, position, at):
    article = article_of(wren)
    article.notes.create(quote=quote, position=position, text="Why?", author=wren)
    assert [each.at for each in placed(article)] == [at]


def test_notes_are_listed_in_the_order_of_the_text_and_those_without_a_passage_last(wren, rosa):
    article = article_of(wren)
    for quote in ("Gone words", "Call us", "First day", "Wait one hour."):
        note(rosa, article, quote)
    assert [each.note.quote for each in placed(article)] == ["First day", "Wait one hour.", "Call us", "Gone words"]
    page = as_user(wren).get(path_of(article)).text
    gone = re.findall(r'<q>([^<]+)</q> <span class="gone"( hidden)?>', page)
    assert gone == [
        ("First day", " hidden"),
        ("Wait one hour.", " hidden"),
        ("Call us", " hidden"),
        ("Gone words", ""),
    ]


def test_a_note_whose_passage_was_changed_says_so_and_is_found_when_the_words_are_back(wren, rosa):
    article = article_of(wren)
    note(rosa, article)
    article.body = BODY.replace("one hour", "two hours")
    article.save()
    assert placed(article)[0].at is None
    article.body = f"<p>Before all this.</p>{BODY}"
    article.save()
    assert placed(article)[0].at == 34


# Between writer, reviewer and publisher


def test_writer_reviewer_and_publisher_note_answer_and_resolve(wren, rosa, paul):
    article = article_of(wren)
    made = note(rosa, article, position=19)
    assert (made.author, made.quote, made.text, made.position) == (rosa, "Wait one hour.", "Two hours?", 19)
    send(wren, article, f"{made.pk}/answer/", **{f"answer-{made.pk}": "The label says one."})
    said = listed(paul, article)
    assert said.index("Wait one hour.") < said.index("Two hours?") < said.index("The label says one.")
    assert re.search(r"rosa\s*,.*Two hours.*wren\s*,.*The label", said)
    send(paul, article, f"{made.pk}/resolve/")
    made.refresh_from_db()
    assert (made.resolved_by, made.at_publication) == (paul, False)
    assert "No open notes." in listed(wren, article)


def test_of_two_people_who_resolve_a_note_the_first_is_named(wren, rosa, paul):
    article = article_of(wren)
    made = note(rosa, article)
    for user in (paul, wren):
        assert send(user, article, f"{made.pk}/resolve/").status_code == 200
    made.refresh_from_db()
    assert made.resolved_by == paul


def test_a_note_changes_nothing_of_the_article(wren, rosa):
    article = article_of(wren)
    before = (article.body, article.version, article.history.count(), article.updated_at)
    note(rosa, article)
    article.refresh_from_db()
    assert (article.body, article.version, article.history.count(), article.updated_at) == before


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"text": ""}, "Note: This field is required."),
        ({"text": "x" * 2001}, "Note: Ensure this value has at most 2000 characters"),
        ({"quote": "x" * 301}, "Passage: Ensure this value has at most 300 characters"),
        ({"position": "-1"}, "Position: Ensure this value is greater than or equal to 0."),
    ],
)
def test_a_note_that_cannot_be_saved_is_refused_in_a_sentence(wren, data, sentence):
    article = article_of(wren)
    answer = send(wren, article, "", **{"quote": "First day", "text": "Why?"} | data)
    assert sentence in answer.text
    assert not Note.objects.exists()


def test_an_article_takes_a_bounded_number_of_open_notes(wren):
    article = article_of(wren)
    Note.objects.bulk_create(Note(article=article, text="?", author=wren) for _each in range(MOST_NOTES))
    assert "This article has 200 open notes. Resolve some first." in send(wren, article, "", text="One more").text
    assert article.notes.count() == MOST_NOTES


def test_markup_in_a_note_is_text(wren):
    article = article_of(wren)
    note(wren, article, quote="<b>First", text="<script>alert(1)</script>")
    page = as_user(wren).get(path_of(article)).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>First" not in page


def test_the_list_alone_is_the_answer_to_the_module_and_says_what_was_refused(wren):
    article = article_of(wren)
    address = f"/admin/articles/article/{article.pk}/notes/"
    client = as_user(wren)
    good = client.post(address, {"quote": "First day", "text": "Why?"}, headers={"Accept": "text/x-notes"})
    assert good.status_code == 200
    assert good.text.strip().startswith('<div id="article-notes">')
    bad = client.post(address, {"text": ""}, headers={"Accept": "text/x-notes"})
    assert bad.status_code == 422
    assert "The note was not saved. Note: This field is required." in bad.text


def test_nobody_else_notes_or_sees_notes(client, wren):
    article, other = article_of(wren), make_article("Another", **DRAFT)
    made = note(wren, article, text="A secret plan")
    caller = make_staff("caller")
    viewer = make_staff("viewer")
    viewer.user_permissions.add(wren.groups.get().permissions.get(codename="view_article"))
    addresses = ["", f"{made.pk}/answer/", f"{made.pk}/resolve/"]
    for user in (caller, viewer):
        for act in addresses:
            assert send(user, article, act, text="x", **{f"answer-{made.pk}": "x"}).status_code == 403
    for act in addresses:
        answer = client.post(f"/admin/articles/article/{article.pk}/notes/{act}")
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")
        assert as_user(wren).get(f"/admin/articles/article/{article.pk}/notes/{act}").status_code == 403  # no GET
    for act in addresses[1:]:  # a note of another article
        assert send(wren, other, act, **{f"answer-{made.pk}": "x"}).status_code == 404
    assert Note.objects.count() == 1
    assert Note.objects.get().resolved_at is None
    page = as_user(viewer).get(path_of(article)).text
    assert "note-form" not in page.partition('id="article-notes"')[0]
    assert 'name="quote"' not in page


# Publication, history, readers


@pytest.mark.parametrize("step", ["publish", "schedule"])
def test_publication_resolves_all_notes_and_the_history_keeps_them(wren, rosa, paul, step):
    article = article_of(wren)
    made = note(rosa, article)
    send(wren, article, f"{made.pk}/answer/", **{f"answer-{made.pk}": "The label says one."})
    earlier = note(rosa, article, "First day", "Which?")
    send(wren, article, f"{earlier.pk}/resolve/")
    take_step(wren, article, "submit")
    assert article.notes.open().count() == 1  # handing in is no publication
    when = timezone.localtime() + timedelta(days=1)
    take_step(paul, article, step, publish_on_0=f"{when:%Y-%m-%d}", publish_on_1="09:00:00")
    assert not article.notes.open().exists()
    assert "No open notes." in listed(paul, article)
    history = words(as_user(rosa).get(path_of(article, "history")).text)
    day = r"\w{3} \d+, \d{4}, \d\d:\d\d"
    assert re.search(
        rf"Note by rosa, {day}, on “Wait one hour.”: Two hours\? Answer by wren, {day}: The label says one. "
        rf"Resolved at publication by paul, {day}\.",
        history,
    )
    assert re.search(rf"Note by rosa, {day}, on “First day”: Which\? Resolved by wren, {day}\.", history)


def test_no_byte_of_any_public_page_changes_by_a_note(client, wren, rosa, paul):
    article = article_of(wren)
    take_step(wren, article, "submit")
    take_step(paul, article, "publish")
    preview = previews.address_of(article)
    pages = ["/articles/", article.get_absolute_url(), "/articles/feed/", preview, "/sitemap-articles.xml"]
    pages += [f"{article.get_absolute_url()}comments/", "/"]

    def read() -> list[bytes]:
        return [re.sub(rb'(nonce-|nonce=")[^"\' ]+', b"", client.get(page).content) for page in pages]

    before = read()
    assert b"Wait one hour" in before[1]
    made = note(rosa, article, text="Peregrine")
    send(wren, article, f"{made.pk}/answer/", **{f"answer-{made.pk}": "Peregrine too"})
    assert read() == before
    send(paul, article, f"{made.pk}/resolve/")
    assert read() == before
    assert all(b"Peregrine" not in page for page in read())


def test_notes_go_with_their_article_and_outlive_the_account_of_their_writer(wren, rosa):
    article = article_of(wren)
    made = note(rosa, article)
    rosa.delete()
    made.refresh_from_db()
    assert made.author is None
    assert "A former colleague" in listed(wren, article)
    article.delete()
    assert not Note.objects.exists()


def test_the_migrations_are_complete():
    call_command("makemigrations", "articles", check=True, dry_run=True, verbosity=0)
