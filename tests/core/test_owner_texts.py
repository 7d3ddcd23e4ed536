"""What is refused in a text of an owner, what an editor decides, and what passes."""

import pytest

from core.owner_texts import MOST_READ, length_text, refusal, warnings_in

PASSES = [
    "We do our best to see you today.",
    "A guaranteed appointment within a week.",
    "Your appointment is sure; we guarantee you a visit.",
    "100% of our staff speak Spanish.",
    "The best time to call is before noon.",
    "There is no cure, but treatment works.",
    "A clean, quiet place. Bus No. 12 stops here.",
    "We treat opioid addiction with medication and counseling.",
    "La mejor hora para llamar es por la mañana. Le garantizamos una cita.",
    "Best Practices Clinic",
]
WARNED = [
    ("The best clinic", "best", "ranks you"),
    ("Best MD in town", "Best", "ranks you"),
    ("B E S T", "BEST", "ranks you"),
    ("We are #1", "#1", "ranks you"),
    ("top-rated", "top-rated", "ranks you"),
    ("A leading clinic", "leading", "ranks you"),
    ("Somos los mejores", "los mejores", "ranks you"),
    ("guaranteed", "guaranteed", "promises a result"),
    ("guarant33d", "guaranteed", "promises a result"),
    ("Our success rate is 98 %", "success rate", "promises a result"),
    ("It cures addiction", "cures", "promises a result"),
    ("Curamos", "Curamos", "promises a result"),
    ("Garantizado", "Garantizado", "promises a result"),
    ("We help addicts", "addicts", "people with opioid use disorder"),
    ("junkies", "junkies", "people with opioid use disorder"),
    ("Get clean with us", "Get clean", "not using"),
    ("substance abuse", "substance abuse", "substance use"),
    ("drogadictos", "drogadictos", "people with opioid use disorder"),
]


@pytest.mark.parametrize("text", PASSES)
def test_what_an_honest_clinic_writes_passes(text):
    assert (warnings_in(text), refusal(text)) == ([], "")


@pytest.mark.parametrize(("text", "word", "reason"), WARNED)
def test_claims_and_words_that_hurt_are_for_an_editor(text, word, reason):
    [warning] = warnings_in(text)
    assert warning.word == word
    assert reason in warning.sentence
    assert refusal(text) == ""


@pytest.mark.parametrize("text", ["Call 1-888-555-0199", "www.broker.example", "write to us at a@b.example"])
def test_contacts_are_refused(text):
    assert "Leave out phone numbers" in refusal(text)
    assert "Leave out phone numbers" in refusal(text, is_read_first=True)


def test_a_word_is_said_once_and_a_text_beyond_all_fields_is_not_read():
    assert len(warnings_in("best, BEST, the best")) == 1
    assert refusal("www.broker.example " * MOST_READ) == ""


def test_the_length_of_a_text_is_said():
    assert length_text("a" * 1320, 1200) == "1,320 of at most 1,200 characters"
