"""No number is thrown away: every form of a phone cell, read from a file to the fields of a row."""

from pathlib import Path

import pytest

from clinics.imports.readers import open_directory
from clinics.imports.readers.phones import read_phones

CASES = Path(__file__).parents[2] / "data" / "cases"
FORMS = {  # (phone, other phones, as written)
    "A": ("803-555-0140 x55266", (), "803-555-0140-55266"),
    "B": ("855-555-0116", (), "855-555-0116press2thenpress5"),
    "C": ("909-555-0164", ("909-555-0184 x6164",), "909-555-0164or909-555-0184, ext. 6164"),
    "D": ("", (), "970-013-2818"),
    "E": ("608-555-0100 x11", (), ""),
    "F": ("650-555-2255", (), "650-555-CALL"),
    "G": ("208-555-0117", ("208-555-0118",), "(208) 555-0117 / (208) 555-0118"),
    "H": ("503-555-0119 x12", ("503-555-0119 x14",), "503.555.0119 ext 12 or 14"),
    "I": ("", (), "211"),
    "J": ("918-555-0120", (), "9185550120.0"),
    "K": ("775-555-0121", (), "1 (775) 555-0121 (24 hours)"),
    "L": ("305-555-0122", (), "Call 305-555-0122"),
    "M": ("801-555-0123", (), ""),
    "N": ("478-555-0124", (), ""),
    "O": ("254-555-0125", (), "2.545550125E9"),
}


def read(phone="", intakes=(), hotlines=()):
    notes = []
    fields = read_phones(phone, intakes, hotlines, notes)
    return fields, notes


def test_every_form_of_a_phone_cell_keeps_its_numbers_and_its_words():
    rows = {row.name[-1]: row for row in open_directory(CASES / "C02_phone_forms.csv")}
    assert {form: (row.phone, row.other_phones, row.phone_as_written) for form, row in rows.items()} == FORMS
    assert not any(row.intake_phones or row.hotlines for row in rows.values())


def test_main_number_intake_lines_and_hotlines_of_one_cell_are_kept_apart():
    meadow, gadsden, prairie = open_directory(CASES / "C11_hotline_in_contact_2012.csv")
    assert (meadow.phone, meadow.intake_phones, meadow.hotlines) == (
        "205-555-0200",
        ("205-555-0202",),
        ("888-555-4325",),
    )
    assert (gadsden.phone, gadsden.intake_phones, gadsden.hotlines) == ("256-555-0807", (), ("256-555-0807",))
    assert (prairie.phone, prairie.intake_phones, prairie.hotlines) == ("256-555-0809", (), ())
    assert not any(row.other_phones for row in (meadow, gadsden, prairie))


@pytest.mark.parametrize(
    ("contact", "main", "intakes"),
    [
        ("(205)216-0200", "205-216-0200", ()),
        ("(205)221-1799 Intake: (205)221-1796", "205-221-1799", ("205-221-1796",)),
        (
            "(205)216-0200 Intakes: (205)216-0201x23 (205)216- 0202",
            "205-216-0200",
            ("205-216-0201 x23", "205-216-0202"),
        ),
        ("(760)305-7528 Intakes: (760)305-7528 (760)936-", "760-305-7528", ("760-305-7528",)),
        ("see website", "", ()),
        ("", "", ()),
    ],
)
def test_the_contact_of_2017_is_split_into_main_number_and_intake_lines(contact, main, intakes):
    fields, _notes = read(contact)
    assert (fields["phone"], fields["intake_phones"]) == (main, intakes)


def test_words_in_any_column_of_numbers_say_what_they_are_for():
    fields, _notes = read("410-555-0100 fax 410-555-0101", ["410-555-0102 or 410-555-0103", "Hotline 410-555-0104"])
    assert fields == {
        "phone": "410-555-0100",
        "other_phones": (),
        "intake_phones": ("410-555-0102", "410-555-0103"),
        "hotlines": ("410-555-0104",),
        "phone_as_written": (
            "410-555-0100 fax 410-555-0101 \N{BROKEN BAR} 410-555-0102 or 410-555-0103"
            " \N{BROKEN BAR} Hotline 410-555-0104"
        ),
    }


@pytest.mark.parametrize(
    ("cells", "phone"),
    [
        ({"intakes": ["410-555-0100"], "hotlines": ["410-555-0101"]}, ""),
        ({"hotlines": ["410-555-0100"]}, "410-555-0100"),
        ({"phone": "fax 410-555-0100"}, ""),
        ({"phone": "211", "hotlines": ["410-555-0100"]}, "410-555-0100"),
    ],
)
def test_a_clinic_with_hotlines_alone_is_called_there(cells, phone):
    fields, _notes = read(**cells)
    assert fields["phone"] == phone


def test_what_was_repaired_or_left_out_is_noted_with_its_cell():
    _fields, notes = read("NHS", ["800-USA2525", "410-555-0100 ext. 5", "410-555-0100 press 2"])
    assert notes == [
        "phone left out: 'NHS' is not a phone number",
        "intake line '800-USA2525' written in letters",
        "intake line '410-555-0100 press 2' has words beside its numbers",
    ]
