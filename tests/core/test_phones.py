"""Telephone numbers, in the forms that the government's files write them in."""

import pytest

from core.phones import NotAPhone, normalise_phone, tel_uri


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("", ""),
        (" \N{NO-BREAK SPACE} ", ""),
        ("410-273-1030", "410-273-1030"),
        ("(410) 273-1030", "410-273-1030"),
        ("(410)273-1030", "410-273-1030"),
        ("(410)-273-1030", "410-273-1030"),
        ("(410-273-1030", "410-273-1030"),
        ("(410) 273.1030", "410-273-1030"),
        ("410273.1030", "410-273-1030"),
        ("4102731030", "410-273-1030"),
        ("410 273 1030", "410-273-1030"),
        ("1-410-273-1030", "410-273-1030"),
        ("+1 410 273 1030", "410-273-1030"),
        (" 410-273-1030\N{NO-BREAK SPACE}", "410-273-1030"),
        ("(205)216- 0202", "205-216-0202"),
        ("410-273-1030 x9", "410-273-1030 x9"),
        ("410-273-1030 x12345", "410-273-1030 x12345"),
        ("(410) 273-1030 x0123", "410-273-1030 x0123"),
        ("4102731030x123456", "410-273-1030 x123456"),
        ("410-273-1030 ext. 5", "410-273-1030 x5"),
        ("410-273-1030 extension 77", "410-273-1030 x77"),
        ("888-304HOPE", "888-304-4673"),
        ("618-5502DUI", "618-550-2384"),
        ("800-USA2525", "800-872-2525"),
        ("305-531JDH1", "305-531-5341"),
        ("888-85COMPA", "888-852-6672"),
        ("844-NFIHOPE", "844-634-4673"),
        ("800-FIX1234", "800-349-1234"),  # the x is a letter here, not an extension
        ("1-800-RECOVERY", "800-732-6837"),  # the exchange ignores what follows the tenth place
        ("410-555-0100", "410-555-0100"),
        ("410-555-0199 x3", "410-555-0199 x3"),
    ],
)
def test_a_phone_is_read_in_each_form_it_is_written_in(written, canonical):
    assert normalise_phone(written) == canonical
    assert normalise_phone(canonical) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "410-273-103",
        "410-273-10300",
        "911",
        "000-000-0000",
        "(203) 129-9632",  # stands so in SAMHSA's list of 2020; no exchange starts with 1
        "110-273-1030",
        "Outpatient detoxification",
        "NHS",
        "410-273-1030 / 410-273-1031",
        "410-273-1030 or 410-273-1031",
        "(603) 555-0123 press 2",
        "+44 20 7946 0958",
        "+52 55 1234 5678",
        "-",
        "4" * 1000,
        "x123",
    ],
)
def test_what_cannot_be_dialled_as_it_stands_is_refused(text):
    with pytest.raises(NotAPhone):
        normalise_phone(text)


def test_not_a_phone_is_a_value_error_that_names_the_text():
    with pytest.raises(ValueError, match="NHS"):
        normalise_phone("NHS")


@pytest.mark.parametrize(
    ("phone", "uri"),
    [
        ("410-273-1030", "tel:+14102731030"),
        ("410-273-1030 x123", "tel:+14102731030,123"),
        ("410-273-1030 x0123", "tel:+14102731030,0123"),
        ("", ""),
    ],
)
def test_a_link_dials_the_number_and_its_extension(phone, uri):
    assert tel_uri(phone) == uri


def test_a_link_is_made_from_canonical_phones_only():
    with pytest.raises(NotAPhone):
        tel_uri("(410) 273-1030")
