import pytest
from django.core.exceptions import ValidationError

from core.forms import DollarsField, PhoneField, WebsiteField, YesNoUnknownField


def test_a_phone_is_read_in_any_spelling():
    assert PhoneField().clean("(617) 555-0100 ext 12") == "617-555-0100 x12"
    assert PhoneField(required=False).clean("") == ""


@pytest.mark.parametrize("text", ["911", "call us", "617-555-0100 or 617-555-0101"])
def test_what_is_not_a_phone_is_refused_with_an_example(text):
    with pytest.raises(ValidationError, match="Write it like 617-555-0100"):
        PhoneField().clean(text)


def test_a_website_without_a_scheme_is_https():
    assert WebsiteField().clean("harbor.example") == "https://harbor.example"
    assert WebsiteField().clean("http://harbor.example") == "http://harbor.example"


@pytest.mark.parametrize(("word", "value"), [("yes", True), ("no", False), ("", None)])
def test_yes_no_and_not_stated_are_three_values(word, value):
    field = YesNoUnknownField()
    assert field.clean(word) is value
    assert field.prepare_value(value) == field.prepare_value(word) == word
    assert not field.has_changed(value, word)


@pytest.mark.parametrize(("before", "word"), [(True, "no"), (True, ""), (False, ""), (None, "no")])
def test_each_of_the_three_values_is_a_change_from_the_others(before, word):
    assert YesNoUnknownField().has_changed(before, word)


def test_a_required_question_cannot_stay_open():
    field = YesNoUnknownField(required=True)
    assert [word for word, _label in field.choices] == ["yes", "no"]
    with pytest.raises(ValidationError, match="required"):
        field.clean("")
    with pytest.raises(ValidationError, match="not one of the available choices"):
        field.clean("maybe")


def test_dollars_become_whole_cents():
    field = DollarsField(required=False)
    assert (field.clean("120.50"), field.clean("0"), field.clean("")) == (12_050, 0, None)
    assert not field.has_changed(12_050, "120.50")
    assert field.has_changed(12_050, "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("-1", "greater than or equal to 0"),
        ("10001", "less than or equal to 10000"),
        ("1.234", "2 decimal places"),
        ("Infinity", "Enter a number"),
    ],
)
def test_what_is_not_an_amount_is_refused(text, sentence):
    with pytest.raises(ValidationError, match=sentence):
        DollarsField().clean(text)
