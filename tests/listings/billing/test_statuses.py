"""A row for every state at the gateway: what the site does, says and offers."""

import itertools

import pytest

from listings.billing import statuses
from listings.models import Subscription

# status, gives, still open
ROWS = {
    ("incomplete", ""): ("waiting", False, True),
    ("incomplete_expired", ""): ("unpaid", False, False),
    ("trialing", ""): ("active", True, True),
    ("active", ""): ("active", True, True),
    ("past_due", ""): ("past-due", True, True),
    ("unpaid", ""): ("past-due", True, True),
    ("paused", ""): ("paused", False, True),
    ("canceled", ""): ("cancelled", False, False),
    ("active", "disputed"): ("disputed", False, True),
    ("past_due", "disputed"): ("disputed", False, True),
    ("canceled", "disputed"): ("disputed", False, False),
    ("active", "lost"): ("disputed", False, True),
    ("canceled", "lost"): ("cancelled", False, False),
    ("active", "refunded"): ("refunded", False, True),
    ("canceled", "refunded"): ("refunded", False, False),
    ("active", "waiting"): ("waiting", False, True),
    ("canceled", "waiting"): ("unpaid", False, False),
    ("active", "paused"): ("paused", False, True),
    ("canceled", "paused"): ("cancelled", False, False),
    ("active", "ends"): ("active", True, True),
    ("trialing", "ends"): ("active", True, True),
    ("past_due", "ends"): ("past-due", True, True),
    ("canceled", "ends"): ("cancelled", False, False),
    ("active", "invoiced"): ("waiting", False, True),
    ("past_due", "invoiced"): ("waiting", False, True),
    ("canceled", "invoiced"): ("cancelled", False, False),
}
OFFERS = {"pay", "change", "end", "keep", "portal", "buy", "settle", "contact"}
WORDS = ["incomplete", "incomplete_expired", "trialing", "active", "past_due", "unpaid", "paused", "canceled"]


@pytest.mark.parametrize(("word", "circumstance"), ROWS)
def test_each_state_of_a_subscription_has_a_row(word, circumstance):
    found = statuses.state_of(word, {circumstance} - {""})
    assert (found.status, found.gives, found.is_open) == ROWS[word, circumstance]
    assert found.status in Subscription.Status.values
    assert str(found.says).endswith(".")
    assert set(found.offers) <= set(OFFERS)


def test_no_combination_is_without_a_row_and_none_contradicts_the_gateway():
    """Whoever pays can end what is open, or take its end back; nothing is given that is not open."""
    assert set(statuses.SUBSCRIPTIONS) == set(WORDS)
    names = list(statuses.CIRCUMSTANCES)
    for word, chosen in itertools.product(WORDS, itertools.product([False, True], repeat=len(names))):
        held = {name for name, holds in zip(names, chosen, strict=True) if holds}
        found = statuses.state_of(word, held)
        assert found.is_open is (word not in statuses.ENDED_WORDS), (word, held)
        if found.is_open:
            assert {"end", "keep"} & set(found.offers), (word, held)
        else:
            assert not found.gives, (word, held)
            assert {"buy", "contact"} & set(found.offers), (word, held)


def test_an_unknown_word_has_no_row():
    assert statuses.state_of("frozen") is None
    assert statuses.DISPUTES.get("appealed") is None


@pytest.mark.parametrize(
    ("session", "order"),
    {
        ("open", "unpaid"): "",
        ("open", "paid"): "",
        ("open", "no_payment_required"): "",
        ("complete", "unpaid"): "",
        ("complete", "paid"): "paid",
        ("complete", "no_payment_required"): "paid",
        ("expired", "unpaid"): "expired",
        ("expired", "paid"): "expired",
        ("expired", "no_payment_required"): "expired",
    }.items(),
)
def test_only_a_page_that_is_complete_and_paid_makes_an_order_paid(session, order):
    assert statuses.SESSIONS[session] == order


@pytest.mark.parametrize(
    ("word", "does"),
    {
        "warning_needs_response": "inquiry",
        "warning_under_review": "inquiry",
        "warning_closed": "inquiry",
        "needs_response": "open",
        "under_review": "open",
        "won": "won",
        "lost": "lost",
        "prevented": "won",
    }.items(),
)
def test_each_word_of_a_dispute_has_a_row(word, does):
    assert statuses.DISPUTES[word] == does


@pytest.mark.parametrize(
    ("word", "is_owed"), {"draft": False, "open": True, "paid": False, "uncollectible": True, "void": False}.items()
)
def test_each_word_of_an_invoice_has_a_row(word, is_owed):
    assert statuses.INVOICES[word] is is_owed


@pytest.mark.parametrize("word", ["active", "past_due", "unpaid"])
def test_a_first_invoice_that_is_not_paid_gives_nothing_and_can_be_paid_and_ended(word):
    found = statuses.state_of(word, {"invoiced", "ends"})
    assert (found.status, found.gives, found.is_open) == ("waiting", False, True)
    assert {"pay", "end"} <= set(found.offers)
