import csv
import io

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core.csv import FORMULA_STARTS, copy_rows, csv_text, escape_formula, unescape_formula


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_cell_is_a_formula(start):
    cell = f'{start}HYPERLINK("https://evil.example";"Harbor")'
    assert escape_formula(cell) == f"'{cell}"


@given(st.text())
def test_an_escaped_text_comes_back(text):
    escaped = escape_formula(text)
    assert unescape_formula(escaped) == text
    assert not escaped.startswith(("=", "+", "@", "\t", "\r"))
    assert not escaped.startswith("-") or float(escaped) <= 0


@pytest.mark.parametrize(
    ("text", "is_number"), [("-105.2424", True), ("-2", True), ("-2+3", False), ("-1 Main", False)]
)
def test_a_negative_number_in_a_text_is_no_formula(text, is_number):
    assert escape_formula(text) == (text if is_number else f"'{text}")
    assert unescape_formula(escape_formula(text)) == text


def test_numbers_and_empty_cells_stay_as_they_are():
    rows = list(csv.reader(io.StringIO(csv_text(["longitude", "phone"], [{"longitude": -76.6, "phone": None}]))))
    assert rows == [["longitude", "phone"], ["-76.6", ""]]


@pytest.mark.django_db
def test_a_copied_text_is_not_taken_for_a_missing_one():
    with connection.cursor() as cursor:
        cursor.execute('CREATE TEMPORARY TABLE copied ("order" integer, text text)')
        copy_rows(cursor, "copied", ["order", "text"], [(1, r"\N"), (2, None), (3, ""), (4, 'a "b",\nc')])
        cursor.execute('SELECT text FROM copied ORDER BY "order"')
        assert [text for (text,) in cursor.fetchall()] == [r"\N", None, "", 'a "b",\nc']
