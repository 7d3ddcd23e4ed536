"""A gateway's account that serves other business too: its messages are refused unread, its money is counted apart."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from listings.billing import books, foreign
from listings.billing.sweep import sweep
from listings.fake_stripe import billing, objects
from listings.models import (
    BillingAccount,
    ForeignEvent,
    LedgerEntry,
    OpeningBalance,
    PaymentEvent,
    PlanPrice,
    Subscription,
)
from tests.listings.billing.payments import buy, deliver_all_events, events, gateway_subscription, order, pay, send

pytestmark = pytest.mark.django_db


def sell_shoes(cents: int = 10_000) -> dict:
    """Another business of the account sells something to somebody; returns the charge."""
    customer = objects.make("customer", email="walker@shoes.example", name="Pat Walker")
    return billing.charge(cents, "usd", customer=customer["id"])


def test_a_foreign_message_is_answered_and_counted_and_nothing_of_it_is_stored():
    sell_shoes()
    for event in events():
        assert send(event).status_code == 200
    assert not PaymentEvent.objects.exists()
    assert dict(ForeignEvent.objects.values_list("type", "count")) == {
        "charge.succeeded": 1,
        "payment_intent.succeeded": 1,
    }
    send(events()[0])
    assert sum(ForeignEvent.objects.values_list("count", flat=True)) == 3


def test_our_own_message_about_a_new_customer_is_not_counted_as_other_business():
    buy()
    made = [event for event in events() if event["type"] == "customer.created"]
    Subscription.objects.update(customer_id="")
    BillingAccount.objects.update(customer_id=None)  # it may arrive before we have stored the id
    assert made
    assert foreign.ours(made) == made
    made[0]["data"]["object"]["metadata"] = {"account": "987654"}
    assert not foreign.ours(made)


def test_of_our_own_purchase_enough_is_stored_to_find_it():
    placed = order()
    pay(placed)
    deliver_all_events()
    placed.refresh_from_db()
    assert placed.status == "paid"
    assert "checkout.session.completed" in PaymentEvent.objects.values_list("type", flat=True)


@pytest.mark.parametrize(
    "happens",
    [
        lambda mine: billing.renew(mine),
        lambda mine: billing.renew(mine, succeeds=False),
        lambda mine: billing.refund(billing.newest_charge(mine), 100),
        lambda mine: billing.dispute(billing.newest_charge(mine)),
        lambda mine: billing.cancel(mine),
    ],
    ids=["renewal", "failure", "refund", "dispute", "end"],
)
def test_each_message_about_our_customer_is_ours_also_where_it_names_a_charge_alone(happens):
    subscription = buy()
    before = {event["id"] for event in events()}
    happens(gateway_subscription(subscription))
    new = [event for event in events() if event["id"] not in before]
    assert new
    assert [event["type"] for event in new if event not in foreign.ours(new)] in ([], ["payment_intent.succeeded"])


def test_the_sweep_takes_up_our_lost_messages_and_no_foreign_one():
    sell_shoes()
    subscription = buy()
    ForeignEvent.objects.all().delete()
    billing.renew(gateway_subscription(subscription))
    sweep()
    stored = PaymentEvent.objects.values_list("payload__data__object__customer", flat=True)
    assert set(stored) - {None} == {subscription.customer_id}
    assert LedgerEntry.objects.count() == 2
    assert not ForeignEvent.objects.exists()  # it looks at the same ones every 15 minutes


def test_four_queries_tell_whose_any_number_of_messages_are(django_assert_num_queries):
    subscription = buy()
    for _ in range(3):
        billing.renew(gateway_subscription(subscription))
        sell_shoes()
    sent = events()
    with django_assert_num_queries(4):
        assert foreign.ours(sent)


def test_what_another_site_calls_an_order_is_not_ours_and_no_error():
    thing = {"object": "charge", "id": "ch_a\0b", "customer": None, "metadata": {"order": "no uuid"}}
    assert foreign.ours([{"type": "charge.succeeded", "data": {"object": thing}}]) == []


# Money


def test_foreign_money_stays_out_of_the_ledger_and_reconcile_says_how_much_it_was(capsys):
    charge = sell_shoes(10_000)
    buy()
    billing.refund(charge, 2_500)
    sweep()
    call_command("reconcile_payments")
    assert "usd: gateway 119.08, ledger 47.28, foreign 71.80" in capsys.readouterr().out
    assert LedgerEntry.objects.count() == 1


def two_months_ago() -> time_machine.travel:
    PlanPrice.objects.update(starts_on="2026-01-01")
    return time_machine.travel(timezone.now() - timedelta(days=60))


def test_an_account_with_a_history_agrees_from_the_day_on_which_the_books_are_opened():
    with two_months_ago():
        subscription = buy()
        billing.renew(gateway_subscription(subscription))  # nobody fetched it, and it is too old to be swept
        sell_shoes()
    assert not books.compare().is_equal
    [opened] = books.open_books()
    assert (opened.currency, opened.amount_cents) == ("usd", 19136)
    found = books.compare()
    assert found.is_equal
    assert found.sums == {"usd": books.Sums(gateway=19136, opening=19136)}


def test_what_moves_after_the_books_were_opened_is_compared():
    with two_months_ago():
        subscription = buy()
        next_day = timezone.now() + timedelta(days=1)
    with time_machine.travel(next_day):
        books.open_books()
    billing.renew(gateway_subscription(subscription))
    sell_shoes()
    assert len(books.compare().wrong) == 1
    deliver_all_events()
    found = books.compare()
    assert found.is_equal
    assert found.sums == {"usd": books.Sums(gateway=19136, opening=4728, ledger=4728, foreign=9680)}


def test_the_books_are_not_opened_twice_by_mistake(capsys):
    with two_months_ago():
        sell_shoes()
    call_command("reconcile_payments", open=True)
    assert "Opened with 96.80 USD" in capsys.readouterr().out
    with pytest.raises(CommandError, match="hide every difference"):
        call_command("reconcile_payments", open=True)
    OpeningBalance.objects.update(opened_at="2026-01-01T00:00Z")
    call_command("reconcile_payments", open=True, again=True)
    assert "usd: gateway 96.80, ledger 0.00, opened with 96.80 on" in capsys.readouterr().out
    assert OpeningBalance.objects.current(livemode=False).get().amount_cents == 9680


def test_books_are_opened_only_while_no_money_moves(monkeypatch):
    buy()
    balances = iter(range(100))
    monkeypatch.setattr(books.gateway, "balance_cents", lambda: {"usd": next(balances)})
    with pytest.raises(CommandError, match="while the balance was read"):
        call_command("reconcile_payments", open=True)
    assert not OpeningBalance.objects.exists()
