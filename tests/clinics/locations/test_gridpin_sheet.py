"""Addresses from a sheet, read by the real package from a small sheet of invented houses."""

import sys

import pytest
from django.core.management import CommandError, call_command

from clinics.locations import gridpin_sheet
from clinics.locations.address_forms import Address
from clinics.locations.geocoding import geocode
from clinics.models import AddressLookup, AddressPoint
from core import checks
from tests.clinics.locations.gridpin_sheets import House, write_sheet
from tests.factories import ClinicFactory

HOUSES = [
    *(House(n, "Main Street", "Springfield", "01103", 42.1015 + n / 1e5, -72.5898) for n in range(101, 199, 2)),
    *(House(n, "North Main Street", "Springfield", "01103", 42.1115 + n / 1e5, -72.5898) for n in range(101, 199, 2)),
    *(House(n, "Elm Street", "Boston", "02108", 42.3600 + n / 1e5, -71.06) for n in range(1, 60, 2)),
    House(7, "Elm Street", "Cambridge", "02139", 42.3650, -71.104),
]


@pytest.fixture(autouse=True)
def no_sheet_is_kept():
    yield
    gridpin_sheet.open_sheet.cache_clear()


@pytest.fixture
def sheet(settings, tmp_path):
    settings.GEOCODER = "gridpin"
    settings.GRIDPIN_SHEET = str(write_sheet(tmp_path / "us.bin", HOUSES))
    return settings.GRIDPIN_SHEET


@pytest.mark.parametrize(
    ("street", "city", "state", "zip_code", "latitude", "written"),
    [
        ("123 Main Street", "Springfield", "MA", "01103", 42.10273, "123 Main Street, Springfield, MA 01103"),
        ("123 Main St", "Springfield", "MA", "01103", 42.10273, "123 Main Street, Springfield, MA 01103"),
        ("123 N. Main St", "Springfield", "MA", "01103", 42.11273, "123 North Main Street, Springfield, MA 01103"),
        ("123 N Main St", "Springfield", "MA", "", 42.11273, "123 North Main Street, Springfield, MA 01103"),
        ("123 Main St", "Indian Orchard", "MA", "01103", 42.10273, "123 Main Street, Springfield, MA 01103"),
        ("124 Main St", "Springfield", "MA", "01103", 42.10274, "124 Main Street, Springfield, MA 01103"),
        ("7 Elm St", "Cambridge", "MA", "02139", 42.36500, "7 Elm Street, Cambridge, MA 02139"),
        ("7 Elm St", "Boston", "MA", "02108", 42.36007, "7 Elm Street, Boston, MA 02108"),
    ],
)
def test_a_house_of_the_sheet_is_found(sheet, street, city, state, zip_code, latitude, written):
    found = gridpin_sheet.find(Address(street, city, state, zip_code))
    assert found.point.latitude == pytest.approx(latitude, abs=1e-6)
    assert str(found.address) == written


@pytest.mark.parametrize(
    ("street", "city", "state", "zip_code"),
    [
        ("999 Main Street", "Springfield", "MA", "01103"),  # the engine offers 197
        ("123 Maine Street", "Springfield", "MA", "01103"),  # and Main Street
        ("123 South Main Street", "Springfield", "MA", "01103"),
        ("123 Main Street", "Springfield", "IL", "62701"),
        ("123 Main Street", "Boston", "MA", "02108"),
        ("Main Street", "Springfield", "MA", "01103"),
        ("123 Nowhere Lane", "Springfield", "MA", "01103"),
    ],
)
def test_what_the_engine_offers_instead_is_not_believed(sheet, street, city, state, zip_code):
    assert gridpin_sheet.find(Address(street, city, state, zip_code)) is None


def test_the_engine_does_offer_something_instead(sheet):
    """Else the test before this one could not fail."""
    engine = gridpin_sheet.open_sheet(sheet)
    [offered] = engine.geocode("999 Main Street, Springfield 01103", 1)
    assert (offered["precision"], offered["housenumber"]) == ("near", "197")
    assert engine.geocode("123 Maine Street, Springfield 01103", 1)[0]["street"] == "Main Street"


@pytest.mark.parametrize("content", [b"", b"not a sheet" * 100, None])
def test_a_sheet_that_cannot_be_read_is_one_sentence_of_the_doctor(settings, tmp_path, content):
    path = tmp_path / "us.bin"
    if content is not None:
        path.write_bytes(content)
    settings.GEOCODER, settings.GRIDPIN_SHEET = "gridpin", str(path)
    [sentence] = [text for text in sentences() if "GRIDPIN_SHEET" in text]
    assert sentence.startswith(f"GRIDPIN_SHEET={path} cannot be read: ")


def test_the_doctor_misses_the_setting_and_the_package(settings, monkeypatch, sheet):
    assert sentences() == []
    settings.GRIDPIN_SHEET = ""
    assert sentences() == ["GEOCODER=gridpin needs GRIDPIN_SHEET, the path of a sheet of the United States."]
    settings.GRIDPIN_SHEET = sheet
    gridpin_sheet.open_sheet.cache_clear()
    monkeypatch.setitem(sys.modules, "gridpin", None)  # as if it were not installed
    [sentence] = sentences()
    assert sentence.startswith("GEOCODER=gridpin needs the package gridpin: pip install")
    settings.GEOCODER = "census"
    assert sentences() == []


def sentences() -> list[str]:
    return [str(problem.msg) for problem in checks._checks["street addresses"](databases=["default"])]


def test_every_street_of_a_larger_sheet_is_found(settings, tmp_path):
    """Nodes of more than 32 branches are written in another way (gridpin_sheets.py)."""
    letters = "0123456789abcdefghijklmnopqrstuvwxyz"
    streets = [f"{first}{second}ville Street" for first in letters[10:20] for second in letters]
    houses = [House(5, street, "Springfield", "01103", 42.1 + n / 1e4, -72.5) for n, street in enumerate(streets)]
    settings.GRIDPIN_SHEET = str(write_sheet(tmp_path / "us.bin", houses))
    found = [gridpin_sheet.find(Address(f"5 {street}", "Springfield", "MA", "01103")) for street in streets]
    assert [place and place.address.street for place in found] == [f"5 {street}" for street in streets]


@pytest.mark.django_db
def test_clinics_are_placed_from_the_sheet(sheet):
    there = {"city": "Springfield", "state": "MA", "zip_code": "01103", "is_approximate": True}
    found = ClinicFactory(street="123 Main St", street_detail="Suite 4", **there)
    cleaned = ClinicFactory(street="123-125 N Main St", **there)
    ClinicFactory(street="999 Main St", **there)
    ClinicFactory(street="P.O. Box 12", **there)
    assert geocode().outcomes == {"match": 2, "no-match": 1}
    assert {(point.source, point.quality) for point in AddressPoint.objects.all()} == {("gridpin", "street")}
    for clinic, latitude in ((found, 42.10273), (cleaned, 42.11273)):
        clinic.refresh_from_db()
        assert clinic.latitude == pytest.approx(latitude, abs=1e-6)
        assert (clinic.point_quality, clinic.point_source) == ("street", "gridpin")
    assert AddressLookup.objects.get(address="999 main st").reason == gridpin_sheet.NO_HOUSE
    assert geocode().asked == 0


@pytest.mark.django_db
def test_without_a_sheet_the_command_says_what_is_missing(settings):
    settings.GEOCODER, settings.GRIDPIN_SHEET = "gridpin", ""
    ClinicFactory(street="123 Main St", zip_code="01103", is_approximate=True)
    with pytest.raises(CommandError, match="GRIDPIN_SHEET"):
        call_command("geocode_clinics")
