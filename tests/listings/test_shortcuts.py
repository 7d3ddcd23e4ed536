"""Buttons and forms that are sent after the session has ended."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from listings.accounts.dashboard import VIEW_DAYS, daily_views
from listings.shortcuts import page_above
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
SAID = "Please press the button again."


@pytest.mark.parametrize(
    ("deed", "page"),
    [
        ("/account/listings/5/edit/", "/account/listings/5/"),
        ("/account/listings/5/changes/7/withdraw/", "/account/listings/5/"),
        ("/account/listings/5/people/invitations/7/withdraw/", "/account/listings/5/people/"),
        ("/account/listings/5/billing/cover/", "/account/listings/5/billing/"),
        ("/account/billing/5/payers/7/remove/", "/account/billing/5/"),
        ("/account/billing/plans/5/keep/", "/account/billing/"),
        ("/account/claims/5/withdraw/", "/account/claims/5/"),
        ("/account/gone/", "/account/"),
    ],
)
def test_above_the_address_of_a_button_is_the_page_where_it_stands(deed, page):
    assert page_above(deed) == page


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_button_pressed_after_the_session_ended_leads_back_to_its_page_and_says_so(prefix):
    owner = make_owner()
    owner.set_password(PASSWORD)
    owner.save()
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    listing, client = make_listing(owner), Client()
    to_log_in = client.post(f"{prefix}/account/listings/{listing.pk}/confirm/")
    answer = client.post(to_log_in["Location"], {"login": owner.email, "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1] == (f"{prefix}/account/listings/{listing.pk}/", 302)
    if not prefix:
        assert SAID in answer.content.decode()
    assert listing.clinic.confirmations.filter(source="owner").count() == 0


def test_words_sent_after_the_session_ended_are_said_to_be_lost_and_how_to_keep_them():
    listing, client = make_listing(make_owner()), Client()
    answer = client.post(f"/account/listings/{listing.pk}/form/practice/", {"city": "Towson"}, follow=True)
    text = answer.content.decode()
    assert "what you sent was not saved" in text
    assert "go back in your browser first and copy it" in text


def test_a_page_that_was_only_asked_for_says_nothing_of_it():
    listing, client = make_listing(make_owner()), Client()
    text = client.get(f"/account/listings/{listing.pk}/", follow=True).content.decode()
    assert "not saved" not in text


def test_any_other_method_is_still_refused():
    listing, client = make_listing(make_owner()), Client()
    client.force_login(listing.owners.get())
    assert client.delete(f"/account/listings/{listing.pk}/confirm/").status_code == 405


def test_views_are_shown_from_the_day_on_which_the_listing_began():
    listing = make_listing()
    today = timezone.localdate()
    assert [day for day, _count in daily_views(listing.clinic, today - timedelta(days=1))] == [
        today,
        today - timedelta(days=1),
    ]
    assert len(daily_views(listing.clinic, today - timedelta(days=99))) == VIEW_DAYS


def test_what_a_page_does_not_say_leads_to_its_question(client):
    listing = make_listing()
    client.force_login(listing.owners.get())
    page = client.get(f"/account/listings/{listing.pk}/").text
    assert 'name="question" value="languages">Which languages the desk speaks</button>' in page
    answer = client.post(f"/account/listings/{listing.pk}/edit/", {"question": "languages"})
    assert answer["Location"] == f"/account/listings/{listing.pk}/form/languages/"
    answer = client.post(f"/account/listings/{listing.pk}/edit/", {"question": "nonsense"})
    assert answer["Location"] == f"/account/listings/{listing.pk}/form/"


def test_a_search_that_finds_no_practice_does_not_ask_which_of_none_is_yours(client):
    page = client.get("/list-your-practice/?q=Nowhere+at+all").text
    assert "We found no such practice" in page
    assert "None of these" not in page
