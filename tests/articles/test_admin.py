"""The CMS through its pages, without a browser."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from PIL import Image

from articles.models import Article, Comment, Picture
from tests.articles.factories import make_article, make_person, make_review, upload_of
from tests.articles.staff import editor, fields_of, path_of

pytestmark = pytest.mark.django_db


def save(client, article, **changes):
    """Open the form, change fields, and send it."""
    data = fields_of(client.get(path_of(article))) | changes
    return client.post(path_of(article), data, follow=True)


def messages_of(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_the_page_of_the_editor_allows_its_one_inline_script_by_a_nonce(client, writer):
    answer = client.get(path_of(make_article(status="draft", publish_at=None)))
    policy, html = answer["Content-Security-Policy"], answer.content.decode()
    nonce = re.search(r"script-src [^;]*'nonce-([^']+)'", policy)[1]
    assert f'<script type="importmap" nonce="{nonce}">' in html
    assert "unsafe-inline" not in policy
    assert "nonce" not in client.get("/articles/")["Content-Security-Policy"]


def test_a_writer_submits_and_may_not_publish(client, writer):
    article = make_article(status="draft", publish_at=None)
    save(client, article, _step_submit="x")
    article.refresh_from_db()
    assert article.status == "in-review"
    html = client.get(path_of(article)).content.decode()
    assert "_step_publish" not in html
    answer = client.post(path_of(article), fields_of(client.get(path_of(article))) | {"_step_publish": "x"})
    assert answer.status_code == 403
    article.refresh_from_db()
    assert article.status == "in-review"


def test_a_writer_cannot_change_what_readers_see(client, writer):
    article = make_article()
    assert client.get(path_of(article)).status_code == 200
    assert client.post(path_of(article), {"title": "Mine"}).status_code == 403
    article.refresh_from_db()
    assert article.title == "Starting again"


def test_a_reviewer_sends_back_and_does_not_publish(client, django_user_model):
    editor(client, django_user_model, "reviewer")
    article = make_article(status="in-review", publish_at=None)
    save(client, article, _step_send_back="x")
    article.refresh_from_db()
    assert article.status == "draft"


def test_refused_publishing_lists_what_is_missing_and_saves_the_text(client, publisher):
    article = make_article(status="in-review", publish_at=None, citations=0, reviewer=make_person("Ana Reyes"))
    answer = save(client, article, title="A better title", _step_publish="x")
    assert messages_of(answer) == [
        "Saved, but not ready for readers:",
        "Have it reviewed by somebody who is not the author.",
        "Cite at least one source.",
    ]
    article.refresh_from_db()
    assert (article.title, article.status) == ("A better title", "in-review")


def test_scheduling_needs_a_future_time(client, publisher):
    article = make_article(status="in-review", publish_at=None)
    assert messages_of(save(client, article, _step_schedule="x")) == [
        "Saved. To schedule it, say in “Publish at” when."
    ]
    when = timezone.localtime() + timedelta(hours=2)
    save(
        client,
        article,
        publish_on_0=when.strftime("%Y-%m-%d"),
        publish_on_1=when.strftime("%H:%M:%S"),
        _step_schedule="x",
    )
    article.refresh_from_db()
    assert article.status == "scheduled"
    assert not article.is_public
    with time_machine.travel(when + timedelta(minutes=1)):
        assert client.get("/articles/starting-again/").status_code == 200


def test_a_published_article_stays_complete(client, publisher):
    article = make_article()
    assert "Readers see this article. Name an author." in save(client, article, author="").content.decode()
    answer = save(client, article, **{"citations-0-DELETE": "on"})
    assert "Readers see this article. Cite at least one source." in answer.content.decode()
    assert article.citations.count() == 1


def test_the_second_of_two_editors_is_warned_and_nothing_is_lost(client, publisher):
    article = make_article(status="draft", publish_at=None)
    mine = fields_of(client.get(path_of(article)))
    save(client, article, title="Theirs")
    answer = client.post(path_of(article), mine | {"title": "Mine"})
    html = answer.content.decode()
    assert "publisher saved this article" in html
    assert "Nothing was overwritten" in html
    assert 'value="Mine"' in html
    assert 'name="overwrite"' in html
    article.refresh_from_db()
    assert article.title == "Theirs"
    client.post(path_of(article), mine | {"title": "Mine", "overwrite": "on"})
    article.refresh_from_db()
    assert article.title == "Mine"
    assert [revision.title for revision in article.history.all()[:2]] == ["Mine", "Theirs"]


def test_the_history_shows_who_changed_which_words_and_restores_them(client, publisher):
    article = make_article(status="draft", publish_at=None)
    save(client, article, body="<p>You have lost nothing.</p>", **{"citations-0-title": "Another source"})
    html = client.get(path_of(article, "history")).content.decode()
    assert "publisher" in html
    assert "<del>not</del>" in html
    assert re.search(r"<dt>citations</dt><dd>.*<ins>Another", html, re.DOTALL)
    first = article.history.last()
    restore = f"/admin/articles/article/{article.pk}/history/{first.pk}/restore/"
    assert client.get(restore).status_code == 403
    client.post(restore)
    article.refresh_from_db()
    assert article.body == "<p>You have not lost everything.</p>"
    assert [citation.title for citation in article.citations.all()] == ["Source 1"] or first.citations == []
    assert "Restored as it was" in client.get(path_of(article, "history")).content.decode()


def test_an_article_whose_history_holds_nothing_says_so(client, publisher):
    article = make_article(status="draft", publish_at=None)
    article.history.all().delete()
    html = client.get(path_of(article, "history")).content.decode()
    assert "Nothing was changed since the history began." in html
    assert client.get(path_of(article, "compare")).status_code == 404


def test_an_incomplete_version_of_a_published_article_comes_back_as_its_next_version_alone(client, publisher):
    article = make_article(status="draft", publish_at=None, citations=0)
    first = article.history.last()
    save(client, article, summary="Another")
    article.refresh_from_db()
    article.citations.create(title="S", publisher="P")
    make_review(article)
    article.submit()
    article.publish()
    restore = f"/admin/articles/article/{article.pk}/history/{first.pk}/restore/"
    answer = client.post(restore, follow=True)
    assert any("as the next version: readers see the present one" in message for message in messages_of(answer))
    article.refresh_from_db()
    assert (article.summary, article.citations.count()) == ("Another", 1)
    assert (article.next_version.summary, article.next_version.citations.count()) == (first.summary, 0)
    again = client.post(restore, follow=True)
    assert messages_of(again) == ["The next version is being written already. Nothing was restored."]


def test_a_picture_is_uploaded_from_the_editor_or_refused_with_a_sentence(client, writer, pictures):
    address = "/admin/articles/picture/upload/"
    good = client.post(address, {"file": upload_of(Image.new("RGB", (700, 70))), "alt": "A door"})
    assert good.json()["src"].endswith("-700x70.jpg")
    assert Picture.objects.get().uploaded_by == writer
    assert "alternative text" in client.post(address, {"file": upload_of(Image.new("RGB", (9, 9)))}).json()["error"]
    assert client.post(address, {}).json() == {"error": "Choose a file, or a picture of the library."}
    client.logout()
    assert client.post(address).status_code == 302


def test_a_picture_is_uploaded_on_its_own_page_too(client, writer, pictures):
    data = {"file": upload_of(Image.new("RGB", (70, 70))), "alt": "A door", "credit": "Ours"}
    assert client.post("/admin/articles/picture/add/", data).status_code == 302
    assert Picture.objects.get().credit == "Ours"
    bad = upload_of(Image.new("RGB", (70, 70)))
    bad.file.truncate(10)
    html = client.post("/admin/articles/picture/add/", data | {"file": bad}).content.decode()
    assert "not a picture we can read" in html or "empty" in html


def test_the_checker_works_on_text_that_is_not_saved(client, writer):
    data = {"title": "T", "summary": "S", "body": "<p>An addict.</p>", "language": "en"}
    advice = client.post("/admin/articles/article/check/", data).json()["advice"]
    assert advice[0]["text"].startswith("“addict”")
    assert client.get("/admin/articles/article/check/").status_code == 403


def test_the_moderator_decides_many_comments_at_once_and_danger_comes_first(client, publisher):
    article = make_article()
    for text in ("It helped.", "see www.pills.example", "I want to die"):
        Comment(article=article, name="Sam", text=text).hold()
    html = client.get("/admin/articles/comment/").content.decode()
    assert html.index("I want to die") < html.index("www.pills.example") < html.index("It helped.")
    good = Comment.objects.get(text="It helped.")
    client.post("/admin/articles/comment/", {"action": "approve", "_selected_action": [good.pk]})
    rest = Comment.objects.exclude(pk=good.pk)
    client.post("/admin/articles/comment/", {"action": "reject", "_selected_action": [each.pk for each in rest]})
    assert list(Comment.objects.shown()) == [good]
    assert not Comment.objects.waiting().exists()
    assert Comment.objects.get(pk=good.pk).decided_by == publisher


def test_a_writer_sees_comments_and_cannot_decide_on_them(client, writer):
    Comment(article=make_article(), name="Sam", text="It helped.").hold()
    assert "Approve" not in client.get("/admin/articles/comment/").content.decode()


def test_an_article_is_created_through_the_form(client, writer):
    answer = client.get("/admin/articles/article/add/")
    data = fields_of(answer) | {"title": "New", "slug": "new", "summary": "S", "body": "<p>Hi<script>x</script></p>"}
    client.post("/admin/articles/article/add/", data)
    article = Article.objects.get()
    assert (article.status, article.body, article.history.count()) == ("draft", "<p>Hi</p>", 1)
    assert article.history.get().history_user == writer


def test_a_preview_link_is_withdrawn_and_a_new_one_works(client, writer):
    article = make_article(status="draft", publish_at=None)
    [old] = re.findall(r'value="http://testserver(/articles/preview/[^"]+)"', client.get(path_of(article)).text)
    assert client.get(old).status_code == 200
    page = save(client, article, _step_withdraw_previews="1")
    assert "sees it no more" in messages_of(page)[-1]
    assert client.get(old).status_code == 410
    [new] = re.findall(r'value="http://testserver(/articles/preview/[^"]+)"', client.get(path_of(article)).text)
    assert client.get(new).status_code == 200


def test_a_save_that_would_lose_a_picture_is_refused_with_the_form_as_it_was_sent(client, writer):
    article = make_article(status="draft", publish_at=None)
    before = article.body
    body = '<p>New words</p><figure><img src="https://else.example/door.jpg" alt="A door"></figure>'
    answer = save(client, article, body=body)
    assert "The picture at https://else.example/door.jpg is not on this site" in answer.content.decode()
    assert answer.context["adminform"].form["body"].value() == body
    article.refresh_from_db()
    assert article.body == before


def test_a_save_without_a_script_of_the_text_says_so(client, writer):
    article = make_article(status="draft", publish_at=None)
    answer = save(client, article, body="<p>New words</p><script>alert(1)</script>")
    assert "Left out of the text: script." in messages_of(answer)
    article.refresh_from_db()
    assert article.body == "<p>New words</p>"
