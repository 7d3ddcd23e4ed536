import pytest

from clinics.imports.readers.layouts.methadone_2017 import split_phones
from core.phones import NotAPhone


@pytest.mark.parametrize(
    ("contact", "main", "intakes"),
    [
        ("(205)216-0200", "205-216-0200", []),
        ("(205)216-0200x12", "205-216-0200 x12", []),
        ("(205)216-0200 Intake: (205)216-0201", "205-216-0200", ["205-216-0201"]),
        (
            "(205)216-0200 Intakes: (205)216-0201x23 (205)216- 0202",
            "205-216-0200",
            ["205-216-0201 x23", "205-216-0202"],
        ),
        (
            "(510)875-2300x236 Intakes: (510)875-2300x233 (510)875- 2300x245",
            "510-875-2300 x236",
            ["510-875-2300 x233", "510-875-2300 x245"],
        ),
        ("", "", []),
    ],
)
def test_the_contact_of_2017_is_split_into_main_number_and_intake_lines(contact, main, intakes):
    assert split_phones(contact) == (main, intakes)


@pytest.mark.parametrize("contact", ["(760)305-7528 Intakes: (760)305-7528 (760)936-", "see website", "(205)216-02"])
def test_a_contact_with_something_left_over_is_refused(contact):
    with pytest.raises(NotAPhone):
        split_phones(contact)
