"""What each state at the gateway means here: the one table that pages, mails, jobs and the invariant read.

A row says what the site calls the state, whether it gives the extras, what it tells the owner, and what it offers.
Nothing here knows a model or the gateway's library. A word that is in no table changes nothing and is shown to the
operator as a difference of the kind "unknown-status" (listings/billing/invariant.py).
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class State:
    """One row. `status` is a value of Subscription.Status.

    What it may offer: pay the open invoice, change plan or card, end, keep (take the end back), buy (again), settle a
    dispute or an unpaid invoice, open the gateway's portal, contact (write to us).
    """

    status: str
    gives: bool
    says: str | Promise
    offers: tuple[str, ...]
    is_open: bool  # the gateway could still charge


# Subscriptions: the gateway's word alone

WAITING = State(
    "waiting",
    gives=False,
    says=_("The first payment is on its way. The plan begins when it arrives; there is nothing more to do."),
    offers=("portal", "end"),
    is_open=True,
)
RUNNING = State("active", gives=True, says=_("The plan is paid."), offers=("change", "portal", "end"), is_open=True)
FAILING = State(
    "past-due",
    gives=True,
    says=_("The last payment failed. Everything stays as it is for now; please pay, or check your card."),
    offers=("pay", "settle", "portal", "end"),
    is_open=True,
)
PAUSED = State(
    "paused",
    gives=False,
    says=_("The plan is paused. Nothing is charged, and the listing is shown as a free one."),
    offers=("contact", "portal", "end"),
    is_open=True,
)
NEVER_PAID = State(
    "unpaid",
    gives=False,
    says=_("The first payment did not arrive, so the plan did not begin. Nothing was charged."),
    offers=("buy",),
    is_open=False,
)
ENDED = State(
    "cancelled",
    gives=False,
    says=_("The plan has ended, and nothing more is charged. The listing stays as a free one."),
    offers=("buy",),
    is_open=False,
)
GIVEN = State(
    "active", gives=True, says=_("The plan is given to you without charge."), offers=("contact",), is_open=False
)
SUBSCRIPTIONS: dict[str, State] = {
    "incomplete": WAITING,
    "incomplete_expired": NEVER_PAID,
    "trialing": RUNNING,
    "active": RUNNING,
    "past_due": FAILING,
    "unpaid": FAILING,  # the retries are over; our days of grace are counted the same
    "paused": PAUSED,
    "canceled": ENDED,
}
ENDED_WORDS = tuple(word for word, state in SUBSCRIPTIONS.items() if not state.is_open)

# Circumstances, the weightiest first. Each has a row for a subscription that is open and for one that has ended.

DISPUTED = State(
    "disputed",
    gives=False,
    says=_("A payment is disputed at your bank. Nothing is charged until that is decided, and the extras rest."),
    offers=("settle", "contact", "portal", "end"),
    is_open=True,
)
DISPUTED_AND_ENDED = State(
    "disputed",
    gives=False,
    says=_(
        "The plan has ended. A payment of it is disputed at your bank; another plan can begin when that is decided."
    ),
    offers=("settle", "contact"),
    is_open=False,
)
LOST = State(
    "disputed",
    gives=False,
    says=_("Your bank has returned the disputed payment, so the plan ends."),
    offers=("contact", "portal", "end"),
    is_open=True,
)
REFUNDED = State(
    "refunded",
    gives=False,
    says=_("The last payment was refunded, so the plan ends."),
    offers=("contact", "portal", "end"),
    is_open=True,
)
REFUNDED_AND_ENDED = State(
    "refunded",
    gives=False,
    says=_("The last payment was refunded and the plan has ended. Nothing more is charged."),
    offers=("buy",),
    is_open=False,
)
ENDING = State(
    "active",
    gives=True,
    says=_("The plan is paid and ends with this period. Nothing more is charged."),
    offers=("keep", "portal"),
    is_open=True,
)
INVOICED = State(
    "waiting",
    gives=False,
    says=_("The first invoice is not paid yet. The plan begins when it is paid."),
    offers=("pay", "portal", "end"),
    is_open=True,
)
INVOICE_OVERDUE = State(
    "waiting",
    gives=False,
    says=_("The first invoice is overdue, so the plan has not begun. It begins when the invoice is paid."),
    offers=("pay", "settle", "portal", "end"),
    is_open=True,
)
CIRCUMSTANCES: dict[str, tuple[State, State]] = {
    "disputed": (DISPUTED, DISPUTED_AND_ENDED),
    "lost": (LOST, ENDED),
    "refunded": (REFUNDED, REFUNDED_AND_ENDED),
    "waiting": (WAITING, NEVER_PAID),  # active there, but a bank still has to pay for the first time
    "paused": (PAUSED, ENDED),
    "invoiced": (INVOICED, ENDED),  # the first invoice is not paid, and its payer never paid before
    "ends": (ENDING, ENDED),
}

# By our own status, for a row that was not synced yet and for a word that we do not know
STATES = {
    state.status: state for state in (LOST, DISPUTED, REFUNDED, WAITING, RUNNING, FAILING, PAUSED, NEVER_PAID, ENDED)
}


def state_of(word: str, circumstances: frozenset[str] | set[str] = frozenset()) -> State | None:
    """The row for the gateway's word under these circumstances; None if the word is unknown.

    A failed payment is weightier than a pause or an end to come: it is what the owner has to know first.
    """
    plain = SUBSCRIPTIONS.get(word)
    if plain is None:
        return None
    for name, (still_open, ended) in CIRCUMSTANCES.items():
        if name in circumstances:
            if plain is FAILING and name == "invoiced":
                return INVOICE_OVERDUE
            if plain in (FAILING, WAITING, PAUSED) and name in ("waiting", "ends"):
                return plain
            if plain is NEVER_PAID and name not in ("disputed", "refunded"):
                return plain
            return still_open if plain.is_open else ended
    return plain


# Payment pages: (status, payment status) at the gateway: what becomes of the order, "" if nothing is decided

SESSIONS: dict[tuple[str, str], str] = {
    ("open", "unpaid"): "",
    ("open", "paid"): "",
    ("open", "no_payment_required"): "",
    ("complete", "paid"): "paid",
    ("complete", "no_payment_required"): "paid",
    ("complete", "unpaid"): "",  # a bank debit is on its way, for days
    ("expired", "unpaid"): "expired",
    ("expired", "paid"): "expired",
    ("expired", "no_payment_required"): "expired",
}

# Disputes: what one does to the plan. An inquiry has moved no money: it goes to the operator's desk alone.

INQUIRY, OPEN, WON, LOST_DISPUTE = "inquiry", "open", "won", "lost"
DISPUTES: dict[str, str] = {
    "warning_needs_response": INQUIRY,
    "warning_under_review": INQUIRY,
    "warning_closed": INQUIRY,
    "needs_response": OPEN,
    "under_review": OPEN,
    "appeal_needs_response": OPEN,
    "appeal_under_review": OPEN,
    "won": WON,
    "lost": LOST_DISPUTE,
    "prevented": WON,  # the bank closed it before any money moved; a refund is seen as a refund
}

# Invoices: whether one is still owed, by its status

INVOICES: dict[str, bool] = {"draft": False, "open": True, "paid": False, "uncollectible": True, "void": False}
