"""An owner closes a practice for some days by one tap, and opens it again by another."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from clinics.models import Clinic
from clinics.typed_hours import parse_week
from tests.factories import HONOLULU, make_clinic
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 17, tzinfo=UTC)  # Monday, in Baltimore
TODAY = {"day": "2026-11-30"}


def at(moment: datetime):
    return time_machine.travel(moment, tick=False)


@pytest.fixture
def listing():
    return make_listing(clinic=make_clinic("Mill", open_hours=parse_week("24/7")))


@pytest.fixture
def owner(client, listing):
    """A client of the owner; at the moment of the tests, so that the session is not too old for them."""
    with at(NOON - timedelta(minutes=5)):
        client.force_login(listing.owners.get())
    return client


def press(client, name: str, listing, **data):
    return client.post(reverse(f"listings:{name}", args=[listing.pk]), data, follow=True)


def text_of(response) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def page(client, listing) -> str:
    return text_of(client.get(reverse("listings:listing", args=[listing.pk])))


def test_one_tap_says_closed_today_and_midnight_ends_it(owner, listing):
    with at(NOON):
        assert "Closed today, Monday, November 30" in page(owner, listing)
        response = press(owner, "closed_today", listing, **TODAY)
        assert response.status_code == 200
        assert "Readers see now: “Closed today, says the clinic”. It ends by itself." in text_of(response)
        assert "We are open after all" in text_of(response)
        closure = listing.clinic.closures.get()
        assert (closure.created_by, closure.source) == (listing.owners.get(), "owner")
        assert closure.ends_at == datetime(2026, 12, 1, 5, tzinfo=UTC)
    with at(datetime(2026, 12, 1, 5, tzinfo=UTC)):
        owner.force_login(listing.owners.get())
        shown = page(owner, listing)
        assert "Are you closed today?" in shown
        assert "Readers see:" not in shown
        assert Clinic.objects.get().open_status.is_open is True


def test_its_forms_are_accepted_from_the_page_that_shows_them(listing):
    strict = Client(enforce_csrf_checks=True)
    with at(NOON):
        strict.force_login(listing.owners.get())
        for name in ("closed_today", "open_after_all"):
            html = strict.get(reverse("listings:listing", args=[listing.pk])).content.decode()
            form = html.split(f'action="{reverse(f"listings:{name}", args=[listing.pk])}"')[1].split("</form>")[0]
            sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', form))
            assert press(strict, name, listing, **sent).status_code == 200


def test_undo_and_a_second_tap_of_each_change_nothing_more(owner, listing):
    with at(NOON):
        press(owner, "closed_today", listing, **TODAY)
    with at(NOON + timedelta(minutes=1)):
        press(owner, "closed_today", listing, **TODAY)
        assert listing.clinic.closures.count() == 1
    with at(NOON + timedelta(minutes=2)):
        assert "Readers no longer see that you are closed." in text_of(press(owner, "open_after_all", listing))
        assert "Nothing says any more that you are closed." in text_of(press(owner, "open_after_all", listing))
        assert Clinic.objects.get().open_status.is_open is True
        assert listing.clinic.closures.get().ends_at == NOON + timedelta(minutes=2)
        press(owner, "closed_today", listing, **TODAY)
        assert Clinic.objects.get().open_status.is_open is False


def test_another_tab_that_stood_open_overnight_does_not_close_the_next_day(owner, listing):
    with at(datetime(2026, 12, 1, 14, tzinfo=UTC)):
        owner.force_login(listing.owners.get())  # sessions are shorter than a night
        response = press(owner, "closed_today", listing, **TODAY)
        assert response.status_code == 422
        assert "At the clinic it is Tuesday, December 1 now." in text_of(response)
        assert not listing.clinic.closures.exists()
        assert 'name="day" value="2026-12-01"' in response.content.decode()
        assert press(owner, "closed_today", listing, day="2026-12-01").status_code == 200
        assert listing.clinic.closures.count() == 1


def test_one_that_ends_while_the_owner_looks_can_still_be_taken_back(owner, listing):
    with at(NOON):
        press(owner, "closed_today", listing, **TODAY)
    with at(datetime(2026, 12, 1, 5, 1, tzinfo=UTC)):
        owner.force_login(listing.owners.get())
        response = press(owner, "open_after_all", listing)
        assert response.status_code == 200
        assert "Nothing says any more that you are closed." in text_of(response)


def test_through_a_later_day_with_a_reason(owner, listing):
    with at(NOON):
        response = press(owner, "closed_today", listing, last_day="2026-12-02", reason="weather")
        assert "Closed through Wednesday, December 2 (bad weather), says the clinic" in text_of(response)
        assert listing.clinic.closures.get().last_day == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"last_day": "2026-11-29"}, "The last day is before the first."),
        ({"last_day": "2026-12-14"}, "At most 14 days at a time."),
        ({"last_day": "soon"}, "Enter a valid date."),
        ({"last_day": "2026-12-02", "reason": "x"}, "Select a valid choice."),
        ({}, "Choose the last day."),
        ({"day": "x"}, "At the clinic it is Monday, November 30 now."),
    ],
)
def test_what_cannot_be_is_told_and_kept_in_its_field(owner, listing, sent, sentence):
    with at(NOON):
        response = press(owner, "closed_today", listing, **sent)
        assert response.status_code == 422
        assert sentence in text_of(response)
        assert "<title>Error:" in response.content.decode()
        if sent.get("last_day"):
            assert f'value="{sent["last_day"]}"' in response.content.decode()
        assert not listing.clinic.closures.exists()


def test_the_day_is_that_of_the_clinic_not_of_the_server(client):
    of_honolulu = {"city": "Honolulu", "state": "HI", "zip_code": "96813", "at": HONOLULU}
    listing = make_listing(clinic=make_clinic("Aloha", **of_honolulu))
    with at(datetime(2026, 12, 1, 6, tzinfo=UTC)):  # Tuesday at the server; Monday, 20:00 in Honolulu
        client.force_login(listing.owners.get())
        assert "Closed today, Monday, November 30" in page(client, listing)
        press(client, "closed_today", listing, **TODAY)
    assert listing.clinic.closures.get().ends_at == datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_a_strangers_listing_is_refused(client, listing):
    client.force_login(make_owner("stranger@practice.example"))
    for name in ("closed_today", "open_after_all"):
        assert press(client, name, listing, **TODAY).status_code == 404
    assert not listing.clinic.closures.exists()


def test_a_listing_that_takes_no_changes_says_so(owner, listing):
    listing.suspend("Under review.")
    with at(NOON):
        assert "Are you closed today?" not in page(owner, listing)
        assert "cannot be changed" in text_of(press(owner, "closed_today", listing, **TODAY))
        assert not listing.clinic.closures.exists()


def test_it_is_in_spanish_too(owner, listing):
    with at(NOON):
        response = owner.post(f"/es{reverse('listings:closed_today', args=[listing.pk])}", TODAY, follow=True)
        assert "Ahora los lectores ven: “Cerrada hoy, según la clínica”." in text_of(response)
