"""What a page of the form says before and after it was sent, and what can still be done once all was sent in."""

import pytest
from django.urls import reverse

from clinics.models import Clinic
from listings.models import Listing, Submission
from tests.factories import make_clinic
from tests.listings.accounts.test_owners import PHONES, PRACTICE, change, decide, editor, owner, send_in
from tests.listings.factories import make_listing

__all__ = ["editor", "owner"]  # fixtures
pytestmark = pytest.mark.django_db


def shown(client, listing, slug: str) -> str:
    return client.get(reverse("listings:step", args=[listing.pk, slug])).text


def test_a_page_that_was_only_filled_in_shows_no_errors_and_one_that_was_sent_does(client, owner):
    client.post(reverse("listings:new_listing"), {"npi_or_name": "Eastside Recovery", "npi_state": "MD"})
    listing = Listing.objects.get()
    page = shown(client, listing, "practice")
    assert 'value="Eastside Recovery"' in page
    assert "This field is required" not in page
    assert "<title>Error:" not in page
    client.post(reverse("listings:step", args=[listing.pk, "practice"]), PRACTICE | {"city": ""})
    page = shown(client, listing, "practice")
    assert 'href="#id_city"' in page
    assert "<title>Error:" in page


def test_what_is_live_is_not_blamed_on_the_owner_who_opens_its_page(client, owner):
    listing = make_listing(owner, make_clinic(city="baltimore", street=""))
    client.post(reverse("listings:edit", args=[listing.pk]))
    page = shown(client, listing, "practice")
    assert 'value="baltimore"' in page
    assert "<title>Error:" not in page


def test_a_doubt_is_shown_as_soon_as_its_page_is_opened_again(client, owner):
    listing = make_listing(owner, make_clinic())
    change(client, listing, description={"description": "We are #1"})
    page = shown(client, listing, "description")
    assert 'name="sure" value="description:#1"' in page
    assert "Tick what is right, or change it above." in page


def test_what_was_sent_in_can_be_seen_and_taken_back_until_an_editor_begins(client, owner):
    submission = send_in(client, owner)
    address = reverse("listings:listing", args=[submission.listing_id])
    check, back = (reverse(f"listings:{name}", args=[submission.listing_id]) for name in ("check", "take_back"))
    assert f'href="{check}"' in client.get(address).text
    sent = client.get(check).text
    assert PRACTICE["name"] in sent
    assert "Send it in" not in sent
    assert f'action="{back}"' in sent
    assert client.post(back)["Location"] == reverse("listings:tasks", args=[submission.listing_id])
    submission.refresh_from_db()
    assert (submission.status, submission.listing.status, submission.submitted_at) == ("draft", "draft", None)
    client.post(check, {"not_a_duplicate": "yes"})
    Listing.objects.get().start_review()
    assert back not in client.get(address).text
    assert "an editor has begun" in client.post(back, follow=True).text
    assert Submission.objects.get().status == "open"


def test_a_change_is_taken_back_without_what_is_live_already(client, owner):
    listing = make_listing(owner, make_clinic(phone="410-555-0100"))
    submission = change(client, listing, phones=PHONES, access={"days_to_first_visit": "2"})
    client.post(reverse("listings:take_back", args=[listing.pk]))
    tasks = client.get(reverse("listings:tasks", args=[listing.pk])).context["asked"]
    assert [task.page.slug for task in tasks if task.is_changed] == ["phones"]
    Clinic.objects.update(days_to_first_visit=5)  # by somebody else, meanwhile
    client.post(reverse("listings:check", args=[listing.pk]))
    submission.refresh_from_db()
    assert submission.status == "open"
    assert Clinic.objects.get().days_to_first_visit == 5


def test_an_answer_to_an_editor_that_is_taken_back_leaves_the_question_open(client, owner, editor):
    submission = send_in(client, owner)
    decide(client, editor, submission, "ask", reason="Which suite?")
    client.force_login(owner)
    client.post(reverse("listings:check", args=[submission.listing_id]), {"not_a_duplicate": "yes"})
    client.post(reverse("listings:take_back", args=[submission.listing_id]))
    submission.refresh_from_db()
    assert (submission.status, submission.reason) == ("asked", "Which suite?")


def test_the_call_bar_of_a_preview_is_not_that_of_the_page(client, owner):
    submission = send_in(client, owner)
    assert "clinic-call" not in client.get(reverse("listings:check", args=[submission.listing_id])).text


def test_a_search_that_finds_nothing_says_so(client):
    page = client.get(reverse("listings:start"), {"q": "Zeppelin Medicine"}).text
    assert "We found no such practice" in page
    assert "None of these is yours?" not in page
