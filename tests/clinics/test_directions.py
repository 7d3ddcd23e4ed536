import re

import pytest

from clinics.directions import Directions, directions_to
from tests.factories import SAN_JUAN, TOWSON, make_clinic

pytestmark = pytest.mark.django_db
ROUGH = {"is_approximate": True}


def text_of(client, clinic, path="") -> str:
    return client.get(path or clinic.get_absolute_url()).content.decode()


def test_a_known_spot_is_named_by_its_point(client):
    directions = directions_to(make_clinic(at=TOWSON))
    assert directions == Directions("39.401500,-76.601900", is_exact=True)
    assert directions.map_app == "geo:39.401500,-76.601900?q=39.401500,-76.601900"
    assert directions.apple_maps == "https://maps.apple.com/?daddr=39.401500,-76.601900"
    assert directions.map_site == "https://www.openstreetmap.org/directions?to=39.401500%2C-76.601900"


def test_a_clinic_known_to_its_zip_is_named_by_its_address_without_the_suite():
    clinic = make_clinic("Suboxone Clinic", at=TOWSON, street="1 A & B Way", street_detail="Suite 4", **ROUGH)
    directions = directions_to(clinic)
    assert directions.map_app == "geo:0,0?q=1%20A%20%26%20B%20Way,%20Baltimore,%20MD%2021202"
    assert directions.apple_maps == "https://maps.apple.com/?daddr=1%20A%20%26%20B%20Way,%20Baltimore,%20MD%2021202"
    site = "https://www.openstreetmap.org/search?query=1%20A%20%26%20B%20Way%2C%20Baltimore%2C%20MD%2021202"
    assert directions.map_site == site


def test_a_clinic_without_any_point_still_has_its_address():
    assert directions_to(make_clinic(at=None)).map_app.startswith("geo:0,0?q=100%20Holliday%20Street,")


def test_accents_and_signs_of_an_address_in_puerto_rico_are_escaped():
    place = {"street": "Carr. 2 Km 39.5, Bo. Algarrobo #12", "city": "Mayagüez", "state": "PR", "zip_code": "00680"}
    directions = directions_to(make_clinic(at=SAN_JUAN, **place, **ROUGH))
    assert directions.map_app == (
        "geo:0,0?q=Carr.%202%20Km%2039.5,%20Bo.%20Algarrobo%20%2312,%20Mayag%C3%BCez,%20PR%2000680"
    )
    for link in (directions.map_app, directions.apple_maps, directions.map_site):
        assert link.isascii()
        assert not re.search(r"[ #\"<>]", link)


@pytest.mark.parametrize("fields", [{}, ROUGH], ids=["exact", "zip"])
@pytest.mark.parametrize("street", ["", "P.O. Box 91", "PO BOX 12", "Apartado 77"])
def test_a_private_street_and_a_mailbox_have_no_directions_anywhere(client, street, fields):
    clinic = make_clinic("Towson", at=TOWSON, street=street, **fields)
    assert directions_to(clinic) is None
    paths = (clinic.get_absolute_url(), "/clinics/?near=21202&radius=any", f"/clinics/compare/?id={clinic.pk}")
    for path in paths:
        text = text_of(client, clinic, path)
        assert "Towson" in text
        assert "openstreetmap" not in text
        assert "Directions" not in text
        assert "geo:" not in text
        assert "Copy the address" not in text
    assert directions_to(make_clinic(street="12 Boxwood Lane")) is not None


@pytest.mark.parametrize(
    ("fields", "words"),
    [({}, "Directions on openstreetmap.org"), (ROUGH, "Find it on openstreetmap.org")],
    ids=["exact", "zip"],
)
def test_the_page_offers_a_map_app_a_map_site_and_the_address_and_warns(client, fields, words):
    clinic = make_clinic("Towson", at=TOWSON, **fields)
    text = text_of(client, clinic)
    links = re.findall(r'<a href="((?:geo:|https://(?:maps\.apple|www\.openstreetmap))[^"]*)" rel="([^"]*)"', text)
    directions = directions_to(clinic)
    assert [href for href, _rel in links] == [directions.map_app, directions.apple_maps, directions.map_site]
    assert {rel for _href, rel in links} == {"noreferrer noopener nofollow"}
    assert "Towson" not in "".join(href for href, _rel in links)  # no map keeps which clinic it was
    assert words in text
    assert "learns where you want to go" in text
    assert 'data-copy="address"' in text


def test_a_closed_clinic_has_no_directions(client):
    clinic = make_clinic(at=TOWSON, is_listed=False, closed_on="2026-01-31")
    assert "openstreetmap" not in text_of(client, clinic)


def test_rows_and_the_call_sheet_lead_to_the_choices_on_the_page(client):
    clinic = make_clinic("Towson", at=TOWSON)
    hidden = '<span class="visually-hidden"> Towson</span>'
    for path in ("/clinics/?near=21202", f"/clinics/compare/?id={clinic.pk}&near=21202"):
        link = f'href="{clinic.get_absolute_url()}?near=21202#where">Directions{hidden}</a>'
        assert link in text_of(client, clinic, path)
    assert 'id="where"' in text_of(client, clinic)


def test_a_place_of_several_programs_has_one_link_for_all(client):
    for detail in ("Detox", "Methadone"):
        make_clinic("Towson House", name_detail=detail, at=TOWSON, place_key=7)
    text = text_of(client, None, "/clinics/?near=21202&radius=any")
    assert "2 programs here" in text
    assert text.count('class="way-there"') == text.count(">Directions<") == 1
