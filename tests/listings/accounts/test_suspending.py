"""Editors suspend, close and reopen listings; owners say that their practice has closed."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinics.models import Clinic, ProposedChange
from core.models import OutgoingEmail
from listings.models import Listing, Membership, Order, Submission
from listings.models.order import NotForSale
from tests.factories import TOWSON, make_clinic
from tests.listings.billing.payments import buy, price_of
from tests.listings.factories import make_listing

pytestmark = pytest.mark.django_db

REASON = "The number leads to another practice."


@pytest.fixture
def listing():
    return make_listing()


@pytest.fixture
def editor_client(client):
    client.force_login(User.objects.create_superuser("editor", password="a sentence to log in with"))
    return client


@pytest.fixture
def owner(client, listing):
    client.force_login(listing.owners.get())
    return client


def press(editor_client, listing, move: str, reason: str = REASON):
    page = reverse("admin:listings_listing_change", args=[listing.pk])
    response = editor_client.post(page, {"move": move, "reason": reason}, follow=True)
    listing.refresh_from_db()
    listing.clinic.refresh_from_db()
    return response


def test_an_editor_suspends_with_a_reason_that_is_mailed_and_ends_the_suspension(editor_client, listing):
    buy(listing)
    page = reverse("admin:listings_listing_change", args=[listing.pk])
    assert "paid plan" in editor_client.get(page).text
    press(editor_client, listing, "suspend")
    assert (listing.status, listing.status_reason) == ("suspended", REASON)
    assert listing.clinic.sponsored_until is None
    assert listing.clinic.is_listed, "what patients read of the clinic is another decision"
    mail = OutgoingEmail.objects.get(template="listings/state")
    assert (mail.to, mail.context["state"], mail.context["reason"]) == ("owner@practice.example", "suspended", REASON)
    assert LogEntry.objects.filter(object_id=listing.pk).latest("pk").change_message == f"Suspended. {REASON}"
    press(editor_client, listing, "reinstate", "")
    assert listing.status == "live"
    assert listing.clinic.sponsored_until is None, "its plan has ended"
    assert OutgoingEmail.objects.filter(template="listings/state").count() == 2


def test_an_editor_closes_a_practice_and_opens_it_again(editor_client, listing):
    press(editor_client, listing, "close")
    assert (listing.status, listing.clinic.is_listed) == ("closed", False)
    assert listing.clinic.closed_on == timezone.localdate()
    press(editor_client, listing, "reopen", "")
    assert (listing.status, listing.clinic.is_listed, listing.clinic.closed_on) == ("live", True, None)


@pytest.mark.parametrize(
    ("move", "reason", "sentence"), [("suspend", " ", "reason"), ("reopen", REASON, "is live now")]
)
def test_a_move_that_is_not_allowed_changes_nothing(editor_client, listing, move, reason, sentence):
    assert sentence in press(editor_client, listing, move, reason).text
    assert listing.status == "live"
    assert not OutgoingEmail.objects.filter(template="listings/state").exists()


@pytest.mark.parametrize("move", ["suspend", "close"])
def test_owners_of_a_locked_listing_read_the_reason_and_can_change_nothing(owner, listing, move):
    getattr(listing, move)(REASON)
    page = reverse("listings:listing", args=[listing.pk])
    shown = owner.get(page).text
    assert REASON in shown
    assert "Change something" not in shown
    for name, args in (("edit", []), ("photos", []), ("remove_photo", [1]), ("close", []), ("confirm", [])):
        response = owner.post(reverse(f"listings:{name}", args=[listing.pk, *args]), follow=True)
        assert response.redirect_chain == [(page, 302)], name
    assert not Submission.objects.exists()
    assert not listing.clinic.confirmations.filter(source="owner").exists()
    with pytest.raises(NotForSale, match="suspended or closed"):
        Order.place(listing, listing.owners.get(), price_of())


@pytest.mark.parametrize("page", ["check", "step"])
def test_changes_that_were_begun_wait_until_the_suspension_ends(owner, listing, page):
    owner.post(reverse("listings:edit", args=[listing.pk]))
    before = Submission.objects.get().answers
    listing.suspend(REASON)
    address = reverse(f"listings:{page}", args=[listing.pk] + ["practice"] * (page == "step"))
    response = owner.post(address, {"name": "Another Name"}, follow=True)
    assert "closed and cannot be changed" in response.text
    submission = Submission.objects.get()
    assert (submission.answers, submission.status) == (before, "draft")
    listing.reinstate()
    assert owner.get(address).status_code == 200


def check_closing():
    """An editor approves what the owners of a practice said last."""
    editor, _is_new = User.objects.get_or_create(username="checker", is_staff=True, is_superuser=True)
    desk = Client()
    desk.force_login(editor)
    page = reverse("admin:clinics_proposedchange_change", args=[ProposedChange.objects.open().get().pk])
    desk.post(page, {"decision": "approve", "confirmed_by": "call: a recording says so"})


def test_an_owner_says_that_the_practice_has_closed(owner, listing):
    address = reverse("listings:close", args=[listing.pk])
    assert owner.get(address).status_code == 200
    assert listing.clinic.is_listed, "looking changes nothing"
    for _twice in range(2):
        assert "It has closed" in owner.post(address, follow=True).text
    clinic = Clinic.objects.get(pk=listing.clinic_id)
    assert (clinic.is_listed, clinic.closed_on) == (True, None), "an editor checks it first"
    check_closing()
    clinic.refresh_from_db()
    listing.refresh_from_db()
    assert (clinic.is_listed, clinic.closed_on) == (False, timezone.localdate())
    assert (listing.status, listing.status_reason) == ("closed", "Its owners said that the practice has closed.")
    assert OutgoingEmail.objects.filter(template="listings/state").exists()
    shown = owner.get(clinic.get_absolute_url())
    assert shown.status_code == 200
    assert "Closed, as reported on" in shown.text


def test_owners_take_back_what_was_a_mistake_or_came_by_a_mailed_link(owner, listing):
    owner.post(reverse("listings:close", args=[listing.pk]))
    change = ProposedChange.objects.get()
    page = reverse("listings:withdraw_change", args=[listing.pk, change.pk])
    assert "Nothing has changed" in owner.post(page, follow=True).text
    assert "decided already" in owner.post(page, follow=True).text
    change.refresh_from_db()
    assert (change.status, change.decided_by) == ("withdrawn", listing.owners.get())
    assert "Waiting for an editor" not in owner.get(reverse("listings:listing", args=[listing.pk])).text
    owner.post(reverse("listings:close", args=[listing.pk]))
    assert ProposedChange.objects.open().count() == 1


def test_a_listing_that_was_never_published_cannot_be_closed(client):
    draft = Listing.objects.create(practice_name="New Practice")
    user = User.objects.create_user("writer")
    Membership.objects.create(listing=draft, user=user)
    client.force_login(user)
    address = reverse("listings:close", args=[draft.pk])
    assert client.post(address).status_code == 404
    assert address not in client.get(reverse("listings:listing", args=[draft.pk])).text


@pytest.mark.parametrize("ends_already", [False, True])
def test_who_closes_is_told_that_the_plan_ends_also_one_that_ends_with_its_period(owner, listing, ends_already):
    sentence = "its plan ends, nothing more is charged, and the unused part is refunded"
    address = reverse("listings:close", args=[listing.pk])
    assert sentence not in owner.get(address).text
    subscription = buy(listing)
    type(subscription).objects.update(ends_at_period_end=ends_already)
    assert sentence in owner.get(address).text
    owner.post(address)
    check_closing()
    subscription.refresh_from_db()
    assert (subscription.end_reason, subscription.refund_wanted) == ("closed", "unused")


def test_a_group_plan_continues_for_the_other_clinics(owner, listing):
    subscription = buy(listing, slug="group")
    other = make_listing(listing.owners.get(), make_clinic("Elsewhere", at=TOWSON))
    subscription.cover(other)
    owner.post(reverse("listings:close", args=[other.pk]))
    check_closing()
    other.refresh_from_db()
    assert (other.status, other.subscription) == ("closed", None)
    address = reverse("listings:billing_cover", args=[listing.pk])
    assert f'value="{other.pk}"' not in owner.get(reverse("listings:billing", args=[listing.pk])).text
    assert "suspended or closed takes no plan" in owner.post(address, {"cover": other.pk}, follow=True).text
    assert subscription.listings.get() == listing
    subscription.cover(third := make_listing(listing.owners.get(), make_clinic("Third", at=TOWSON)))
    owner.post(reverse("listings:close", args=[listing.pk]))
    check_closing()
    third.clinic.refresh_from_db()
    assert third.clinic.sponsored_until is not None


def test_a_person_with_the_role_editor_cannot_close_the_practice(client, listing):
    helper = User.objects.create_user("helper")
    Membership.objects.create(listing=listing, user=helper, role=Membership.Role.EDITOR)
    client.force_login(helper)
    assert client.post(reverse("listings:close", args=[listing.pk])).status_code == 404
    assert Clinic.objects.get(pk=listing.clinic_id).is_listed
