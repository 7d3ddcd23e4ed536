"""A street address in the search box: looked up on this machine if the site has a sheet, and if not, that is said."""

from io import StringIO

import pytest
from django.db import connection
from django.utils.translation import override

from clinics.geo import Coordinates
from clinics.locations import gridpin_sheet
from clinics.search.typed import understand
from tests.clinics.locations.gridpin_sheets import House, write_sheet

pytestmark = pytest.mark.django_db

MAIN_123 = Coordinates(42.10273, -72.58980)
CANARY = House(4417, "Quillfeather Lane", "Winchester", "83555", 46.2137, -116.6200)
HOUSES = [
    CANARY,
    *(House(n, "Main Street", "Springfield", "01103", 42.1015 + n / 1e5, -72.5898) for n in range(101, 199, 2)),
]
NOT_LOOKED_UP = "We do not look up streets. Distances are from the middle of {}."
NOT_FOUND = "We did not find that street address. Distances are from the middle of {}."
ZIP, CITY = "Springfield, MA 01103", "Springfield, MA"


@pytest.fixture
def sheet(settings, tmp_path):
    settings.GEOCODER, settings.GRIDPIN_SHEET = "gridpin", str(write_sheet(tmp_path / "us.bin", HOUSES))
    yield
    gridpin_sheet.open_sheet.cache_clear()


@pytest.mark.parametrize(
    "text",
    [
        "123 Main St, Springfield, MA 01103",
        "123 main street springfield ma 01103",
        "123 Main St Apt 4B, Springfield, Massachusetts 01103-2222",
        "123 Main Street, 01103",
        "One23 Main, 123 Main St, Springfield MA 01103 USA",
        "123 Main St, Springfield, MA",
    ],
)
def test_a_street_of_the_sheet_is_where_distances_start(sheet, text):
    typed = understand(text)
    assert typed.place.coordinates == MAIN_123
    assert (typed.place.kind, typed.place.zip_code, typed.place.state) == ("address", "01103", "MA")
    assert typed.place.label == typed.near == "123 Main Street, Springfield, MA 01103"
    assert typed.notes == ()


def test_the_label_of_an_address_finds_it_again(sheet):
    place = understand("123 Main St Apt 4B, Springfield, MA 01103").place
    assert understand(place.label).place == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("999 Main Street, Springfield, MA 01103", ZIP),  # the engine offers number 197
        ("123 Maine Street, Springfield, MA 01103", ZIP),  # and Main Street
        ("123 Main Street, Boston, MA 02108", "Boston, MA 02108"),
        ("123 Elm Street, Springfield, MA", CITY),
    ],
)
def test_a_street_that_the_sheet_does_not_have_falls_back_and_says_so(sheet, text, place):
    typed = understand(text)
    assert typed.place.label == place
    assert typed.place.kind in ("zip", "city")
    assert typed.notes == (NOT_FOUND.format(place),)


def test_a_sheet_that_cannot_be_read_hides_no_clinic(settings, tmp_path):
    settings.GEOCODER, settings.GRIDPIN_SHEET = "gridpin", str(tmp_path / "gone.bin")
    assert understand("123 Main St, Springfield, MA 01103").place.label == ZIP


@pytest.mark.parametrize(
    ("text", "place", "near"),
    [
        ("123 Main St, Springfield, MA 01103", ZIP, "01103"),
        ("350 Broadway New York NY 10013", "New York, NY 10013", "10013"),
        ("123 Main St, Springfield, MA", CITY, CITY),
        ("12 Calle Luna, San Juan, PR 00901", "San Juan, PR 00901", "00901"),
    ],
)
def test_without_a_sheet_a_street_falls_back_and_says_so(text, place, near):
    typed = understand(text)
    assert (typed.place.label, typed.near) == (place, near)
    assert typed.notes == (NOT_LOOKED_UP.format(place),)


@pytest.mark.parametrize(
    "text",
    ["01103", "Springfield, MA 01103", "Broadway, VA 22815", "Springfield, MA", "5 Springfield MA", "10001 suboxone"],
)
def test_what_is_no_street_is_not_called_one(text):
    assert not any("street" in note for note in understand(text).notes)


def test_it_is_said_in_spanish(sheet, settings):
    with override("es"):
        assert understand("999 Main Street, Springfield, MA 01103").notes == (
            "No encontramos esa dirección. Las distancias son desde el centro de Springfield, MA 01103.",
        )
        settings.GEOCODER = ""
        assert understand("999 Main Street, Springfield, MA 01103").notes == (
            "No buscamos calles. Las distancias son desde el centro de Springfield, MA 01103.",
        )


def test_json_tells_the_kind_of_place(sheet, settings, client):
    asked = {"near": "123 Main St, Springfield, MA 01103", "format": "json"}
    answer = client.get("/clinics/", asked).json()
    assert answer["near"] == {
        "label": "123 Main Street, Springfield, MA 01103",
        "kind": "address",
        "latitude": MAIN_123.latitude,
        "longitude": MAIN_123.longitude,
    }
    settings.GEOCODER = ""
    answer = client.get("/clinics/", asked).json()
    assert (answer["near"]["kind"], answer["near"]["label"]) == ("zip", ZIP)
    assert answer["understood"]["notes"] == [NOT_LOOKED_UP.format(ZIP)]


def test_a_street_costs_no_query_more(sheet, django_assert_num_queries):
    with django_assert_num_queries(1):
        understand("123 Main Street, Springfield, MA 01103")


@pytest.mark.parametrize("geocoder", ["gridpin", ""])
@pytest.mark.parametrize("language", ["/", "/es/"])
def test_no_log_no_title_and_no_table_remembers_a_street(sheet, settings, client, caplog, geocoder, language):
    caplog.set_level("DEBUG", logger="")
    settings.GEOCODER = geocoder
    asked = "4417 Quillfeather Ln, Winchester, ID 83555"
    page = client.get(f"{language}clinics/", {"near": asked}).content.decode()
    assert "Winchester" in page
    assert "Quillfeather" not in page.partition("<title>")[2].partition("</title>")[0]
    assert client.get(f"{language}clinics/", {"near": asked, "format": "csv"}).status_code == 200
    assert "uillfeather" not in caplog.text
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            rows = StringIO()
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', rows)
            assert "uillfeather" not in rows.getvalue(), table
