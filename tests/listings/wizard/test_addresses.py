"""An address that an owner states stays as it is typed; its point comes from the queue of all addresses."""

import pytest
from django.urls import reverse
from django_q.models import OrmQ

from clinics.geo import Coordinates
from clinics.locations.geocoding import look_up_typed
from clinics.models import Clinic
from clinics.verification.lock import Writer
from listings.models import Submission
from listings.wizard import publishing
from listings.wizard.addresses import enqueue_look_up, locate_clinic, look_up
from listings.wizard.answers import answers_of
from listings.wizard.duplicates import likely_duplicates
from listings.wizard.steps import forms_of
from tests.clinics.locations.census_server import CensusServer, Known
from tests.factories import ClinicFactory
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db
DOOR = Coordinates(39.2951, -76.6102)


def test_a_new_address_is_asked_for_in_the_background(settings, django_capture_on_commit_callbacks):
    clinic, owner = ClinicFactory(), make_owner()
    typed = answers_of(clinic)["practice"] | {"street": ["10 Market Street"], "point": [""]}
    submission = Submission.objects.create(
        listing=make_listing(owner, clinic), answers={"practice": typed}, kind="edit"
    )
    with CensusServer({("21202", "10 market st"): Known(DOOR)}) as server:
        settings.GEOCODER, settings.CENSUS_GEOCODER_URL, settings.CENSUS_PAUSE_SECONDS = "census", server.url, 0
        with django_capture_on_commit_callbacks(execute=True):
            publishing.publish(submission, ["practice"], owner, Writer.EDITOR)
        assert Clinic.objects.get().point_quality == "zip"
        jobs = {job.task["func"]: job.task["args"] for job in OrmQ.objects.all()}
        assert jobs["listings.wizard.addresses.locate_clinic"] == (clinic.pk,)
        assert server.files == []
        assert locate_clinic(clinic.pk) == "1 found."
    clinic.refresh_from_db()
    assert (clinic.coordinates, clinic.point_source) == (DOOR, "census")


@pytest.mark.parametrize(
    ("street", "detail", "city"),
    [
        ("120 East North Avenue", "Suite 4B", "Baltimore"),
        ("14 O'Brien Street", "Unit III", "McKinley"),
        ("5 MLK Boulevard", "", "Baltimore"),
        ("2500 US Highway 1", "", "Baltimore"),
        ("3292 CR 220", "Suites 4-6", "Baltimore"),
    ],
)
def test_an_address_is_published_as_it_was_typed(street, detail, city):
    clinic, owner = ClinicFactory(), make_owner()
    typed = answers_of(clinic)["practice"] | {"street": [street], "street_detail": [detail], "city": [city]}
    submission = Submission.objects.create(
        listing=make_listing(owner, clinic), answers={"practice": typed}, kind="edit"
    )
    publishing.publish(submission, ["practice"], owner, Writer.EDITOR)
    clinic.refresh_from_db()
    assert (clinic.street, clinic.street_detail, clinic.city) == (street, detail, city)


def test_another_spelling_of_one_door_is_the_same_place():
    there = ClinicFactory(name="Quite Another", street="120 E North Ave", street_detail="Ste 4b", zip_code="21202")
    answers = {"practice": {"name": ["Eastside"], "street": ["120 East North Avenue"], "street_detail": ["Suite 4B"]}}
    answers["practice"] |= {"city": ["Baltimore"], "state": ["MD"], "zip_code": ["21202"]}
    assert likely_duplicates(forms_of(answers)) == [there]
    answers["practice"]["street_detail"] = ["Suite 5"]
    assert likely_duplicates(forms_of(answers)) == []


ADDRESS = {"street": "10 Market St", "street_detail": "", "city": "Baltimore", "state": "MD", "zip_code": "21202"}


def map_page(client, owner) -> str:
    listing = make_listing(owner, live=False, clinic=ClinicFactory())
    typed = {name: [value] for name, value in ADDRESS.items()} | {"name": ["Eastside"]}
    Submission.objects.create(listing=listing, answers={"practice": typed})
    client.force_login(owner)
    return client.get(reverse("listings:step", args=[listing.pk, "map"])).text


def test_without_a_geocoder_the_page_says_that_it_could_not_look(client):
    assert "We could not look the address up." in map_page(client, make_owner())


def test_a_typed_address_is_looked_up_before_there_is_a_clinic_and_asked_back(client, settings):
    owner = make_owner()
    with CensusServer({("21202", "10 market st"): Known(DOOR)}) as server:
        settings.GEOCODER, settings.CENSUS_GEOCODER_URL, settings.CENSUS_PAUSE_SECONDS = "census", server.url, 0
        assert look_up(ADDRESS).is_waiting
        assert look_up_typed(**ADDRESS) == "Nothing was due."
        assert look_up(ADDRESS).point == DOOR
        assert look_up_typed(**ADDRESS | {"street": "11 Market St"})
        assert look_up(ADDRESS | {"street": "11 Market St"}).is_unknown
    page = map_page(client, owner)
    assert "Is it here?" in page
    assert "10 Market St, Baltimore, MD 21202" in page


def test_the_question_goes_out_after_the_commit_and_not_with_the_page(
    client, settings, django_capture_on_commit_callbacks
):
    settings.GEOCODER = "census"
    with django_capture_on_commit_callbacks() as callbacks:
        enqueue_look_up(ADDRESS)
    assert not OrmQ.objects.exists()
    [queue] = callbacks
    queue()
    [job] = OrmQ.objects.all()
    assert job.task["func"] == "clinics.locations.geocoding.look_up_typed"
