"""Next versions, comparisons, the trash and previews through the pages of the admin."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from articles.models import Article
from tests.articles.factories import PictureFactory, make_article, make_review, make_topic
from tests.articles.staff import fields_of, path_of
from tests.articles.test_admin import messages_of, save

pytestmark = pytest.mark.django_db
PAGES = ("/articles/", "/articles/starting-again/", "/articles/feed/", "/sitemap-articles.xml", "/")


@pytest.fixture
def logged_in(client, django_user_model):
    """logged_in(group) -> a person of that group, who uses the client from then on."""

    def log_in(group: str):
        user, _created = django_user_model.objects.get_or_create(username=group, is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        return user

    return log_in


def begin(client, article):
    answer = client.post(path_of(article, "next-version"), follow=True)
    assert answer.status_code == 200
    return article.next_version


def public_bytes(client) -> list[bytes]:
    return [client.get(path).content for path in PAGES]


def test_the_proposal_of_a_writer_changes_no_byte_that_readers_get(client, logged_in):
    article = make_article()
    before = public_bytes(client)
    logged_in("writer")
    assert "Write the next version" in client.get(path_of(article)).text
    version = begin(client, article)
    save(client, version, title="A new start", slug="a-new-start", body="<p>Nothing is lost.</p>", _step_submit="1")
    version.refresh_from_db()
    assert (version.title, version.status) == ("A new start", "in-review")
    make_review(version)
    client.logout()
    assert public_bytes(client) == before
    assert client.get("/articles/a-new-start/").status_code == 404
    logged_in("publisher")
    answer = save(client, version, _step_publish="1")
    assert messages_of(answer) == ["A new start: published."]
    assert answer.redirect_chain[-1][0] == path_of(article)
    client.logout()
    assert "<h1>A new start</h1>" in client.get("/articles/a-new-start/").text


def test_a_proposal_publishes_one_revision_with_the_person_and_the_reason(client, logged_in):
    article = make_article()
    publisher = logged_in("publisher")
    revisions = article.history.count()
    version = begin(client, article)
    save(client, version, summary="Another.", _step_submit="1")
    version.refresh_from_db()
    make_review(version)
    revisions += version.history.count()
    save(client, version, _step_publish="1")
    assert article.history.count() == revisions + 1
    newest = article.history.first()
    assert (newest.history_user, newest.history_change_reason, newest.summary) == (
        *(publisher, "Publish over the live article", "Another."),
    )


def test_a_live_article_that_changed_leads_to_the_comparison_and_can_be_published_over(client, logged_in):
    article = make_article()
    logged_in("publisher")
    version = begin(client, article)
    save(client, version, body="<p>Mine.</p>", _step_submit="1")
    version.refresh_from_db()
    make_review(version)
    save(client, article, body="<p>Theirs.</p>")
    answer = save(client, version, _step_publish="1")
    assert "changed after this version was begun" in messages_of(answer)[0]
    assert answer.redirect_chain[-1][0] == path_of(version, "compare")
    assert "Publish it anyway" in answer.text
    assert "<del>Theirs.</del>" in answer.text
    assert "<dt>status</dt>" not in answer.text  # that of a next version is its own
    theirs = client.get(path_of(version, "compare") + "?from=begun&to=live").text
    assert "<ins>Theirs.</ins>" in theirs
    logged_in("writer")
    assert "Publish it anyway" not in client.get(path_of(version, "compare")).text
    assert client.post(path_of(version, "publish-anyway")).status_code == 403
    logged_in("publisher")
    press_publish_anyway(client, client.get(path_of(version, "compare")))
    article.refresh_from_db()
    assert article.body == "<p>Mine.</p>"
    assert not Article.objects.filter(pk=version.pk).exists()


def test_a_step_writes_one_revision_and_a_save_without_changes_none(client, logged_in):
    article = make_article(status="draft", publish_at=None)
    logged_in("publisher")
    revisions = article.history.count()
    save(client, article)
    assert article.history.count() == revisions
    save(client, article, summary="Another.", _step_submit="1")
    assert article.history.count() == revisions + 1
    newest = article.history.first()
    assert (newest.summary, newest.status, newest.history_change_reason) == (
        *("Another.", "in-review", "Hand in for review"),
    )
    save(client, article, summary="A third.", _step_withdraw_previews="1")
    assert article.history.count() == revisions + 2
    article.refresh_from_db()
    article.citations.all().delete()
    save(client, article, summary="Refused.", _step_publish="1")
    assert [article.history.count(), article.history.first().summary] == [revisions + 3, "Refused."]
    assert "Nothing that is shown here changed" not in client.get(path_of(article, "history")).text


def test_two_versions_that_are_not_neighbours_are_compared_in_one_time_zone(client, logged_in):
    with time_machine.travel("2026-11-28T20:37:00Z", tick=False):
        article = make_article(status="draft", publish_at=None)
    logged_in("publisher")
    first = article.history.last()
    save(client, article, body="<h2>You have not lost everything.</h2>")
    save(client, article, title="A second start", unpublish_at_0="2027-03-01", unpublish_at_1="09:00")
    page = client.get(path_of(article, "compare") + f"?from={first.pk}&to=now").text
    assert "All times are New York time." in page
    assert "as it was on Nov 28, 2026, 15:37" in page
    assert "is now a heading; it was a paragraph." in page
    assert "<ins>A second start</ins>" in page
    assert "<ins>Mar 1, 2027, 09:00</ins>" in page
    history = client.get(path_of(article, "history")).text
    assert f'name="from" form="compare" value="{first.pk}"' in history
    assert "Nov 28, 2026, 15:37" in history
    assert "+00:00" not in history
    for wrong in ("x", "9" * 30, "0"):
        assert client.get(path_of(article, "compare") + f"?from={wrong}").status_code == 404


def test_what_readers_see_is_restored_after_a_look_and_as_the_next_version(client, logged_in):
    article = make_article()
    logged_in("publisher")
    save(client, article, body="<p>Nothing is lost.</p>")
    first = article.history.last()
    history = client.get(path_of(article, "history")).text
    assert "Restore this version" not in history
    look = path_of(article, "compare") + f"?from=now&amp;to={first.pk}"
    assert look.removeprefix("/admin") in history
    assert "Restore it as the next version" in client.get(look.replace("&amp;", "&")).text
    client.post(f"/admin/articles/article/{article.pk}/history/{first.pk}/restore/")
    article.refresh_from_db()
    assert article.body == "<p>Nothing is lost.</p>"
    assert article.next_version.body == "<p>You have not lost everything.</p>"


def test_a_reviewer_of_a_published_article_is_offered_no_step_and_told_why(client, logged_in):
    article = make_article()
    logged_in("reviewer")
    page = client.get(path_of(article)).text
    assert "_step_" not in page
    answer = client.post(path_of(article), {"_step_send_back": "1"})
    assert answer.status_code == 403
    assert "only publishers change it. Write its next version instead." in answer.text
    assert "cookie" not in answer.text
    article.refresh_from_db()
    assert article.status == "published"


def test_a_step_that_is_not_for_the_account_is_refused_with_a_sentence(client, logged_in):
    article = make_article(status="in-review", publish_at=None)
    logged_in("writer")
    answer = client.post(path_of(article), fields_of(client.get(path_of(article))) | {"_step_publish": "1"})
    assert answer.status_code == 403
    assert "“Publish now” is not for your account." in answer.text


@pytest.mark.parametrize("status", Article.Status.values)
@pytest.mark.parametrize("group", ["writer", "reviewer", "publisher"])
def test_no_offered_step_is_answered_403(client, logged_in, group, status):
    article = make_article(status=status, publish_at=timezone.now() if status in ("published", "archived") else None)
    if status == "scheduled":
        Article.objects.update(publish_at=timezone.now() + timedelta(days=1))
    logged_in(group)
    offered = re.findall('name="_step_([a-z_]+)"', client.get(path_of(article)).text)
    for step in offered:
        data = fields_of(client.get(path_of(article))) | {f"_step_{step}": "1"}
        stored = Article.objects.filter(pk=article.pk).values("status", "publish_at").get()
        assert client.post(path_of(article), data).status_code == 302, step
        Article.objects.filter(pk=article.pk).update(**stored)
    assert bool(offered) == (group == "publisher" or status in ("draft", "in-review"))


def test_deleting_is_the_trash_and_the_trash_gives_back(client, logged_in):
    article = make_article()
    logged_in("writer")
    assert client.get(path_of(article, "delete")).status_code == 403
    logged_in("publisher")
    confirm = client.get(path_of(article, "delete")).text
    assert "For 90 days it can be taken out again" in confirm
    answer = client.post(path_of(article, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(answer) == ["“Starting again” is in the trash, and can be taken out for 90 days."]
    assert client.get("/articles/starting-again/").status_code == 410
    assert "Starting again" not in client.get("/admin/articles/article/").text
    assert "Starting again" in client.get("/admin/articles/article/?trash=yes").text
    page = client.get(path_of(article)).text
    assert "Take it out of the trash" in page
    assert "_step_" not in page
    assert client.post(path_of(article), {"_step_publish": "1"}).status_code == 403
    logged_in("writer")
    assert client.post(path_of(article, "take-out-of-trash")).status_code == 403
    logged_in("publisher")
    answer = client.post(path_of(article, "take-out-of-trash"), follow=True)
    assert messages_of(answer) == ["Starting again: archived. Readers see nothing of it yet."]
    save(client, article, _step_publish="1")
    assert client.get("/articles/starting-again/").status_code == 200


def test_a_writer_deletes_the_own_proposal_and_nothing_else(client, logged_in):
    article = make_article()
    logged_in("writer")
    version = begin(client, article)
    client.post(path_of(version, "delete"), {"post": "yes"})
    version.refresh_from_db()
    assert version.trashed_at
    other = begin(client, article)
    assert other.pk != version.pk
    logged_in("publisher")
    answer = client.post(path_of(version, "take-out-of-trash"), follow=True)
    assert "Another next version of this article is being written" in messages_of(answer)[0]


def test_a_writer_takes_the_own_proposal_out_of_the_trash_on_its_page(client, logged_in):
    article = make_article()
    logged_in("writer")
    version = begin(client, article)
    client.post(path_of(version, "delete"), {"post": "yes"})
    assert "Take it out of the trash" in client.get(path_of(version)).text
    client.post(path_of(version, "take-out-of-trash"))
    assert article.next_version == version
    article.trash()
    assert "Take it out of the trash" not in client.get(path_of(article)).text, "that is for publishers"


def test_the_list_shows_a_next_version_below_its_article_and_other_fields_do_not_offer_it(client, logged_in):
    article, newer = make_article(publish_at=timezone.now() - timedelta(days=1)), make_article("Newer")
    logged_in("publisher")
    version = begin(client, article)
    page = client.get("/admin/articles/article/").text
    places = [page.index(f"/{each.pk}/change/") for each in (newer, article, version)]
    assert places == sorted(places)
    assert "next version of “Starting again”" in page
    fields = {"app_label": "articles", "model_name": "article", "field_name": "related"}
    offered = client.get("/admin/autocomplete/", fields).json()["results"]
    assert {each["id"] for each in offered} == {str(article.pk), str(newer.pk)}


def test_the_queues_of_the_first_page_lead_to_exactly_their_rows(client, logged_in):
    logged_in("publisher")
    make_article("Handed in", status="in-review", publish_at=None)
    make_article("Overdue", review_due_on=timezone.localdate() - timedelta(days=1))
    make_article("Neither")
    home = client.get("/admin/").text
    for words, title in (("handed in for review", "Handed in"), ("medical review is due", "Overdue")):
        address = re.search(rf'<a href="([^"]+)">1? ?article[^<]*{words}', home)[1]
        rows = client.get(address.replace("&amp;", "&")).context["cl"].result_list
        assert [row.title for row in rows] == [title]


def test_a_preview_shows_what_is_not_saved_and_stores_nothing(client, logged_in):
    topic = make_topic("family", name="Family")
    article = make_article()
    logged_in("publisher")
    data = fields_of(client.get(path_of(article)))
    data |= {"title": "Not saved", "body": "<p>As it stands<script>x</script>.</p>", "topics": [topic.pk]}
    data |= {"citations-0-title": "A source not saved"}
    answer = client.post(path_of(article, "preview"), data)
    assert answer.status_code == 200
    for text in ("&lt;h1&gt;Not saved&lt;/h1&gt;", "As it stands.", "A source not saved", "Family"):
        assert text in answer.text
    assert "script&gt;x" not in answer.text
    assert answer["Cache-Control"].startswith("no-store")
    assert answer["X-Robots-Tag"] == "noindex"
    article.refresh_from_db()
    assert (article.title, article.citations.get().title, article.topics.count()) == ("Starting again", "Source 1", 0)
    assert article.version == 0
    assert client.get(path_of(article, "preview"))["Location"] == path_of(article)


def test_a_preview_of_a_form_with_gaps_and_of_a_new_article_works(client, logged_in):
    logged_in("writer")
    data = fields_of(client.get("/admin/articles/article/add/")) | {"title": "New", "body": "<p>First words.</p>"}
    answer = client.post("/admin/articles/article/preview/", data)
    assert "First words." in answer.text
    assert client.post("/admin/articles/article/preview/", {}).status_code == 200
    assert not Article.objects.exists()


def test_a_preview_is_for_whoever_may_change_the_article(client, logged_in):
    article = make_article()
    logged_in("writer")
    assert client.post(path_of(article, "preview"), {"title": "X"}).status_code == 403
    client.logout()
    for address in (path_of(article, "preview"), "/admin/articles/article/preview/"):
        assert client.post(address, {"title": "X"}).status_code == 302


def test_until_when_and_what_instead_is_for_publishers_to_say(client, logged_in):
    article = make_article(status="draft", publish_at=None)
    newer = make_article("Newer")
    logged_in("writer")
    save(client, article, unpublish_at_0="2030-01-01", unpublish_at_1="09:00", replaced_by=newer.pk)
    article.refresh_from_db()
    assert (article.unpublish_at, article.replaced_by) == (None, None)
    logged_in("publisher")
    save(client, article, unpublish_at_0="2030-01-01", unpublish_at_1="09:00", replaced_by=newer.pk)
    article.refresh_from_db()
    assert (timezone.localtime(article.unpublish_at).hour, article.replaced_by) == (9, newer)


def test_a_writer_cannot_change_what_readers_are_told_of_an_archived_article(client, logged_in):
    article = make_article()
    article.archive()
    logged_in("writer")
    assert client.post(path_of(article), {"slug": "other"}).status_code == 403
    assert begin(client, article).slug == article.slug


def test_a_revision_is_restored_without_what_was_deleted_since_and_the_page_says_so(client, logged_in):
    logged_in("publisher")
    picture, original = PictureFactory(), make_article("Original")
    article = make_article(status="draft", publish_at=None, language="es", hero=picture, translation_of=original)
    old = article.history.last()
    article.title, article.hero, article.translation_of = "Another", None, None
    article.save()
    picture.delete()
    original.delete()
    answer = client.post(path_of(article, f"history/{old.pk}/restore"), follow=True)
    connection.check_constraints()
    article.refresh_from_db()
    assert (article.title, article.hero, article.translation_of) == ("Starting again", None, None)
    assert "Left out, for it was deleted since: translation of, picture at the top." in answer.text


def test_whoever_deletes_an_article_is_told_of_its_next_version(client, logged_in):
    article = make_article()
    logged_in("publisher")
    assert "next version" not in client.get(path_of(article, "delete")).text
    version = begin(client, article)
    page = client.get(path_of(article, "delete")).text
    assert f'<a href="{path_of(version)}">next version</a> goes with it (draft)' in page
    client.post(path_of(article, "delete"), {"post": "yes"}, follow=True)
    version.refresh_from_db()
    assert version.trashed_at
    answer = client.post(path_of(version, "take-out-of-trash"), follow=True)
    assert messages_of(answer) == ["Its article is in the trash too. Take that out first."]


def outdated(client, article, is_reviewed=True):
    """A next version in review, of an article that was changed since. `client` is a publisher's."""
    version = begin(client, article)
    save(client, version, body="<p>Mine.</p>", _step_submit="1")
    version.refresh_from_db()
    if is_reviewed:
        make_review(version)
    save(client, article, body="<p>Theirs.</p>")
    return version


def press_publish_anyway(client, page):
    """Send the form of a page of comparison as it stands."""
    address, form = re.search(r'action="([^"]+publish-anyway/)">(.*?)</form>', page.text, re.DOTALL).groups()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    return client.post(address, fields, follow=True)


def test_publishing_anyway_that_is_refused_leaves_the_warning_and_the_history_as_they_were(client, logged_in):
    article = make_article()
    logged_in("publisher")
    version = outdated(client, article, is_reviewed=False)
    revisions = version.history.count()
    answer = press_publish_anyway(client, client.get(path_of(version, "compare")))
    assert "Have it reviewed" in messages_of(answer)[0]
    version.refresh_from_db()
    assert (version.is_outdated, version.history.count()) == (True, revisions)
    article.refresh_from_db()
    assert article.body == "<p>Theirs.</p>"


@pytest.mark.parametrize("changed", ["version", "article"])
def test_what_was_changed_after_the_comparison_was_opened_is_compared_again_first(client, logged_in, changed):
    article = make_article()
    logged_in("publisher")
    version = outdated(client, article)
    page = client.get(path_of(version, "compare"))
    save(client, {"version": version, "article": article}[changed], summary="Newer.")
    answer = press_publish_anyway(client, page)
    assert "changed after you opened this page" in messages_of(answer)[0]
    assert answer.redirect_chain[-1][0] == path_of(version, "compare")
    article.refresh_from_db()
    assert article.body == "<p>Theirs.</p>"
    make_review(Article.objects.get(pk=version.pk))
    press_publish_anyway(client, answer)
    article.refresh_from_db()
    assert article.body == "<p>Mine.</p>"


def test_of_an_archived_article_nobody_is_told_that_readers_see_it(client, logged_in):
    article = make_article()
    article.archive()
    logged_in("publisher")
    version = outdated(client, article)
    answer = press_publish_anyway(client, client.get(path_of(version, "compare")))
    assert messages_of(answer) == ["Starting again: archived."]
    client.logout()
    assert client.get("/articles/starting-again/").status_code == 410


def test_a_form_that_is_refused_or_whose_row_is_gone_comes_back_as_text_to_copy(client, logged_in):
    article = make_article()
    logged_in("publisher")
    version = begin(client, article)
    typed = {"title": "Typed", "body": "<p>For an <strong>hour</strong>.<script>x</script></p>", "summary": "<b>"}
    sent = fields_of(client.get(path_of(version))) | typed | {"citations-0-title": "A source of mine"}
    logged_in("writer")
    for status, why in ((403, "only publishers change it"), (404, "published as the live article, or deleted")):
        answer = client.post(path_of(article if status == 403 else version), sent)
        assert (answer.status_code, why in answer.text) == (status, True)
        for text in ("Typed", "<p>For an <strong>hour</strong>.", "&lt;b&gt;", "A source of mine"):
            assert text in answer.text
        assert "<script>x" not in answer.text
        assert "Back" not in answer.text
        Article.objects.filter(pk=version.pk).delete()
