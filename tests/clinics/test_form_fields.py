import pytest
from django.core.exceptions import ValidationError

from clinics.form_fields import LONGEST_HOURS, DeskLanguagesField, StatesField, WeekFormField
from clinics.typed_hours import parse_week

FIELDS = (WeekFormField, StatesField, DeskLanguagesField)


@pytest.mark.parametrize("field", FIELDS)
def test_an_empty_field_is_not_stated(field):
    assert field(required=False).clean("") is None


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (WeekFormField, "Mon 9-17", ((540, 1020),)),
        (WeekFormField, "none", ()),
        (StatesField, "nh, MA, ma", ["MA", "NH"]),
        (StatesField, "None", []),
        (DeskLanguagesField, "Spanish, english", ["english", "spanish"]),
    ],
)
def test_what_is_stated_is_read_shown_again_and_then_not_changed(field, text, value):
    made = field(required=False)
    assert made.clean(text) == value
    shown = made.prepare_value(value)
    assert made.clean(str(shown)) == value
    assert not made.has_changed(value, str(shown))
    assert made.has_changed(None, text)
    assert made.has_changed(value, "")


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        (WeekFormField, "whenever", "is not a day"),
        (WeekFormField, "Mon 9am-5am", "Open from 9 a.m. until 5 a.m. the next day"),
        (WeekFormField, "Mon 9-10;" * LONGEST_HOURS, "too long"),
        (StatesField, "MA, XX", "“XX” is not one of"),
        (DeskLanguagesField, "klingon", "“klingon” is not one of"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(field, text, sentence):
    with pytest.raises(ValidationError, match=sentence):
        field(required=False).clean(text)
    assert field(required=False).has_changed(None, text)


def test_hours_are_shown_as_they_are_typed():
    assert WeekFormField().prepare_value(parse_week("Mon-Fri 9-17; Sat 9-12")) == "Mon-Fri 9:00-17:00; Sat 9:00-12:00"
