"""The registry: what a line may say, and that a line is all that a question takes."""

import csv
from dataclasses import replace

import pytest
from django.utils.translation import override

from clinics.questions import registry
from clinics.questions.registry import OWN, QUESTIONS, REGISTRY, NotARegistry, problems, read

NEW_LINE = {
    "key": "pets_welcome",
    "kind": "yes-no",
    "group": "way",
    "asked_of": "all",
    "ages_after_days": "365",
    "filter": "yes",
    "bit": "40",
    "question_en": "Can a patient bring a dog?",
    "question_es": "¿Puede un paciente llevar un perro?",
    "label_en": "Dogs",
    "label_es": "Perros",
    "yes_en": "You can bring your dog.",
    "yes_es": "Puede llevar a su perro.",
    "no_en": "You cannot bring a dog.",
    "no_es": "No puede llevar un perro.",
    "filter_en": "You can bring your dog",
    "filter_es": "Puede llevar a su perro",
}


def lines() -> list[dict[str, str]]:
    with registry.FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(folder, rows):
    path = folder / "questions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines()[0]), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_one_line_more_is_one_question_more(tmp_path):
    *before, added = read(write(tmp_path, [*lines(), NEW_LINE]))
    assert tuple(before) == REGISTRY
    assert (added.key, added.facet, added.bit) == ("pets_welcome", "visit/pets-welcome", 40)
    assert [str(added.question), str(added.yes)] == ["Can a patient bring a dog?", "You can bring your dog."]
    with override("es"):
        assert str(added.filter_label) == "Puede llevar a su perro"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "maybe"}, "pets_welcome: kind is one of"),
        ({"group": "dogs"}, "pets_welcome: group is one of"),
        ({"key": "pets-welcome"}, "pets-welcome is no name of its own"),
        ({"key": "id_needed"}, "id_needed is no name of its own"),
        ({"bit": "7"}, "pets_welcome and id_needed share the bit 7"),
        ({"bit": "62"}, "needs a bit from 7 to 49"),
        ({"bit": "many"}, "{line}: bit is no whole number"),
        ({"filter": ""}, "pets_welcome has a bit but no filter"),
        ({"filter_en": "", "filter_es": ""}, "lacks the label of its filter"),
        ({"yes_es": ""}, "{line}: yes is written in one language only"),
        ({"no_en": "", "no_es": ""}, "lacks a sentence for an answer"),
        ({"ages_after_days": ""}, "does not say after how many days"),
        ({"kind": "text", "filter": "", "bit": ""}, "has no place for it, {answer}"),
        ({"kind": "choice", "filter": "", "bit": ""}, "a choice, and nothing else, names its choices"),
        ({"choices": "dog=Dog"}, "a choice is written slug=English=Spanish, not “dog=Dog”"),
        (
            {"kind": "days", "yes_en": "{answer}", "yes_es": "{answer}"},
            "only a yes or no of its own can be a filter of its own",
        ),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, change, sentence):
    with pytest.raises(NotARegistry, match=r"^questions\.csv") as raised:
        read(write(tmp_path, [*lines(), NEW_LINE | change]))
    assert sentence.replace("{line}", f"line {len(lines()) + 2}") in str(raised.value)


def test_a_file_that_is_missing_or_no_table_is_named(tmp_path):
    for content in (None, b"\xff\xfe", b"key,kind\nid,yes-no\n"):
        path = tmp_path / "questions.csv"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(NotARegistry, match=r"questions\.csv"):
            read(path)


def test_a_question_that_is_retired_keeps_its_bit(tmp_path):
    rows = lines()
    [row] = [row for row in rows if row["key"] == "id_needed"]
    row["retired_on"] = "2026-12-01"
    with pytest.raises(NotARegistry, match="share the bit 7"):
        read(write(tmp_path, [*rows, NEW_LINE | {"bit": row["bit"]}]))
    assert [each.key for each in read(write(tmp_path, rows)) if each.is_retired] == ["id_needed"]


def test_the_questions_that_were_asked_for_are_there():
    assert set(OWN) >= {
        *("id_needed", "referral_needed", "urine_test_first_visit", "prior_authorization_handled", "letters"),
        *("last_intake_time", "dosing_hours", "take_homes_first_month", "forms_in_house", "filling_pharmacy"),
        *("children_welcome", "ride_first_visit", "getting_there", "interpreter", "probation_accepted"),
    }
    assert QUESTIONS["first_visit_cents"].has_column


def test_no_text_is_the_same_in_both_languages_unless_it_is_a_name():
    for each in REGISTRY:
        for text in (each.question, each.label, each.yes, each.no, each.filter_label):
            assert not text or text.english != text.spanish, each.key


def test_problems_of_a_sound_registry_are_none_and_of_a_broken_one_name_it():
    assert list(problems(REGISTRY)) == []
    [sentence] = problems([replace(REGISTRY[0], group="nowhere")])
    assert sentence.startswith("accepting_new_patients: group is one of")
