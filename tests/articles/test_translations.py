"""An article and its translation: begun as a copy, translated side by side, and told when the original changed."""

import uuid

import pytest
from django.utils import timezone

from articles import markup
from articles.models import Article, Translation
from articles.models.translations import start
from articles.translation_rows import CHANGED, NEW, OWN, SAME
from articles.translations import parts_of
from core.form_drafts.models import FormDraft
from tests.articles.factories import PictureFactory, make_account, make_article, make_topic
from tests.articles.staff import editor
from tests.articles.test_admin import messages_of

pytestmark = pytest.mark.django_db
PICTURE = (
    '<figure><img src="/pictures/0123456789abcdef-9x9.jpg" alt="An open door"><figcaption>A door</figcaption></figure>'
)
BODY = (
    "<h2>The first day</h2><p>Call <strong>one</strong> person.</p><ul><li>Eat.</li><li>Sleep.</li></ul>"
    f'<directory-block preset="detox"></directory-block>{PICTURE}<p>See <a href="/find/detox/">a clinic</a>.</p>'
)


@pytest.fixture
def original():
    return make_article(body=BODY, citations=2, topics=[make_topic()], hero=PictureFactory())


def change(article, body: str, **fields) -> None:
    article.body = body
    for name, value in fields.items():
        setattr(article, name, value)
    article.save()


def rows_of(article) -> list:
    return Translation.objects.get(article=article).rows()


def needs(article) -> list[tuple[str, str]]:
    """(what it needs, the words of the original) of each row of the text that is not as it should be."""
    return [
        (row.status, markup.text_of((row.original or row.before or row.form).html))
        for row in rows_of(article)
        if row.status != SAME
    ]


def path_of(article) -> str:
    return f"/admin/articles/article/{article.pk}/side-by-side/"


def fields_of(answer) -> dict:
    """What the page would send, as it stands."""
    data = {"opened_version": answer.context["opened_version"], "slug": answer.context["slug"]}
    for row in answer.context["rows"]:
        data[f"{row['id']}-of"] = row["of"]
        data |= {field["name"]: field["text"] for field in row["fields"]}
    return data


def type_into(client, article, words: dict[str, str], **others):
    """Open the page, put words into the fields that stand beside those of the original, and save."""
    data = typed(client.get(path_of(article)), words) | others
    return client.post(path_of(article), data, follow=True)


def typed(answer, words: dict[str, str]) -> dict:
    """What an open page would send with words in the fields that stand beside those of the original."""
    starts = {field["start"]: field["name"] for row in answer.context["rows"] for field in row["fields"]}
    return fields_of(answer) | {name: words[start] for start, name in starts.items() if start in words}


ALL = {
    "Starting again": "Empezar de nuevo",
    "What to do first after a return to use.": "Qué hacer primero.",
    "The first day": "El primer día",
    "Call <strong>one</strong> person.": "Llame a <strong>una</strong> persona.",
    "Eat.": "Coma.",
    "Sleep.": "Duerma.",
    "An open door": "Una puerta abierta",
    "A door": "Una puerta",
    'See <a href="/es/find/detox/">a clinic</a>.': 'Vea <a href="/es/find/detox/">una clínica</a>.',
}


# Begun.


def test_a_draft_has_everything_of_the_original_but_its_words(client, writer, original):
    related, other = make_article("Related"), make_article("Relacionado", language="es")
    other.translation_of = related
    other.save()
    original.related.add(related)
    original.review_due_on = timezone.localdate()
    original.save()
    answer = client.post(f"/admin/articles/article/{original.pk}/translate/")
    draft = Article.objects.get(translation_of=original)
    assert answer["Location"] == path_of(draft)
    assert (draft.language, draft.status, draft.slug) == ("es", "draft", "starting-again-es")
    assert [part.tag for part in parts_of(draft.body)] == [part.tag for part in parts_of(original.body)]
    assert '<a href="/es/find/detox/">' in draft.body
    cited = [list(a.citations.values_list("title", "url", "publisher", "accessed_on")) for a in (original, draft)]
    assert cited[0] == cited[1]
    assert len(cited[0]) == 2
    assert list(draft.topics.all()) == list(original.topics.all())
    assert list(draft.related.all()) == [other]
    assert (draft.hero, draft.review_due_on) == (original.hero, original.review_due_on)
    assert (draft.reviewer, draft.last_reviewed_on) == (None, None)  # a review is of one text
    [revision] = draft.history.all()
    assert (revision.history_user, len(revision.citations)) == (writer, 2)


def test_a_second_press_leads_to_the_same_draft(client, writer, original):
    first = client.post(f"/admin/articles/article/{original.pk}/translate/")["Location"]
    assert client.post(f"/admin/articles/article/{original.pk}/translate/")["Location"] == first
    assert Article.objects.filter(translation_of=original).count() == 1


def test_a_spanish_article_is_translated_into_english(client, writer):
    spanish = make_article("De nuevo", language="es", body='<p><a href="/es/find/detox/">Una clínica</a></p>')
    client.post(f"/admin/articles/article/{spanish.pk}/translate/")
    english = Article.objects.get(translation_of=spanish)
    assert (english.language, english.body) == ("en", '<p><a href="/find/detox/">Una clínica</a></p>')


def test_the_button_stands_on_an_article_without_a_translation_alone(client, publisher, both):
    _english, spanish = both
    alone = make_article("Alone")
    page = "/admin/articles/article/{}/change/"
    assert "Translate into Spanish" in client.get(page.format(alone.pk)).content.decode()
    for article in both:
        html = client.get(page.format(article.pk)).content.decode()
        assert "Translate into" not in html
        assert path_of(spanish) in html


def test_who_may_not_add_articles_does_not_translate(client, django_user_model, original):
    editor(client, django_user_model, "reviewer")
    assert client.post(f"/admin/articles/article/{original.pk}/translate/").status_code == 403
    assert not Article.objects.filter(translation_of=original).exists()


def test_an_address_alone_begins_no_translation(client, writer, original):
    assert client.get(f"/admin/articles/article/{original.pk}/translate/").status_code == 403
    assert client.get("/admin/articles/article/0/side-by-side/").status_code == 404
    assert client.get(path_of(original)).status_code == 404
    assert not Translation.objects.exists()


def test_a_writer_reads_and_does_not_change_a_published_translation(client, writer, both):
    answer = client.get(path_of(both[1]))
    assert "You can read this page but not change the translation." in answer.content.decode()
    assert 'name="_save"' not in answer.content.decode()
    assert client.post(path_of(both[1]), fields_of(answer) | {"title-0": "Mine"}).status_code == 403
    both[1].refresh_from_db()
    assert both[1].title == "De nuevo"


def test_only_who_may_change_a_translation_keeps_drafts_of_it(client, writer, both):
    draft = start(make_article("Alone", body=BODY), writer)
    page = str(uuid.uuid4())
    sent = {"do": "keep", "user": writer.pk, "page": page, "revision": 1, "replaces": {}, "content": {"fields": {}}}
    for article, status in ((draft, 200), (both[1], 403)):
        address = f"{path_of(article)}form-drafts/"
        assert client.post(address, sent, content_type="application/json").status_code == status
    assert client.get("/admin/articles/article/0/side-by-side/form-drafts/").status_code == 404
    assert client.get(f"/admin/articles/article/{draft.pk}/form-drafts/").json()["drafts"] == []  # another form
    type_into(client, draft, {}, slug="qué es", _draft=page, _draft_revision="1")
    assert FormDraft.objects.count() == 1
    type_into(client, draft, {"Eat.": "Coma."}, _draft=page, _draft_revision="1")
    assert not FormDraft.objects.exists()


# Translated.


def test_a_draft_is_translated_paragraph_by_paragraph(client, writer, original):
    draft = start(original, writer)
    answer = type_into(client, draft, {key: ALL[key] for key in ("The first day", "Eat.")})
    assert messages_of(answer) == ["Saved. 6 still to translate."]
    draft.refresh_from_db()
    assert draft.body.startswith("<h2>El primer día</h2><p>Call <strong>one</strong> person.</p><ul><li>Coma.</li>")
    assert ("new", "Eat.\nSleep.") in needs(draft)
    answer = type_into(client, draft, ALL)
    assert messages_of(answer) == ["Saved. The translation is complete and up to date."]
    draft.refresh_from_db()
    assert (draft.title, draft.slug, draft.summary) == ("Empezar de nuevo", "empezar-de-nuevo", "Qué hacer primero.")
    assert draft.body == (
        "<h2>El primer día</h2><p>Llame a <strong>una</strong> persona.</p><ul><li>Coma.</li><li>Duerma.</li></ul>"
        '<directory-block preset="detox"></directory-block>'
        '<figure><img src="/pictures/0123456789abcdef-9x9.jpg" alt="Una puerta abierta"><figcaption>Una puerta'
        '</figcaption></figure><p>Vea <a href="/es/find/detox/">una clínica</a>.</p>'
    )
    assert needs(draft) == []


def test_it_is_not_published_with_the_words_of_the_original(client, publisher, original):
    draft = start(original, publisher)
    assert "Translate what still has the original's words: 7 paragraphs." in draft.missing()
    type_into(client, draft, {key: words for key, words in ALL.items() if key != "The first day"})
    draft = Article.objects.get(pk=draft.pk)
    assert "Translate what still has the original's words: 1 paragraph." in draft.missing()
    [row] = [row for row in client.get(path_of(draft)).context["rows"] if row["status"] == NEW]
    type_into(client, draft, {}, **{f"{row['id']}-done": "on"})
    draft = Article.objects.get(pk=draft.pk)
    assert not [sentence for sentence in draft.missing() if "Translate" in sentence]
    assert "The first day" not in draft.body
    assert "<h2>" not in draft.body


def test_what_was_translated_in_the_editor_counts_and_stays(client, writer, original):
    draft = start(original, writer)
    change(draft, draft.body.replace("<li>Eat.</li><li>Sleep.</li>", "<li>Coma.</li><li>Duerma.</li><li>Más.</li>"))
    change(draft, f"{draft.body}<p>Solo aquí.</p>")
    assert (OWN, "Solo aquí.") in needs(draft)
    assert not [each for each in needs(draft) if "Eat." in each[1]]
    type_into(client, draft, ALL)
    draft.refresh_from_db()
    assert "<li>Coma.</li><li>Duerma.</li><li>Más.</li>" in draft.body
    assert draft.body.endswith("<p>Solo aquí.</p>")
    assert "This part is built differently from the English article." in client.get(path_of(draft)).content.decode()


def test_nothing_that_is_typed_becomes_markup_that_an_article_may_not_have(client, writer, original):
    draft = start(original, writer)
    type_into(client, draft, {"Eat.": '<script>x</script><img src=x onerror=y>Coma <b onclick="z">ya</b>'})
    draft.refresh_from_db()
    assert "<li>Coma <strong>ya</strong></li>" in draft.body
    html = client.get(path_of(draft)).content.decode()
    assert "onerror" not in html
    assert "onclick" not in html


def test_of_two_who_translate_at_once_the_second_is_told_and_keeps_what_was_typed(client, writer, original):
    draft = start(original, writer)
    opened = fields_of(client.get(path_of(draft)))
    type_into(client, draft, {"Eat.": "Coma."})
    answer = client.post(path_of(draft), opened | {"title-0": "Mi título"})
    html = answer.content.decode()
    assert "writer saved this translation after you opened it" in html
    assert 'value="Mi título"' in html
    draft.refresh_from_db()
    assert draft.title == "Starting again"
    client.post(path_of(draft), opened | {"title-0": "Mi título", "overwrite": "on"})
    draft.refresh_from_db()
    assert draft.title == "Mi título"


def shown_without_place(answer) -> list[str]:
    block = answer.content.decode().partition("has no place now</h2>")[2].partition("</section>")[0]
    return [text for text, _words in answer.context["without_place"] if f'value="{text}"' in block]


def test_two_who_translate_the_same_added_paragraph_both_find_their_words(client, publisher, both):
    english, spanish = both
    change(english, f"{english.body}<p>Third.</p>")
    opened = client.get(path_of(spanish))
    type_into(client, spanish, {"Third.": "Tercero."})
    mine = typed(opened, {"Third.": "El tercero."})
    answer = client.post(path_of(spanish), mine)
    assert "your words are below" in answer.content.decode()
    assert "El tercero." in [field["text"] for row in answer.context["rows"] for field in row["fields"]]
    client.post(path_of(spanish), mine | {"overwrite": "on"})
    spanish.refresh_from_db()
    assert spanish.body == "<h2>Uno</h2><p>Primero.</p><p>Segundo.</p><p>El tercero.</p>"


def test_words_beside_what_a_colleague_changed_in_the_editor_are_shown_again(client, publisher, both):
    _english, spanish = both
    change(spanish, f"{spanish.body}<p>Solo aquí.</p>")
    opened = client.get(path_of(spanish))
    [own] = [row for row in opened.context["rows"] if row["status"] == OWN]
    change(spanish, "<h2>Uno</h2><p>Primero.</p><p>Segundo.</p><p>Otra cosa.</p>", version=spanish.version + 1)
    answer = client.post(path_of(spanish), fields_of(opened) | {f"{own['id']}-0": "Solo para ti."})
    assert shown_without_place(answer) == ["Solo para ti."]


def test_an_item_that_is_added_while_somebody_translates_moves_nobodys_words(client, writer, original):
    draft = start(original, writer)
    opened = client.get(path_of(draft))
    change(original, BODY.replace("<li>Eat.</li>", "<li>Drink.</li><li>Eat.</li>"))
    words = {"Eat.": "Coma <b>algo</b>.", "Sleep.": "Duerma.", "The first day": "El primer día"}
    answer = client.post(path_of(draft), typed(opened, words))
    assert "2 passages that you wrote have no place now" in answer.content.decode()
    assert "Coma <strong>algo</strong>." in answer.content.decode()
    assert [text for text, _words in answer.context["without_place"]] == ["Coma <b>algo</b>.", "Duerma."]
    assert "El primer día" in [field["text"] for row in answer.context["rows"] for field in row["fields"]]
    draft.refresh_from_db()
    assert "Duerma." not in draft.body
    again = typed(answer, {"Eat.": "Coma.", "Sleep.": "Duerma.", "Drink.": "Beba."})
    refused = client.post(path_of(draft), again | {"slug": "qué es", "_without_place": ["Duerma."]})
    assert shown_without_place(refused) == ["Duerma."]  # still there, since it is still not saved
    client.post(path_of(draft), again)
    draft.refresh_from_db()
    assert "<ul><li>Beba.</li><li>Coma.</li><li>Duerma.</li></ul>" in draft.body
    assert "<h2>El primer día</h2>" in draft.body


def test_an_item_that_is_added_meanwhile_costs_no_words_of_whoever_saves_another_part(client, writer, original):
    draft = start(original, writer)
    type_into(client, draft, ALL)
    opened = client.get(path_of(draft))
    change(original, BODY.replace("<li>Eat.</li>", "<li>Drink.</li><li>Eat.</li>"))
    assert client.post(path_of(draft), typed(opened, {"The first day": "Día uno"})).status_code == 302
    draft.refresh_from_db()
    assert draft.body.startswith("<h2>Día uno</h2>")
    assert "<ul><li>Coma.</li><li>Duerma.</li></ul>" in draft.body


@pytest.mark.parametrize("now", ["<p>Third, edited.</p>", ""], ids=["edited", "removed"])
def test_words_for_a_new_paragraph_that_changes_meanwhile_are_shown_again(client, publisher, both, now):
    english, spanish = both
    before = english.body
    change(english, f"{before}<p>Third.</p>")
    opened = client.get(path_of(spanish))
    change(english, f"{before}{now}")
    answer = client.post(path_of(spanish), typed(opened, {"Third.": "Tercero."}))
    assert "one passage that you wrote has no place now" in answer.content.decode()
    assert shown_without_place(answer) == ["Tercero."]


def test_words_are_never_taken_for_those_of_another_text_of_the_original(client, publisher, both):
    english, spanish = both
    before = english.body
    change(english, before.replace("Second.", "Call nobody."))
    opened = client.get(path_of(spanish))
    change(english, before)
    answer = client.post(path_of(spanish), typed(opened, {"Call nobody.": "No llame a nadie."}))
    assert shown_without_place(answer) == ["No llame a nadie."]
    draft = start(make_article("Alone", body="<p>Rest.</p>"), publisher)
    opened = client.get(path_of(draft))
    change(draft.translation_of, "<p>Run.</p>")
    answer = client.post(path_of(draft), typed(opened, {"Rest.": "Descanse."}))
    assert shown_without_place(answer) == ["Descanse."]


def test_an_address_that_another_article_has_is_refused(client, writer, original):
    draft = start(original, writer)
    answer = type_into(client, draft, {"Eat.": "Coma."}, slug="starting-again")
    assert "Another article has this address." in answer.content.decode()
    assert "Coma." in answer.content.decode()
    assert "letters without accents" in type_into(client, draft, {}, slug="qué es").content.decode()
    long = type_into(client, draft, {"Starting again": "x" * 121}).content.decode()
    assert "The title has 121 letters; 120 are the most." in long


def test_an_item_that_was_added_stands_beside_its_own_field_and_the_others_keep_their_words(client, writer, original):
    draft = start(original, writer)
    type_into(client, draft, ALL)
    change(original, BODY.replace("<li>Sleep.</li>", "<li>Drink.</li><li>Sleep.</li>"))
    [row] = [row for row in rows_of(draft) if row.status == CHANGED]
    assert row.texts == ["Coma.", "", "Duerma."]
    type_into(client, draft, {})  # saved half done: nothing moves
    draft.refresh_from_db()
    assert "<ul><li>Coma.</li><li>Duerma.</li></ul>" in draft.body
    [row] = [row for row in rows_of(draft) if row.status == CHANGED]
    assert row.texts == ["Coma.", "", "Duerma."]
    type_into(client, draft, {"Drink.": "Beba."}, **{f"{row.id}-done": "on"})
    draft.refresh_from_db()
    assert "<ul><li>Coma.</li><li>Beba.</li><li>Duerma.</li></ul>" in draft.body
    assert needs(draft) == []


def test_a_translation_and_its_next_version_are_each_saved_under_their_one_address(client, writer, both):
    _english, spanish = both
    version = spanish.begin_next_version()
    type_into(client, version, {"First.": "Primero, hoy."})
    version.refresh_from_db()
    assert "Primero, hoy." in version.body
    client.force_login(make_account("Pia", "publisher"))
    type_into(client, spanish, {"Second.": "Segundo, aquí."})
    spanish.refresh_from_db()
    assert ("Segundo, aquí." in spanish.body, "hoy" in spanish.body) == (True, False)


@pytest.mark.parametrize("state", ["a next version", "in the trash"])
def test_what_is_no_article_for_readers_to_come_is_not_translated(client, writer, state):
    article = make_article()
    if state == "a next version":
        article = article.begin_next_version()
    else:
        article.trash()
    assert "Translate into" not in client.get(f"/admin/articles/article/{article.pk}/change/").text
    assert client.post(f"/admin/articles/article/{article.pk}/translate/").status_code == 403
    assert not Article.objects.filter(translation_of=article).exists()
