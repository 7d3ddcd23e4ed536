"""A translation whose original was changed since: marked, told to readers, and brought up to date."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from articles.models import Translation
from articles.translation_rows import ADDED, CHANGED, MOVED, REMOVED
from core import dashboard
from tests.articles.factories import make_article
from tests.articles.test_admin import messages_of
from tests.articles.test_translations import change, fields_of, needs, path_of, rows_of, type_into

pytestmark = pytest.mark.django_db


def test_a_changed_original_marks_its_translation_and_says_where(both):
    english, spanish = both
    change(english, "<h2>One</h2><p>First, call.</p><p>Second.</p><p>Third.</p>", title="Starting once more")
    assert needs(spanish) == [(CHANGED, "Starting once more"), (CHANGED, "First, call."), (ADDED, "Third.")]
    change(english, "<p>Second.</p><h2>One</h2>")
    assert needs(spanish)[1:] == [(MOVED, "One"), (REMOVED, "First.")] or (REMOVED, "First.") in needs(spanish)
    assert Translation.objects.get(article=spanish).behind_since


def test_a_translation_that_says_all_again_is_no_longer_behind(both):
    english, _spanish = both
    before = english.body
    change(english, "<p>Other.</p>")
    assert Translation.objects.behind().count() == 1
    change(english, before)
    assert Translation.objects.behind().count() == 0
    change(english, before, comments_open=False)
    assert Translation.objects.behind().count() == 0


def test_readers_are_told_once_the_original_says_something_else(client, both):
    english, _spanish = both
    path = "/es/articles/de-nuevo/"
    english.save()
    assert "English article was changed" not in client.get(path).content.decode()
    with time_machine.travel("2026-12-03 15:00"):
        change(english, "<h2>One</h2><p>First, call.</p><p>Second.</p>")
    with time_machine.travel("2026-12-09 15:00"):
        change(english, "<h2>One</h2><p>First, call 911.</p><p>Second.</p>")
        html = client.get(path).content.decode()
    notice = html.split('class="notice"')[1].split("</p>")[0]
    assert re.search("(December 3, 2026|3 de diciembre de 2026)", notice)
    assert 'href="/articles/starting-again/"' in notice
    english.archive()
    assert 'class="notice"' not in client.get(path).content.decode()


def test_the_list_and_the_first_page_of_the_admin_lead_to_what_is_behind(client, publisher, both):
    english, spanish = both
    make_article("Another")
    change(english, "<p>Other.</p>")
    [queue] = [queue for queue in dashboard.queues() if queue.name == "translation_behind"]
    assert queue.waiting()[0] == 1
    html = client.get(queue.url).content.decode()
    assert f'<a href="{path_of(spanish)}">behind since' in html
    assert "Another" not in html
    html = client.get(path_of(spanish)).content.decode()
    assert "New in the English article" in html


def test_the_page_shows_the_old_and_the_new_words(client, publisher, both):
    english, spanish = both
    change(english, "<h2>One</h2><p>First, call.</p><p>Second.</p>")
    html = client.get(path_of(spanish)).content.decode()
    assert re.search("<del>First.</del> <ins>First, call.</ins>", html)
    change(english, "<h2>One</h2><p><strong>First.</strong></p><p>Second.</p>")
    assert "Not the words: the formatting" in client.get(path_of(spanish)).content.decode()


def test_paragraph_by_paragraph_it_is_brought_up_to_date(client, publisher, both):
    english, spanish = both
    change(english, "<h2>One</h2><p>First, call.</p><p>Third.</p><p>And Second.</p>")
    rows = client.get(path_of(spanish)).context["rows"]
    [changed] = [row for row in rows if row["status"] == CHANGED and "call" in str(row["original"])]
    answer = type_into(client, spanish, {"First, call.": "Primero, llame."}, **{f"{changed['id']}-done": "on"})
    assert "still differ" in messages_of(answer)[0]
    spanish.refresh_from_db()
    assert "<p>Primero, llame.</p>" in spanish.body
    assert not [each for each in needs(spanish) if "call" in each[1]]
    assert Translation.objects.behind().count() == 1
    answer = type_into(client, spanish, {"Third.": "Tercero."}, _all="1")
    assert messages_of(answer) == ["Saved. The translation is complete and up to date."]
    spanish.refresh_from_db()
    assert "<p>Tercero.</p>" in spanish.body
    assert Translation.objects.behind().count() == 0


def test_a_changed_paragraph_that_nobody_confirmed_stays_marked_with_its_old_words(client, publisher, both):
    english, spanish = both
    change(english, "<h2>One</h2><p>First, call.</p><p>Second.</p>")
    type_into(client, spanish, {"Second.": "El segundo."})
    change(english, "<h2>One</h2><p>First, call 911.</p><p>Second.</p>")
    [row] = [row for row in rows_of(spanish) if row.status == CHANGED]
    assert row.before.html == "<p>First.</p>"
    assert row.texts == ["Primero."]


def test_a_removed_paragraph_goes_when_the_translator_says_so(client, publisher, both):
    english, spanish = both
    change(english, "<h2>One</h2><p>Second.</p>")
    type_into(client, spanish, {})
    spanish.refresh_from_db()
    assert "Primero." in spanish.body
    [row] = [row for row in client.get(path_of(spanish)).context["rows"] if row["status"] == REMOVED]
    type_into(client, spanish, {}, **{f"{row['id']}-done": "on"})
    spanish.refresh_from_db()
    assert spanish.body == "<h2>Uno</h2><p>Segundo.</p>"
    assert needs(spanish) == []


def test_a_paragraph_that_moved_is_moved_by_saving(client, publisher, both):
    english, spanish = both
    change(english, "<p>Second.</p><h2>One</h2><p>First.</p>")
    type_into(client, spanish, {})
    spanish.refresh_from_db()
    assert spanish.body == "<p>Segundo.</p><h2>Uno</h2><p>Primero.</p>"
    assert Translation.objects.behind().count() == 0


def test_an_original_that_changes_while_somebody_translates_is_not_confirmed_unseen(client, publisher, both):
    english, spanish = both
    change(english, "<h2>One</h2><p>First, call.</p><p>Second.</p>")
    answer = client.get(path_of(spanish))
    [row] = [row for row in answer.context["rows"] if row["status"] == CHANGED]
    change(english, "<h2>One</h2><p>First, do not call.</p><p>Second.</p>")
    typed = {f"{row['id']}-done": "on", f"{row['id']}-0": "Primero, llame."}
    client.post(path_of(spanish), fields_of(answer) | typed)
    [row] = [row for row in rows_of(spanish) if row.status == CHANGED]
    assert row.texts == ["Primero, llame."]  # kept, and still to be looked at


def test_another_original_begins_anew(both):
    english, spanish = both
    change(english, "<p>Other.</p>")
    spanish.translation_of = make_article("Another")
    spanish.save()
    assert not Translation.objects.exists()


def test_another_version_of_a_translation_takes_over_what_agrees(both):
    english, spanish = both
    change(english, "<h2>One</h2><p>First, call.</p><p>Second.</p>")
    version = make_article("De nuevo 2", language="es", translation_of=english, body=spanish.body, status="draft")
    Translation.objects.get(article=spanish).copy_to(version)
    assert needs(version) == needs(spanish)


def test_a_translation_stays_up_to_date_over_a_week(both):
    english, _spanish = both
    with time_machine.travel(timezone.now() + timedelta(days=7)):
        english.save()
    assert Translation.objects.behind().count() == 0
