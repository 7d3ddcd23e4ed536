"""A clinic that keeps its street to itself is nowhere told to stand where it stands, whoever stated the point."""

import zipfile

import pytest

from clinics.geo import Coordinates
from clinics.locations.placing import OWNER, pin
from clinics.models import Clinic, Source
from clinics.open_data import files
from tests.clinics.imports.directories import ELM_STREET, import_rows, row

pytestmark = pytest.mark.django_db
DOOR = Coordinates(ELM_STREET["latitude"], ELM_STREET["longitude"])
SEARCH = "/clinics/?near=02139&treats=any"


@pytest.fixture
def open_data(settings, tmp_path):
    settings.OPEN_DATA_DIR = tmp_path
    return tmp_path


def import_with(street: str) -> Clinic:
    import_rows(row(street=street, **ELM_STREET), source=Source.SAMHSA_LOCATOR, edition="2020")
    clinic = Clinic.objects.get()
    pin(clinic, OWNER, DOOR)
    return clinic


def told_of(client, folder) -> dict[str, str]:
    """All that a program or a reader is told, by where."""
    clinic = Clinic.objects.get()
    texts = {name: client.get(f"{SEARCH}&format={name}").text for name in ("html", "json", "geojson", "csv")}
    texts["page"] = client.get(clinic.get_absolute_url()).text  # with its JSON-LD
    texts["map"] = client.get(SEARCH.replace("/?", "/map/?")).text
    files.write_all()
    texts["clinics.csv"] = (folder / "clinics.csv").read_text()
    with zipfile.ZipFile(folder / "hsds.zip") as archive:
        texts["hsds"] = "".join(archive.read(name).decode() for name in archive.namelist())
    return texts


def where_the_door_is_told(texts: dict[str, str]) -> set[str]:
    return {
        name for name, text in texts.items() if f"{DOOR.latitude:.4f}" in text or f"{abs(DOOR.longitude):.4f}" in text
    }


def test_the_point_of_a_private_street_is_told_nowhere(client, open_data):
    import_with("- - -")
    assert where_the_door_is_told(told_of(client, open_data)) == set()


def test_that_of_a_street_that_is_stated_is(client, open_data):
    import_with("22 Elm Street")
    assert where_the_door_is_told(told_of(client, open_data)) >= {"json", "geojson", "csv", "clinics.csv", "hsds"}
