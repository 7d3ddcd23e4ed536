"""What people type, from tests/data/typed_places.csv: at least 98 of 100 are understood."""

import csv
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from clinics.locations.towns import DATA
from clinics.search import facets
from clinics.search.misspelt import mistakes
from clinics.search.places import locate, search_name
from clinics.search.typed import Typed, understand
from clinics.search.words import HERE, PLACE_NAMES, TYPED_WORDS, phrases

pytestmark = pytest.mark.django_db

CORPUS = Path(__file__).resolve().parents[2] / "data" / "typed_places.csv"
LEAST_RIGHT = 0.98
MOST_QUERIES = 2  # of words beside a state; a ZIP code and a city cost one


def corpus() -> list[dict[str, str]]:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def told(typed: Typed) -> str:
    """What was understood, as the corpus writes it."""
    if typed.outcome == "found":
        text = typed.place.label
    elif typed.outcome == "which":
        text = f"ask: {'; '.join(typed.choices)}"
    elif typed.outcome == "unknown":
        text = "name" if typed.name else f"unknown: {'; '.join(typed.choices)}"
    else:
        text = typed.outcome
    return " + ".join([text, *(value.key for value in typed.filters)])


def is_right(expected: str, typed: Typed) -> bool:
    meant, *filters = expected.split(" + ")
    if sorted(filters) != sorted(value.key for value in typed.filters):
        return False
    if meant.startswith("ask: "):
        wanted = meant.removeprefix("ask: ").split("; ")
        named = all(any(text in choice for choice in typed.choices) for text in wanted)
        return typed.outcome == "which" and named and wanted[0] in typed.choices[0]
    if meant.startswith("unknown"):
        first = meant.removeprefix("unknown").removeprefix(": ")
        return typed.outcome == "unknown" and typed.choices[:1] == ((first,) if first else ())
    if meant == "name":
        return typed.outcome == "unknown" and bool(typed.name)
    return meant == (typed.place.label if typed.place else typed.outcome)


def test_what_people_type_is_understood():
    rows = corpus()
    wrong = [
        f"{row['text']!r} is {told(typed)}, not {row['expected']}"
        for row in rows
        if not is_right(row["expected"], typed := understand(row["text"]))
    ]
    print("\n".join(wrong))
    assert len(rows) >= 200
    assert 1 - len(wrong) / len(rows) >= LEAST_RIGHT, "\n".join(wrong)


def test_nothing_is_guessed_in_silence():
    """A text that does not stand in its place's label is told in a note, unless it is only written in another way."""
    silent = {"zip", "zip in a text", "keyboard", "spreadsheet", "city", "city named like a word", "neighborhood"}
    silent |= {"state", "the word state", "territory", "freely associated", "point of a city", "county or parish"}
    silent |= {"street before a city", "point", "hemisphere letters", "degrees and minutes"}
    for row in corpus():
        typed = understand(row["text"])
        is_same = typed.place and search_name(row["text"]) in (search_name(typed.near), search_name(typed.place.label))
        if typed.place and row["kind"] not in silent and not is_same:
            assert typed.notes or typed.place.note, row["text"]
        assert bool(typed.filters) <= bool(typed.notes), row["text"]


def test_the_plain_text_finds_the_same_again():
    for row in corpus():
        typed = understand(row["text"])
        if typed.place:
            again = understand(typed.near)
            assert (again.place.label, again.filters) == (typed.place.label, ()), row["text"]


def test_every_choice_is_found():
    for row in corpus():
        for choice in understand(row["text"]).choices:
            assert locate(choice), choice


def test_a_text_costs_few_queries():
    for row in corpus():
        with CaptureQueriesContext(connection) as queries:
            understand(row["text"])
        assert len(queries) <= MOST_QUERIES, row["text"]


def test_a_zip_code_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        understand("02139")


def test_words_are_read_in_spanish_too():
    with override("es"):
        typed = understand("O2139 metadona")
    assert typed.place.label == "Cambridge, MA 02139"
    assert [value.key for value in typed.filters] == ["medication/methadone"]
    assert "O2139" in typed.notes[0]
    assert typed.notes[0] != understand("O2139 metadona").notes[0]


def test_every_word_of_the_table_means_a_filter_that_exists():
    with TYPED_WORDS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert row["filters"] == HERE or all(key in facets.VALUES for key in row["filters"].split()), row
    assert len(phrases()) > 500
    assert len({row["state"] for row in rows if row["state"]}) >= 40  # states whose Medicaid has a name


def test_every_other_name_means_a_place():
    with PLACE_NAMES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for means in row["means"].split("|"):
                assert locate(means).label == means, row


def test_every_neighborhood_of_the_table_is_found():
    with (DATA / "neighborhoods.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert locate(f"{row['name']}, {row['state']}").state == row["state"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("tuscon", "tucson", 1),
        ("pittsburg", "pittsburgh", 1),
        ("boston", "boston", 0),
        ("cincinatti", "cincinnati", 2),
    ],
)
def test_mistakes_are_letters_that_are_wrong_or_swapped(one, other, expected):
    assert mistakes(one, other) == expected


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("O2139", "We read “O2139” as 02139."),
        ("Pittsburg PA", "We know no “Pittsburg PA” and searched near Pittsburgh, PA."),
        ("Philly", "We read “Philly” as Philadelphia, PA."),
        ("-87.63, 41.88", "We read the second number as the latitude."),
        ("MassHealth", "MassHealth is Medicaid in Massachusetts, so we search there."),
        ("Alcohol rehab 10001", "We left out “Alcohol”."),
    ],
)
def test_a_note_says_what_was_read_in_another_way(text, note):
    assert understand(text).notes[0] == note
