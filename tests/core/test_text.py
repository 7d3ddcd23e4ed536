import pytest

from core.text import as_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("Harbor", "Harbor"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (39.5, "39.5"),
        ([], ""),
        (["617-555-0100", "617-555-0101"], "617-555-0100, 617-555-0101"),
        ([["F17", "Methadone"]], '[\n [\n  "F17",\n  "Methadone"\n ]\n]'),
    ],
)
def test_a_value_is_shown_as_a_text(value, text):
    assert as_text(value) == text
