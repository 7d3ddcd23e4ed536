"""The point of an address that an owner states comes from the queue of all addresses."""

import pytest
from django_q.models import OrmQ

from clinics.geo import Coordinates
from clinics.models import Clinic
from listings.models import Submission
from listings.wizard import publishing
from listings.wizard.addresses import locate_clinic
from listings.wizard.answers import answers_of
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
            publishing.publish(submission, ["practice"], owner)
        assert Clinic.objects.get().point_quality == "zip"
        jobs = {job.task["func"]: job.task["args"] for job in OrmQ.objects.all()}
        assert jobs["listings.wizard.addresses.locate_clinic"] == (clinic.pk,)
        assert server.files == []
        assert locate_clinic(clinic.pk) == "1 found."
    clinic.refresh_from_db()
    assert (clinic.coordinates, clinic.point_source) == (DOOR, "census")
