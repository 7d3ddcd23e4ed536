"""Which programs are at one place: the same organization, street and ZIP code."""

import pytest

from clinics.imports.normalization import place_key
from clinics.models import Clinic
from tests.clinics.imports.directories import import_rows, row
from tests.factories import make_clinic

HERE = place_key("Hope Services Inc", "22 North Elm Street", "02139")


@pytest.mark.parametrize(
    ("name", "street"),
    [
        ("Hope Services", "22 N Elm St"),
        ("HOPE SERVICE, LLC", "22 North Elm Street Suite 4"),
        ("Hope Servs", "22 N. Elm St., 2nd Floor"),
    ],
)
def test_spellings_of_one_place_share_a_key(name, street):
    assert place_key(name, street, "02139") == HERE


@pytest.mark.parametrize(
    ("name", "street", "zip_code"),
    [
        ("Hope Services", "22 North Elm Street", "02140"),
        ("Hope Services", "24 North Elm Street", "02139"),
        ("Faith Services", "22 North Elm Street", "02139"),
    ],
)
def test_another_organization_street_or_zip_is_another_place(name, street, zip_code):
    assert place_key(name, street, zip_code) != HERE


@pytest.mark.parametrize(("street", "zip_code"), [("", "02139"), ("- - -", "02139"), ("22 Elm Street", "")])
def test_without_an_address_there_is_no_key_to_share(street, zip_code):
    assert place_key("Hope", street, zip_code) is None


def test_a_key_fits_its_column():
    assert all(0 <= place_key("Hope", f"{number} Elm Street", "02139") < 2**63 for number in range(1, 400))


@pytest.mark.django_db
def test_a_clinic_that_is_saved_or_imported_has_the_key_of_its_place():
    import_rows(row(name="Hope Services", street="22 Elm Street"), row(3, name="Hope Services", street="22 Elm St #5"))
    imported = set(Clinic.objects.values_list("place_key", flat=True))
    assert len(imported) == 1
    zip_code = Clinic.objects.first().zip_code
    assert make_clinic("Hope Services", street="22 Elm Street", zip_code=zip_code).place_key in imported
