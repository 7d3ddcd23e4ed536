import re

import pytest
from django.core.management import call_command

from articles import checker, markup, starter
from articles.models import Article, SlugRedirect, Topic

pytestmark = pytest.mark.django_db
ENGLISH = """+++
title = "Starting again"
slug = "starting-again"
summary = "What to do first."
language = "en"
topics = ["relapse"]

[[citations]]
title = "Treatment and Recovery"
publisher = "NIDA"
url = "https://nida.nih.gov/"
accessed = 2026-11-23
+++
<p>You have not lost everything.</p>
<directory-block preset="detox"></directory-block>
"""
SPANISH = (
    ENGLISH.replace("Starting again", "Empezar de nuevo")
    .replace('slug = "starting-again"', 'slug = "empezar"\ntranslation_of = "starting-again"')
    .replace('"en"', '"es"')
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "topics.toml").write_text('[relapse]\nname = "Return to use"\nname_es = "Volver"\n')
    (tmp_path / "starting-again.en.md").write_text(ENGLISH)
    (tmp_path / "empezar.es.md").write_text(SPANISH)
    return tmp_path


def test_the_files_become_published_samples_linked_to_their_translations(folder, client):
    assert starter.load(folder) == {"created": 2, "updated": 0, "kept": 0}
    english, spanish = Article.objects.get(language="en"), Article.objects.get(language="es")
    assert spanish.translation_of == english
    assert english.is_public
    assert [citation.url for citation in english.citations.all()] == ["https://nida.nih.gov/"]
    html = client.get("/articles/starting-again/").content.decode()
    assert "No clinician has reviewed this article yet." in html
    assert "By <strong>Waypost</strong>" in html
    [revision] = english.history.all()
    assert (revision.topic_slugs, len(revision.citations)) == (["relapse"], 1)


def test_loading_again_changes_nothing(folder):
    starter.load(folder)
    before = list(Article.objects.values())
    assert starter.load(folder) == {"created": 0, "updated": 0, "kept": 2}
    assert list(Article.objects.values()) == before


def test_a_newer_file_replaces_only_articles_that_nobody_edited(folder):
    starter.load(folder)
    edited = Article.objects.get(slug="empezar")
    edited.body, edited.version = "<p>Nuestro texto.</p>", 1
    edited.save()
    for path in folder.glob("*.md"):
        path.write_text(path.read_text().replace("lost everything", "lost it all"))
    assert starter.load(folder) == {"created": 0, "updated": 1, "kept": 1}
    assert "lost it all" in Article.objects.get(slug="starting-again").body
    assert Article.objects.get(slug="empezar").body == "<p>Nuestro texto.</p>"


def test_an_article_with_a_new_address_is_not_loaded_again_at_the_old_one(folder):
    starter.load(folder)
    article = Article.objects.get(slug="starting-again")
    article.slug, article.version = "begin-again", 1
    article.save()
    starter.load(folder)
    assert Article.objects.count() == 2
    assert SlugRedirect.objects.filter(slug="starting-again").exists()


def test_an_editors_topic_is_kept(folder):
    Topic.objects.create(slug="relapse", name="Our name")
    starter.load(folder)
    assert Topic.objects.get(slug="relapse").name == "Our name"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<p>No facts</p>", "must stand between two lines"),
        ("+++\ntitle = \n+++\n<p>x</p>", "bad.en.md"),
        ("+++\ntitle = 'x'\n+++\n<p>x</p>", "does not state language, slug"),
        (ENGLISH.replace("starting-again", "bad").replace("<p>", '<p><a href="">x</a>'), "an address"),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_loaded(folder, text, sentence):
    (folder / "bad.en.md").write_text(text)
    with pytest.raises(starter.Unreadable, match=sentence):
        starter.load(folder)
    assert not Article.objects.exists()


def test_the_library_of_this_checkout_loads_twice(capsys):
    call_command("load_starter_articles")
    call_command("load_starter_articles")
    count = Article.objects.count()
    assert f"0 created, 0 updated, {count} kept" in capsys.readouterr().out
    for article in Article.objects.all():
        assert article.missing() == []


LIBRARY = sorted(starter.FOLDER.glob("*.md"))
BLOCK = re.compile(r"<(p|li)[ >].*?</\1>", re.DOTALL)
LINK = re.compile(r'<a href="(https?://[^"]*)">')
# A count, a share, a time: what a reader may act on. A year or a day of the calendar says when.
UNITS = (
    *("percent", "por ciento", "out of", "de cada", "adults", "adultos", "states", "estados"),
    *("minutes", "minutos", "hours", "horas", "days", "días"),
)
FIGURE = re.compile(rf"(?<![\d§.-])(\d[\d,]*)(?= (?:(?:to|a) \d+ )?(?:{'|'.join(UNITS)}))")


def figures_without_their_words(path) -> list[str]:
    """Each figure of a paragraph that cites sources of which none states it, in the words kept beside them."""
    facts = starter.read(path).facts
    citations = {row["url"]: row for row in facts["citations"]}
    found = []
    for block in BLOCK.finditer(starter.read(path).body):
        cited = [citations[url] for url in LINK.findall(block[0]) if url in citations]
        if any("unread" in row for row in cited):
            continue
        words = " ".join(word for row in cited for word in row.get("words", []))
        numbers = set(re.findall(r"\d[\d,]*", words))
        text = markup.text_of(block[0])
        found += [f"{figure}: {text[:80]}" for figure in FIGURE.findall(text) if figure not in numbers]
    return found


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_each_figure_stands_in_the_words_of_what_it_cites(path):
    assert figures_without_their_words(path) == []


def test_a_figure_that_its_source_does_not_state_is_named(tmp_path):
    path = tmp_path / "starting-again.en.md"
    words = 'accessed = 2026-11-23\nwords = ["It takes 2 days."]'
    link = '<p>It takes {} days (<a href="https://nida.nih.gov/">NIDA</a>).</p>'
    for said, found in (("2", []), ("3", ["3: It takes 3 days (NIDA)."])):
        text = ENGLISH.replace("accessed = 2026-11-23", words) + link.format(said)
        path.write_text(text)
        assert figures_without_their_words(path) == found


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_each_outside_link_with_a_source_is_among_the_citations(path):
    article = starter.read(path)
    cited = {row["url"] for row in article.facts["citations"]}
    known = cited | {"https://findtreatment.gov/", "https://www.samhsa.gov/find-support"}  # resources, no sources
    assert set(LINK.findall(article.body)) <= known


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_the_checker_advises_against_no_word_of_our_own_articles(path):
    article = starter.read(path)
    facts = article.facts
    said = checker.check(facts["title"], facts["summary"], article.body, facts["language"])
    assert [each.text for each in said if each.kind == "words"] == []


@pytest.mark.parametrize("path", [path for path in LIBRARY if ".es." in path.name], ids=lambda path: path.stem)
def test_spanish_articles_name_the_word_that_a_text_to_988_needs(path):
    text = markup.text_of(starter.read(path).body)
    assert "988" in text
    for sentence in re.findall(r"[^.]*mensaje de texto[^.]*", text):
        assert "AYUDA" in sentence


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        (
            "why-a-return-to-use-is-not-the-end.en",
            ["precipitated withdrawal", "old dose", "1-800-972-0590", "test strips"],
        ),
        (
            "por-que-volver-a-consumir-no-es-el-final.es",
            ["abstinencia precipitada", "dosis de antes", "1-800-972-0590"],
        ),
        ("naloxone-and-what-to-do-in-an-overdose.en", ["More than one dose may be needed", "1-800-972-0590"]),
        ("naloxona-y-que-hacer-en-una-sobredosis.es", ["Puede hacer falta más de una", "1-800-972-0590"]),
    ],
)
def test_what_keeps_this_reader_alive_is_said(slug, words):
    text = markup.text_of(starter.read(starter.FOLDER / f"{slug}.md").body)
    for each in words:
        assert each in text
