"""The status of a listing whose owners are asked to confirm their facts."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from clinics.models import Confirmation
from clinics.verification.reconfirmation import send_due_mails
from listings.accounts.reconfirmation import follow_answers
from listings.models import Listing
from tests.listings.billing.payments import buy
from tests.listings.factories import make_listing

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 12, tzinfo=timezone.get_default_timezone())


def after(days: int):
    return time_machine.travel(START + timedelta(days=days), tick=False)


@pytest.fixture
def asked():
    """A listing whose owner was asked, and reminded twice."""
    with after(0):
        listing = make_listing()
    for day in (0, 7, 14):
        with after(day):
            assert send_due_mails() == 1
    return listing


def status_after(days: int) -> str:
    with after(days):
        follow_answers()
    return Listing.objects.get().status


def test_a_listing_needs_confirmation_after_a_round_of_unanswered_mails(asked):
    assert [status_after(day) for day in (14, 20)] == ["live", "live"], "the last reminder has a week too"
    assert [status_after(day) for day in (21, 22)] == ["needs-confirmation"] * 2


def test_a_listing_that_was_confirmed_after_the_mail_stays_live(asked):
    with after(5):
        Confirmation.objects.create(
            clinic=asked.clinic, fact_group="contact", source="called", confirmed_on=timezone.localdate()
        )
    assert status_after(30) == "live"


def test_a_confirmation_by_the_owner_makes_it_live_again(asked, client):
    assert status_after(21) == "needs-confirmation"
    assert status_after(40) == "needs-confirmation"
    with after(41):
        client.force_login(asked.owners.get())
        client.post(reverse("listings:confirm", args=[asked.pk]))
        assert Listing.objects.get().status == "live"
    assert status_after(42) == "live"


def test_a_confirmation_by_somebody_else_makes_it_live_again_with_the_next_job(asked):
    assert status_after(21) == "needs-confirmation"
    with after(22):
        Confirmation.objects.create(
            clinic=asked.clinic, fact_group="contact", source="called", confirmed_on=timezone.localdate()
        )
    assert status_after(23) == "live"


def test_a_listing_without_an_answer_keeps_what_it_pays_for():
    listing = make_listing()
    buy(listing)
    listing.refresh_from_db()
    listing.ask_to_confirm()
    listing.clinic.refresh_from_db()
    assert listing.clinic.is_featured
