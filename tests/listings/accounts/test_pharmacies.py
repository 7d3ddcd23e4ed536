"""An owner says which pharmacy filled it for the patients of a clinic."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.models import Pharmacy
from core.rate_limits import LIMITS, Limit
from listings.models import Listing
from tests.clinics.factories import PharmacyFactory
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing(client):
    owner = make_owner()
    client.force_login(owner, "allauth.account.auth_backends.AuthenticationBackend")
    return make_listing(owner)


def send(client, listing, **changes):
    day = timezone.localdate() - timedelta(days=1)
    said = {"name": "Gazebo", "zip_code": "21201", "phone": "410-556-0001", "filled_on": day.isoformat()}
    return client.post(f"/account/listings/{listing.pk}/pharmacy/", said | changes)


def test_one_owner_is_enough_for_a_pharmacy_that_was_checked(client, listing):
    known = PharmacyFactory(phone="410-556-0001")
    address = f"/account/listings/{listing.pk}/pharmacy/"
    assert address in client.get(f"/account/listings/{listing.pk}/").content.decode()
    assert send(client, listing)["Location"] == f"/account/listings/{listing.pk}/"
    assert list(Pharmacy.objects.filled_lately()) == [known]
    report = known.reports.get()
    assert (report.said_by, report.clinic, report.reporter_hash) == ("owner", listing.clinic, "")


def test_one_that_is_new_waits_for_an_editor(client, listing):
    send(client, listing)
    assert list(Pharmacy.objects.to_check()) == [Pharmacy.objects.get()]
    assert not Pharmacy.objects.filled_lately()


def test_what_cannot_be_taken_is_shown_again_with_a_sentence(client, listing, monkeypatch):
    answer = send(client, listing, zip_code="00000")
    assert answer.status_code == 422
    assert "We do not know this ZIP code." in answer.content.decode()
    assert 'value="Gazebo"' in answer.content.decode()
    monkeypatch.setitem(LIMITS, "pharmacy by account", Limit(0))
    assert "You have named many pharmacies today." in send(client, listing).content.decode()
    assert not Pharmacy.objects.exists()


def test_only_of_a_listing_that_readers_can_find(client, listing):
    Listing.objects.update(status=Listing.Status.SUSPENDED)
    assert send(client, listing).status_code == 404
    assert (
        f"/account/listings/{listing.pk}/pharmacy/"
        not in client.get(f"/account/listings/{listing.pk}/").content.decode()
    )
