"""What time brings to customers with a test clock: drafts are finalized, payments tried again, periods begin and end.

Source, by the name of Stripe's page: "Test clocks" (API and advanced usage).
"""

from collections.abc import Callable, Iterator

from listings.fake_stripe.billing import checkout, invoices, subscriptions
from listings.fake_stripe.delivery import emit
from listings.fake_stripe.objects import ApiError, get, list_all, make, now, save

LONGEST_DAYS = 2 * 366  # that a clock without a subscription is moved at once
Due = tuple[int, str, Callable[[], object]]


def advance(clock: dict, moment: int) -> dict:
    """Move a test clock to `moment`, and do on the way, in order, what is due."""
    if moment <= clock["frozen_time"]:
        raise ApiError("frozen_time must be after the current frozen time of the test clock.", param="frozen_time")
    if moment > clock["frozen_time"] + _furthest(clock):
        message = "frozen_time cannot be more than two intervals in the future from the shortest subscription."
        raise ApiError(message, param="frozen_time")
    while due := min(_due(clock, moment), default=None, key=lambda each: each[:2]):
        at, _, happen = due
        if at > clock["frozen_time"]:
            save(clock, frozen_time=at)
        happen()
    save(clock, frozen_time=moment)
    emit("test_helpers.test_clock.ready", clock)
    return clock


def advance_customer(customer_id: str, days: float) -> dict:
    """Let days pass for one customer, who is given a clock if there is none yet."""
    customer = get("customer", customer_id)
    if not customer["test_clock"]:
        clock = make("test_helpers.test_clock", frozen_time=now(), status="ready")
        save(customer, test_clock=clock["id"])
    clock = get("test_helpers.test_clock", customer["test_clock"])
    return advance(clock, clock["frozen_time"] + round(days * 86400))


def _customers(clock: dict) -> list[str]:
    return [each["id"] for each in list_all("customer", test_clock=clock["id"]) if not each.get("deleted")]


def _furthest(clock: dict) -> int:
    """Seconds that the clock may be moved at once."""
    found = [each for customer in _customers(clock) for each in list_all("subscription", customer=customer)]
    intervals = {subscriptions.item_of(each)["price"]["recurring"]["interval"] for each in found}
    days = 2 * 31 if "month" in intervals else LONGEST_DAYS
    return days * 86400


def _due(clock: dict, moment: int) -> Iterator[Due]:
    for customer in _customers(clock):
        things = [
            *(each for one in list_all("subscription", customer=customer) for each in _of_subscription(one)),
            *(each for one in list_all("invoice", customer=customer) for each in _of_invoice(one)),
            *(each for one in list_all("checkout.session", customer=customer) for each in _of_session(one)),
        ]
        yield from ((at, key, happen) for at, key, happen in things if at <= moment)


def _of_subscription(one: dict) -> Iterator[Due]:
    key = one["id"]
    if one["status"] in subscriptions.ENDED:
        return
    if one["status"] == "incomplete":
        if not _is_pending(one):
            late = one["created"] + subscriptions.FIRST_PAYMENT_SECONDS
            yield late, key, lambda: subscriptions.expire_incomplete(one)
        return
    end = subscriptions.item_of(one)["current_period_end"]
    if one["status"] == "paused":
        return
    if one["status"] == "trialing":
        yield end, key, lambda: subscriptions.end_trial(one)
        return
    if one["cancel_at"] and one["cancel_at"] <= end:
        yield one["cancel_at"], key, lambda: subscriptions.cancel(one)
    else:
        yield end, key, lambda: subscriptions.begin_period(one)
    if (one["pause_collection"] or {}).get("resumes_at"):
        yield one["pause_collection"]["resumes_at"], key, lambda: subscriptions.pause(one, "")


def _is_pending(subscription: dict) -> bool:
    payments = list_all("invoice_payment", invoice=subscription["latest_invoice"])
    return any(each["status"] == "open" for each in payments)


def _of_invoice(one: dict) -> Iterator[Due]:
    key = one["id"]
    if one["status"] == "draft" and one["automatically_finalizes_at"]:
        yield one["automatically_finalizes_at"], key, lambda: invoices.collect(one)
    if one["status"] == "open" and one["next_payment_attempt"] and one["auto_advance"]:
        yield one["next_payment_attempt"], key, lambda: invoices.attempt(one)
    if one["status"] == "open" and one["due_date"] and not one.get("_is_overdue"):
        yield one["due_date"], key, lambda: invoices.overdue(one)


def _of_session(one: dict) -> Iterator[Due]:
    if one["status"] == "open":
        yield one["expires_at"], one["id"], lambda: checkout.expire(one)
