"""A distance says no more than what is known about where a clinic stands."""

import re

import pytest
from django.utils.translation import override

from clinics.geo import Coordinates
from clinics.models import ZipCode
from clinics.search.distances import Distance, rounded, with_distances
from clinics.search.places import locate
from tests.factories import BALTIMORE, NEW_YORK, TOWSON, make_clinic

NEVER = re.compile(r"\b0[.,]0\b|\b0 mil")


@pytest.mark.parametrize(
    ("miles", "text"),
    [
        (0, "about 1 mile"),
        (0.4, "about 1 mile"),
        (2.6, "about 3 miles"),
        (19.4, "about 19 miles"),
        (19.7, "about 20 miles"),
        (59.0, "about 60 miles"),
        (62.4, "about 60 miles"),
        (97.6, "about 100 miles"),
        (301.3, "about 300 miles"),
        (3679, "about 3,700 miles"),
    ],
)
def test_a_rough_distance_is_rounded_the_coarser_the_farther(miles, text):
    assert Distance(miles, is_rough=True).text == text


@pytest.mark.parametrize(
    ("miles", "text"), [(3.44, "3.4 miles"), (3.45, "3.5 miles"), (0.06, "0.1 miles"), (0.03, "less than a mile")]
)
def test_an_exact_distance_keeps_its_tenth_and_is_never_none(miles, text):
    assert Distance(miles).text == text


def test_rounding_never_turns_the_order_around():
    miles = [rounded(tenth / 10) for tenth in range(50_000)]
    assert miles == sorted(miles)
    assert miles[0] == 1


def test_in_spanish_it_is_said_in_spanish():
    with override("es"):
        assert Distance(0, True, True).text == "en su código postal"
        assert Distance(2.6, True).text == "a unas 3 millas"
        assert Distance(3.44).text == "3.4 millas"
        assert Distance(0.01).text == "a menos de una milla"


@pytest.mark.django_db
def test_a_clinic_known_to_its_zip_is_in_the_zip_that_was_searched():
    place = locate("21202")
    exact = make_clinic("Exact", zip_code="21202", at=BALTIMORE)
    of_the_zip = make_clinic("Of the ZIP", zip_code="21202", at=place.coordinates, is_approximate=True)
    box = make_clinic("PO boxes at that post office", zip_code="21203", at=place.coordinates, is_approximate=True)
    other = make_clinic("Another ZIP", zip_code="21204", at=TOWSON, is_approximate=True)
    with_distances([exact, of_the_zip, box, other], place.coordinates, zip_code=place.zip_code)
    assert [clinic.distance.is_in_zip_code for clinic in (exact, of_the_zip, box, other)] == [False, True, True, False]
    assert other.distance.text == "about 7 miles"


@pytest.mark.django_db
def test_in_the_middle_of_a_city_a_zip_is_not_yours():
    city = locate("Baltimore, MD")
    clinic = make_clinic("Middle", at=city.coordinates, is_approximate=True)
    with_distances([clinic], city.coordinates)
    assert clinic.distance.text == "about 1 mile"


@pytest.mark.django_db
def test_a_clinic_without_a_point_has_no_distance():
    nowhere = make_clinic("Nowhere", at=None)
    assert with_distances([nowhere], BALTIMORE)[0].distance is None
    assert with_distances([nowhere], None)[0].distance_miles is None


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["", "/es"])
def test_no_page_tells_a_decimal_of_a_zip(client, language):
    """The list, the clinic's page, the call sheet, and the clinics near one that has closed."""
    zip_code = ZipCode.objects.get(code="21202")
    point = Coordinates(zip_code.latitude, zip_code.longitude)
    here = make_clinic("Here", zip_code="21202", at=point, is_approximate=True, services=["methadone-in-treatment"])
    far = make_clinic("Far", zip_code="10001", at=NEW_YORK, is_approximate=True, services=["medicaid"])
    closed = make_clinic("Closed", at=TOWSON, is_approximate=True, is_listed=False, closed_on="2026-01-31")
    in_zip, about = (
        ("En su código postal", "A unas 170 millas") if language else ("In your ZIP code", "About 170 miles")
    )
    pages = [
        f"{language}/clinics/?near=21202&radius=any",
        f"{language}/clinics/compare/?id={here.pk}&id={far.pk}&near=21202",
    ]
    for address in pages:
        text = client.get(address).content.decode()
        assert in_zip in text
        assert about in text
        assert not NEVER.search(text)
    for clinic, words in ((here, in_zip), (far, about)):
        address = language + clinic.get_absolute_url()
        assert words in client.get(address, {"near": "21202"}).content.decode()
    nearby = client.get(language + closed.get_absolute_url()).content.decode()
    assert ("A unas 7 millas" if language else "About 7 miles") in nearby


@pytest.mark.django_db
def test_data_say_how_well_a_place_is_known_and_give_miles_only_of_a_better_one(client):
    zip_code = ZipCode.objects.get(code="21202")
    make_clinic("Here", zip_code="21202", at=Coordinates(zip_code.latitude, zip_code.longitude), is_approximate=True)
    make_clinic("Towson", at=TOWSON)
    answer = client.get("/es/clinics/?near=21202&radius=25&format=json").json()
    of_the_zip, exact = answer["results"]
    assert (of_the_zip["distance_miles"], of_the_zip["distance_text"]) == (None, "in your ZIP code")
    assert of_the_zip["location"] == {"quality": "zip", "source": "ZIP code", "as_of": None}
    assert exact["distance_text"] == f"{exact['distance_miles']:.1f} miles"
    assert exact["location"]["quality"] == "street"
    [_point, far] = client.get("/clinics/?near=21202&radius=25&format=geojson").json()["features"]
    assert far["properties"]["location"]["quality"] == "street"
    header, row, _other = client.get("/clinics/?near=21202&radius=25&format=csv").content.decode().splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    assert (cells["distance_miles"], cells["distance_text"], cells["location_quality"]) == (
        "",
        "in your ZIP code",
        "zip",
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("source", "is_here"), [("zipcodes", True), ("city", False)])
def test_a_clinic_at_the_middle_of_its_city_is_not_said_to_be_in_its_zip_code(source, is_here):
    place = locate("21202")
    clinic = make_clinic(zip_code="21202", at=TOWSON, is_approximate=True)
    clinic.point_source = source
    [clinic] = with_distances([clinic], place.measured_from, zip_code=place.zip_code)
    assert (clinic.distance.text == "in your ZIP code") is is_here
