"""The rules of listings and money that hold without a gateway."""

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import OutgoingEmail
from listings.models import GRACE, Listing, Membership, Order, Plan, PlanPrice
from listings.models.order import NotForSale, OtherOrderOpen
from tests.factories import TOWSON, make_clinic
from tests.listings.billing.payments import buy, order, price_of
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db

STEPS = {
    "submit": lambda listing: listing.submit(),
    "start_review": lambda listing: listing.start_review(),
    "send_back": lambda listing: listing.send_back("Which entrance?"),
    "publish": lambda listing: listing.publish(),
    "ask_to_confirm": lambda listing: listing.ask_to_confirm(),
    "confirm": lambda listing: listing.confirm(),
    "suspend": lambda listing: listing.suspend("The phone is dead."),
    "reinstate": lambda listing: listing.reinstate(),
    "close": lambda listing: listing.close(),
    "reopen": lambda listing: listing.reopen(),
}
POSSIBLE = {
    "draft": {"submit": "submitted", "close": "closed"},
    "submitted": {"start_review": "in-review", "send_back": "draft", "publish": "live", "close": "closed"},
    "in-review": {"send_back": "draft", "publish": "live", "close": "closed"},
    "live": {"ask_to_confirm": "needs-confirmation", "suspend": "suspended", "close": "closed"},
    "needs-confirmation": {"confirm": "live", "suspend": "suspended", "close": "closed"},
    "suspended": {"reinstate": "live", "close": "closed"},
    "closed": {"reopen": "live"},
}


@pytest.mark.parametrize("status", Listing.Status.values)
@pytest.mark.parametrize("step", STEPS)
def test_a_listing_allows_only_the_moves_of_its_status(status, step):
    listing = make_listing()
    Listing.objects.update(status=status)
    wanted = POSSIBLE[status].get(step)
    if wanted is None:
        with pytest.raises(ValueError, match="cannot become"):
            STEPS[step](listing)
    else:
        STEPS[step](listing)
    assert Listing.objects.get().status == (wanted or status)


def test_a_draft_that_was_closed_is_a_draft_again():
    listing = Listing.objects.create(practice_name="New Practice")
    listing.close()
    listing.reopen()
    assert Listing.objects.get().status == "draft"


def test_a_listing_without_a_clinic_cannot_be_live():
    listing = Listing.objects.create(practice_name="New Practice", status="in-review")
    with pytest.raises(ValueError, match="without a clinic"):
        listing.publish()
    listing.publish(make_clinic())
    assert Listing.objects.get().status == "live"


def test_an_owner_sees_their_own_listings_and_an_invited_editor_holds_that_role():
    owner, editor = make_owner(), make_owner("editor")
    listing = make_listing(owner)
    make_listing(make_owner("other"), make_clinic("Elsewhere", at=TOWSON))
    Membership.objects.create(listing=listing, user=editor, role="editor")
    assert list(Listing.objects.of(owner)) == list(Listing.objects.of(editor)) == [listing]
    assert list(Listing.objects.of(editor, Membership.Role.OWNER)) == []


def test_the_price_for_new_subscribers_is_the_newest_that_has_started():
    plan = Plan.objects.get(slug="featured")
    PlanPrice.objects.filter(plan=plan).update(starts_on=timezone.localdate() - timedelta(days=90))
    today = PlanPrice.objects.create(plan=plan, interval="month", amount_cents=5900)
    later = PlanPrice.objects.create(
        plan=plan, interval="month", amount_cents=6900, starts_on=timezone.localdate() + timedelta(days=1)
    )
    assert [(price.interval, price.amount_cents) for price in plan.prices_on()] == [("month", 5900), ("year", 49000)]
    assert plan.announced_prices() == [later]
    assert today.is_for_sale()
    assert not later.is_for_sale()


def test_a_price_that_was_sold_cannot_be_changed():
    price = price_of()
    price.amount_cents = 5100
    price.clean()
    order()
    with pytest.raises(ValidationError, match="new row"):
        price.clean()


def test_no_field_counts_or_prices_a_call_a_click_or_a_patient():
    words = ("call", "click", "lead", "patient", "referral", "commission", "impression")
    names = [field.name for model in apps.get_app_config("listings").get_models() for field in model._meta.fields]
    assert [name for name in names if any(word in name for word in words)] == []


def test_ordering_the_same_again_returns_the_first_order_and_another_plan_has_to_wait():
    listing = make_listing()
    owner = listing.owners.get()
    first = Order.place(listing, owner, price_of())
    assert Order.place(listing, owner, price_of()) == first
    with pytest.raises(OtherOrderOpen):
        Order.place(listing, owner, price_of(interval="year"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.create(listing=listing, buyer=owner, price=price_of())


def test_nothing_can_be_ordered_for_a_paid_or_closed_listing_or_at_an_old_price():
    listing = buy().listings.get()
    owner = listing.owners.get()
    with pytest.raises(NotForSale, match="already has"):
        Order.place(listing, owner, price_of())
    other = make_listing(owner, make_clinic("Towson", at=TOWSON))
    Plan.objects.filter(slug="group").update(is_offered=False)
    with pytest.raises(NotForSale, match="not offered"):
        Order.place(other, owner, price_of("group"))
    other.close()
    with pytest.raises(NotForSale, match="closed"):
        Order.place(other, owner, price_of())


def test_a_subscriber_keeps_the_price_until_30_days_after_the_announcement(mailoutbox):
    subscription = buy()
    dearer = PlanPrice.objects.create(
        plan=subscription.plan, interval="month", amount_cents=5900, starts_on=timezone.localdate() + timedelta(days=1)
    )
    with pytest.raises(ValueError, match="30 days"):
        subscription.announce_price(dearer, timezone.now() + timedelta(days=29))
    subscription.announce_price(dearer)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(subscription).objects.update(next_price_from=timezone.now() + timedelta(days=3))
    assert (
        OutgoingEmail.objects.filter(template="listings/price_change", context__subscription=subscription.pk).count()
        == 1
    )


def test_only_a_live_listing_is_sponsored_and_only_while_it_is_paid():
    listing = buy().listings.get()
    until = listing.subscription.period_end + GRACE

    def sponsored_until():
        listing.clinic.refresh_from_db()
        return listing.clinic.sponsored_until

    assert sponsored_until() == until
    listing.suspend("The phone is dead.")
    assert sponsored_until() is None
    listing.reinstate()
    assert sponsored_until() == until
    with time_machine.travel(until + timedelta(seconds=1)):
        assert not listing.is_paid


def test_a_group_plan_covers_as_many_clinics_as_were_bought():
    owner = make_owner()
    first = make_listing(owner)
    subscription = buy(first, slug="group", quantity=1)
    subscription.plan.clinics_per_unit = 2
    subscription.plan.save()
    second, third = (make_listing(owner, make_clinic(f"Site {number}")) for number in (2, 3))
    subscription.cover(second)
    second.clinic.refresh_from_db()
    assert second.clinic.sponsored_until is not None
    with pytest.raises(ValueError, match="covers 2 clinics"):
        subscription.cover(third)
