"""Changing several clinics at once."""

import pytest
from django.urls import reverse

from clinics.models import Clinic, Service
from listings.models import Listing, Submission
from tests.factories import TOWSON, make_clinic
from tests.listings.accounts.test_owners import decide, editor, owner
from tests.listings.factories import make_listing, make_owner

__all__ = ["editor", "owner"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.fixture
def listings(owner) -> list[Listing]:
    clinics = [make_clinic("Holliday Street"), make_clinic("Towson", at=TOWSON, phone="410-555-0111")]
    return [make_listing(owner, clinic) for clinic in clinics]


def save(client, part, listings, **facts):
    ticked = {"listing": [listing.pk for listing in listings]}
    return client.post(reverse("listings:shared_part", args=[part]), facts | ticked, follow=True)


def test_hours_insurance_and_languages_of_all_clinics_are_written_once(client, listings):
    medicaid = Service.objects.get(slug="medicaid")
    page = save(client, "hours", listings, open_hours="Mon-Fri 9:00-17:00").content.decode()
    assert "live: Holliday Street, Towson." in page
    save(client, "payment", listings, payment=[medicaid.pk])
    save(client, "languages", listings, desk_languages=["spanish"])
    for clinic in Clinic.objects.all():
        assert clinic.open_hours is not None
        assert clinic.service_ids == [medicaid.pk]
        assert clinic.desk_languages == ["spanish"]
        assert clinic.confirmations.filter(fact_group="hours", source="owner").exists()
    assert (
        "No change was needed: Holliday Street, Towson."
        in save(client, "languages", listings, desk_languages=["spanish"]).content.decode()
    )


def test_only_what_is_ticked_changes(client, listings):
    save(client, "hours", listings[1:], open_hours="Mon-Fri 9:00-17:00")
    assert [clinic.open_hours is None for clinic in Clinic.objects.order_by("pk")] == [True, False]
    assert save(client, "hours", [], open_hours="Mon-Fri 9:00-17:00").status_code == 422


def test_a_website_waits_for_an_editor_and_leaves_the_phones_alone(client, listings, editor):
    save(client, "website", listings, website="https://www.chain.example/")
    assert not Clinic.objects.exclude(website="").exists()
    for submission in Submission.objects.all():
        decide(client, editor, submission, "approve", confirmed_by="call to the old number")
    assert set(Clinic.objects.values_list("website", "phone")) == {
        ("https://www.chain.example/", "410-555-0100"),
        ("https://www.chain.example/", "410-555-0111"),
    }


def test_open_changes_of_a_clinic_are_not_overwritten(client, listings):
    client.post(reverse("listings:edit", args=[listings[0].pk]))
    page = save(client, "hours", listings, open_hours="Mon-Fri 9:00-17:00").content.decode()
    assert "other changes are under way: Holliday Street." in page
    assert Clinic.objects.get(name="Holliday Street").open_hours is None
    assert Submission.objects.filter(status="draft").count() == 1


def test_an_invalid_answer_changes_no_clinic(client, listings):
    assert save(client, "hours", listings, open_hours="whenever").status_code == 422
    assert not Clinic.objects.exclude(open_hours=None).exists()
    assert not Submission.objects.exists()


def test_the_clinics_of_others_cannot_be_ticked(client, listings):
    others = make_listing(make_owner("other"), make_clinic("Elsewhere"))
    assert save(client, "hours", [others], open_hours="Mon-Fri 9:00-17:00").status_code == 422
    save(client, "hours", [*listings, others], open_hours="Mon-Fri 9:00-17:00")
    assert Clinic.objects.get(name="Elsewhere").open_hours is None
