"""What a translation is made of: the parts of a text, and how easy it is to read in Spanish."""

import re

import pytest

from articles import markup, reading_grade
from articles.translations import align, clean_words, in_language, parts_of
from tests.articles.test_translations import BODY

# The parts of a text.


def test_a_text_is_divided_into_blocks_that_give_the_same_text_again():
    parts = parts_of(BODY)
    assert [part.tag for part in parts] == ["h2", "p", "ul", "directory-block", "figure", "p"]
    assert [part.texts for part in parts][2:5] == [["Eat.", "Sleep."], [], ["An open door", "A door"]]
    assert "".join(part.html for part in parts) == markup.clean(BODY)


def test_odd_markup_is_divided_without_loss():
    odd = "loose <em>words</em><ul><li>a<ul><li>b</li></ul></li></ul><p>5 &lt; 6 &amp; 7<br>next</p>"
    odd += "<aside><p>x</p></aside>"
    assert "".join(part.html for part in parts_of(odd)) == markup.clean(odd)
    assert parts_of("") == []


def test_a_list_that_the_editor_wrote_anew_is_the_same_list():
    written = "<ul><li>Eat <em>well</em>.<ol><li>Now.</li></ol></li><li>Sleep.</li></ul>"
    edited = "<ul><li><p>Eat <em>well</em>.</p><ol><li><p>Now.</p></li></ol></li><li><p>Sleep.</p></li></ul>"
    assert parts_of(edited) == parts_of(written)
    two = "<ul><li><p>One.</p><p>Two.</p></li></ul>"
    assert "".join(part.html for part in parts_of(two)) == two


def test_of_what_was_typed_only_bold_italic_and_links_stay():
    assert clean_words("<p>One</p><p>two <b>three</b> <script>x</script></p>", "p") == "One two <strong>three</strong>"
    assert clean_words('<a href="javascript:x">y</a>', "p") == "<a>y</a>"
    assert clean_words("a <b>  c", "alt") == "a <b> c"


def test_links_of_the_site_lead_to_the_other_language():
    html = '<a href="/find/x/">a</a><a href="https://cdc.gov/find/">b</a><a href="//x.example/">c</a>'
    spanish = '<a href="/es/find/x/">a</a><a href="https://cdc.gov/find/">b</a><a href="//x.example/">c</a>'
    assert in_language(html, "es") == spanish
    assert in_language(spanish, "en") == html
    assert in_language(spanish, "es") == spanish


def test_what_stayed_is_found_wherever_it_stands_and_what_was_changed_in_its_place():
    assert align(["a", "b", "c"], ["c", "a", "b"]) == {1: 0, 2: 1, 0: 2}
    assert align(["<p>one two three</p>", "x"], ["<p>one two four</p>", "x"]) == {0: 0, 1: 1}
    old = ["<p>keep on going every day</p>", "<h2>y</h2>"]
    assert align(old, ["<p>new</p>", "<p>keep on going each day</p>", "<h2>y</h2>"]) == {1: 0, 2: 1}


# How easy it is to read.


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[("que", 1), ("guerra", 2), ("agua", 2), ("pingüino", 3), ("guía", 2), ("ciudad", 2), ("cuídate", 3)],
        *[("río", 2), ("rió", 1), ("país", 2), ("reúne", 3), ("leíais", 3), ("aéreo", 4), ("creo", 2)],
        *[("muy", 1), ("y", 1), ("ayuda", 3), ("ahora", 3), ("prohibir", 2), ("búho", 2), ("alcohol", 3)],
        *[("buprenorfina", 5), ("tratamiento", 4), ("sobredosis", 4), ("clínica", 3), ("recuperación", 5)],
    ],
)
def test_the_syllables_of_spanish_words_are_counted(word, count):
    assert reading_grade.syllables_in_spanish(word) == count


def test_inflesz_is_what_its_formula_says():
    # 9 words, 2 sentences, 16 syllables: 206.835 - 62.3 * 16 / 9 - 9 / 2
    score = reading_grade.inflesz(["Llame a una persona. No está usted solo hoy."])
    assert score == pytest.approx(206.835 - 62.3 * 16 / 9 - 9 / 2)
    assert reading_grade.inflesz([]) == 0


def test_a_writer_of_spanish_is_told_how_easy_the_text_is():
    easy = reading_grade.grade_sentence(["Llame a una persona. No está usted solo hoy. Coma y duerma bien."], "es")
    assert re.fullmatch(r"Reading ease in Spanish \(INFLESZ\): (very|fairly) easy, \d+\.", easy)
    hard = reading_grade.grade_sentence(
        ["Las intervenciones farmacológicas necesitan evaluaciones multidisciplinarias exhaustivas."], "es"
    )
    assert "very difficult" in hard
    assert hard.endswith("Aim for 55 or more, with shorter sentences and words.")
