"""What the answers of a form write to the clinic once they are published."""

import pytest

from clinics.models import Correction, FactGroup, Source
from clinics.verification.reports import store_report
from listings.models import Submission
from listings.wizard import publishing
from tests.factories import make_clinic
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("phone", "outcome"), [("410-555-0142", "corrected"), ("410-555-0100", "as-stated")])
def test_an_owner_who_states_the_number_answers_the_reports_of_a_dead_one(client, phone, outcome):
    owner, clinic = make_owner(), make_clinic(phone="410-555-0100")
    for sender in ("192.0.2.1", "192.0.2.2"):
        store_report(Correction(clinic=clinic, problem="wrong-number"), sender)
    answers = {"phones": {"phone": [phone]}}
    submission = Submission.objects.create(listing=make_listing(owner, clinic), answers=answers, kind="edit")
    publishing.publish(submission, ["phones"], owner)
    contact = clinic.confirmations.get(fact_group=FactGroup.CONTACT)
    assert (contact.source, contact.confirmed_by) == (Source.OWNER, owner)
    assert set(clinic.corrections.values_list("status", "closed_by")) == {(outcome, owner.pk)}
    assert "this number does not work" not in client.get(clinic.get_absolute_url()).content.decode()
