"""Payers are told before a yearly charge and before a card ends, once each."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import email
from core.models import OutgoingEmail
from listings.emails import reminders
from listings.models import BillingAccount, Payer, Subscription
from tests.listings.factories import SubscriptionFactory, make_owner

pytestmark = pytest.mark.django_db


def subscribe(*, days, **values) -> Subscription:
    """A plan whose next charge is in so many days, paid by two people."""
    account = BillingAccount.objects.create(customer_id="cus_harbor", email="office@harbor.example")
    for name in ("first", "second"):
        Payer.objects.create(account=account, user=make_owner(name))
    columns = {
        "account": account,
        "gateway_interval": "year",
        "gateway_unit_amount_cents": 49000,
        "collection": "card",
    }
    columns |= {"next_charge_cents": 51940, "next_charge_on": timezone.now() + timedelta(days=days)}
    return SubscriptionFactory(**columns | values)


def mails(template) -> list[str]:
    return sorted(OutgoingEmail.objects.filter(template=f"listings/{template}").values_list("to", flat=True))


@pytest.mark.parametrize(
    ("days", "values", "count"),
    [
        (46, {}, 0),
        (45, {}, 3),
        (30, {}, 3),
        (1, {}, 3),
        (0, {}, 0),
        (40, {"gateway_interval": "month"}, 0),
        (40, {"ends_at_period_end": True}, 0),
        (40, {"is_open_at_gateway": False}, 0),
        (40, {"next_charge_cents": 0}, 0),
        (40, {"is_paused": True}, 0),
    ],
)
def test_a_yearly_charge_is_announced_45_to_30_days_before(days, values, count):
    subscribe(days=days, **values)
    reminders.remind_of_renewals()
    reminders.remind_of_renewals()
    assert len(mails("renewal")) == count


def test_the_announcement_names_price_day_and_the_way_to_end(mailoutbox, settings):
    subscription = subscribe(days=40)
    reminders.remind_of_renewals()
    assert mails("renewal") == ["first@practice.example", "office@harbor.example", "second@practice.example"]
    email.send(OutgoingEmail.objects.get(to="office@harbor.example").pk)
    [message] = mailoutbox
    assert message.subject == "Your plan renews soon"
    assert "we charge $519.40" in message.body
    assert f"{settings.SITE_URL}/account/billing/plans/{subscription.pk}/end/" in message.body
    Subscription.objects.update(next_charge_on=timezone.now() + timedelta(days=41))
    reminders.remind_of_renewals()
    assert len(mails("renewal")) == 6  # another day, another mail


@pytest.mark.parametrize(
    ("days", "card_days", "values", "count"),
    [
        (300, 30, {}, 3),
        (300, 31, {}, 0),  # not yet
        (20, 40, {}, 0),  # it pays the next charge
        (20, -5, {}, 3),  # it has ended, and nobody has entered another
        (300, 30, {"ends_at_period_end": True}, 0),
        (300, 30, {"collection": "invoice"}, 0),
    ],
)
def test_a_card_that_ends_before_the_next_charge_is_named_once(days, card_days, values, count):
    subscribe(days=days, card_expires_on=timezone.localdate() + timedelta(days=card_days), **values)
    reminders.remind_of_cards()
    reminders.remind_of_cards()
    assert len(mails("card_ending")) == count
