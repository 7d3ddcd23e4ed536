import pytest
from django.core.management import call_command

from articles import starter
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
