import pytest

from articles import checker, reading_grade
from tests.articles.factories import make_article

pytestmark = pytest.mark.django_db


def advice(body, language="en", kind=None):
    found = checker.check("A title", "A summary", body, language)
    return [each.text for each in found if kind in (None, each.kind)]


def test_words_to_avoid_come_with_a_replacement_and_are_counted_once():
    [drug_addict, clean] = advice("<p>A drug addict gets clean. Drug addict!</p>", kind="words")
    assert drug_addict == "“drug addict” (2 times): better “person with a substance use disorder”."
    assert clean.startswith("“clean”: better “in recovery")
    assert advice("<p>The cleaner came to her habitat.</p>", kind="words") == []


def test_spanish_has_words_of_its_own():
    assert advice("<p>Un adicto.</p>", "es", "words") == [
        "“adicto”: better “persona con un trastorno por consumo de sustancias”."
    ]
    assert advice("<p>Un adicto.</p>", "en", "words") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The National Institute on Drug Abuse says so."),
        ("es", "El Instituto Nacional sobre el Abuso de Drogas lo dice. Mucha gente lo llama recaída."),
    ],
)
def test_names_of_institutes_and_words_that_are_explained_are_not_advised_against(language, text):
    assert advice(f"<p>{text}</p>", language, "words") == []
    word = {"en": "Drug abuse", "es": "La recaída"}[language]
    assert len(advice(f"<p>{text} {word}.</p>", language, "words")) == 1


def test_the_list_has_about_thirty_entries_of_english():
    assert len(checker.words_to_avoid("en")) >= 30


def test_long_sentences_are_quoted():
    [told] = advice(f"<p>{'word ' * 30}.</p><p>Short one.</p>", kind="sentence")
    assert told.startswith("30 words in one sentence: “word word")


def test_the_reading_grade_rises_with_long_words():
    easy = reading_grade.reading_grade(["The cat sat on the mat. It was warm."])
    hard = reading_grade.reading_grade(
        ["Pharmacological interventions necessitate comprehensive multidisciplinary evaluation."]
    )
    assert easy < 3 < 12 < hard


def test_links_inside_the_site_must_exist():
    make_article("Starting again")
    make_article("Later", status="draft", publish_at=None)
    body = "".join(
        f'<p><a href="{path}">x</a></p>'
        for path in (
            "/find/detox/",
            "/articles/starting-again/#part-1",
            "/es/find/detox/",
            "https://cdc.gov/",
            "/articles/",
        )
    )
    assert advice(body, kind="link") == []
    for path in ("/find/casino/", "/articles/later/", "/articles/topics/none/", "/no/such/"):
        assert advice(f'<p><a href="{path}">Read</a></p>', kind="link") == [
            f"The link “Read” leads to {path}, which is no page of this site."
        ]


def test_pictures_without_a_text_are_counted():
    picture = '<img src="/pictures/0123456789abcdef-9x9.jpg" alt="">'
    assert advice(f"<p>{picture}{picture}</p>", kind="picture") == ["2 pictures without an alternative text."]


def test_the_cells_of_a_table_are_no_sentences_and_yet_their_words_are_looked_at():
    prose = "<p>Take the medicine each day. Call the clinic first.</p>"
    row = "<tr>" + "<td><p>buprenorphine extended-release subcutaneous formulation</p></td>" * 20 + "</tr>"
    assert advice(f"{prose}<table>{row}</table>", kind="grade") == advice(prose, kind="grade")
    assert advice(f"{prose}<table><tr><td>An addict</td></tr></table>", kind="words")[0].startswith("“addict”")
