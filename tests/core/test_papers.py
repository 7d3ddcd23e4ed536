"""Terms, refunds and the other papers: versions with a day, kept and accepted."""

import io
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from core import papers
from core.models import Paper, PaperAcceptance
from listings.models.subscription import GRACE
from listings.models.subscription_terms import NOTICE
from tests.clinics.admin.admin_client import page_of, run_action
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def load() -> str:
    out = io.StringIO()
    call_command("load_papers", stdout=out)
    return out.getvalue()


def write(slug="terms", version=2, language="en", **columns) -> Paper:
    values = {"title": "Terms", "text": "The second text.", "note": "Shorter.", "published_on": TODAY()}
    return Paper.objects.create(slug=slug, version=version, language=language, **values | columns)


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def test_each_paper_is_shipped_in_both_languages_with_one_version_and_no_open_blank():
    found = {(paper.slug, paper.language) for paper in papers.shipped()}
    assert found == {(slug, language) for slug in Paper.ADDRESSES for language in ("en", "es")}
    assert set(Paper.ADDRESSES) == set(Paper.Slug.values)
    for paper in papers.shipped():
        assert not re.search(r"[{}]|\*\*|\]\(", papers.html_of(paper)), paper


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_site_without_loaded_papers_shows_the_starter_texts(client, prefix):
    for address in Paper.ADDRESSES.values():
        assert "2026" in page(client, f"{prefix}/{address}/")


def test_loading_again_adds_nothing_and_keeps_what_an_editor_wrote():
    assert "16 created" in load()
    assert "0 created, 16 unchanged" in load()
    Paper.objects.filter(slug="refunds").delete()
    write(slug="refunds", version=1, text="Ours.")
    assert "0 created, 14 unchanged; written here, so not added to: refunds" in load()
    assert Paper.objects.get(slug="refunds").text == "Ours."


def test_an_older_version_stays_readable_and_says_that_it_is_not_in_force(client):
    load()
    write(title="Terms of now")
    assert "The second text." in page(client, "/terms/")
    old = page(client, "/terms/1/")
    assert "It is not in force any more." in old
    assert "You end it with one button" in old
    assert "Shorter." in old, "the list of versions says what changed"
    assert client.get("/terms/3/").status_code == 404


def test_a_draft_and_a_version_of_tomorrow_are_not_shown(client):
    load()
    write(published_on=None)
    write(version=3, published_on=TODAY() + timedelta(days=1))
    assert "Version 1, in force since" in page(client, "/terms/")
    assert client.get("/terms/2/").status_code == client.get("/terms/3/").status_code == 404


def test_a_version_without_a_translation_is_shown_in_english_and_says_so(client):
    load()
    write()
    text = page(client, "/es/terms/")
    assert "The second text." in text
    assert '<div lang="en">' in text


def test_a_text_becomes_paragraphs_lists_and_links_and_no_markup_of_its_own():
    text = "## A <b>head</b>\n\n- one **strong**\n- [two](/refunds/)\n\n[x](javascript:alert(1)) <script>"
    html = papers.html_of(Paper(text=text, language="es"))
    assert html == (
        "<h2>A &lt;b&gt;head&lt;/b&gt;</h2>\n"
        '<ul><li>one <strong>strong</strong></li><li><a href="/es/refunds/">two</a></li></ul>\n'
        "<p>[x](javascript:alert(1)) &lt;script&gt;</p>"
    )


def test_who_runs_the_site_is_filled_in_and_never_invented(client, settings):
    settings.LEGAL_NAME, settings.LEGAL_ADDRESS = "", ""
    assert "who has not stated a name and postal address here yet" in page(client, "/terms/")
    settings.LEGAL_NAME, settings.LEGAL_ADDRESS = "Example Health, Inc.", "1 Example Street, Baltimore, MD 21202"
    assert "Example Health, Inc., 1 Example Street, Baltimore, MD 21202" in page(client, "/terms/")


def test_the_days_in_the_terms_are_those_of_the_code(client):
    text = page(client, "/terms/")
    assert f"until {NOTICE.days} days after we told you" in text
    assert f"stays as it is for {GRACE.days} days" in text


def test_a_newer_version_is_to_be_accepted_and_each_is_stored_once():
    user = UserFactory()
    assert papers.terms_to_accept(user) is None, "there are no terms yet"
    load()
    assert papers.terms_to_accept(user).version == 1
    papers.accept_terms(user)
    papers.accept_terms(user, 1)
    assert papers.terms_to_accept(user) is None
    write()
    assert papers.terms_to_accept(user).version == 2
    papers.accept_terms(user)
    assert sorted(PaperAcceptance.objects.values_list("version", flat=True)) == [1, 2]


def test_an_editor_begins_the_next_version_and_cannot_change_one_in_force(client):
    client.force_login(User.objects.create_superuser("chief"))
    load()
    first = Paper.objects.get(slug="terms", language="en")
    run_action(client, Paper, "write_next", [first])
    run_action(client, Paper, "write_next", [first])
    draft = Paper.objects.get(slug="terms", language="en", version=2)
    assert (draft.text, draft.published_on) == (first.text, None)
    facts = {"slug": "terms", "language": "en", "version": 2, "title": "Terms", "text": "New.", "note": "All."}
    yesterday = TODAY() - timedelta(days=1)
    assert client.post(page_of("change", Paper, draft.pk), facts | {"published_on": yesterday}).status_code == 200
    assert client.post(page_of("change", Paper, draft.pk), facts | {"published_on": TODAY()}).status_code == 302
    assert client.post(page_of("change", Paper, draft.pk), facts | {"text": "Other."}).status_code == 403
    assert client.post(page_of("delete", Paper, draft.pk), {"post": "yes"}).status_code == 403
    assert Paper.objects.get(pk=draft.pk).text == "New."
