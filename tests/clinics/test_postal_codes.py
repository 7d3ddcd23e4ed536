from clinics.imports.readers.facilities import facility
from clinics.postal_codes import POSTAL_CODES
from clinics.states import names_in


def test_every_code_has_a_name():
    assert set(names_in("en")) == set(POSTAL_CODES)
    assert names_in("en")["DC"] == "District of Columbia"


def test_a_file_may_name_every_state_that_the_site_knows():
    for state in POSTAL_CODES:
        row = facility(2, {}, [], name="Harbor", street="1 Main St", city="Somewhere", state=state, zip_code="96940")
        assert row.state == state
