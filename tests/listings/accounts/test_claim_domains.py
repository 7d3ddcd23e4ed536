"""At whose domain an e-mail address proves a claim."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from listings.accounts.forms import ClaimForm
from listings.models.channels import own_domain
from tests.clinics.factories import SourceRecordFactory
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.mark.parametrize(("days", "proves"), [(0, False), (29, False), (30, True)])
def test_a_domain_that_an_owner_states_proves_a_claim_after_thirty_days(days, proves):
    clinic = make_clinic(website="https://patient-broker.example/", website_from_owner_on=date(2026, 3, 2))
    typed = {"method": "email", "email": "me@patient-broker.example"}
    with time_machine.travel(TODAY + timedelta(days=days), tick=False):
        assert ClaimForm(typed, clinic=clinic).is_valid() is proves


def test_a_domain_that_a_list_states_proves_a_claim_at_once():
    clinic = make_clinic(website="https://clinic.example/", website_from_owner_on=date(2026, 3, 1))
    assert own_domain(clinic) == ""
    SourceRecordFactory(clinic=clinic, row={"website": "https://other.example/"})
    assert own_domain(clinic) == ""
    SourceRecordFactory(clinic=clinic, row={"website": "http://www.clinic.example/home"})
    assert own_domain(clinic) == "clinic.example"


def test_a_website_that_no_owner_states_proves_a_claim():
    assert own_domain(make_clinic(website="https://clinic.example/")) == "clinic.example"
