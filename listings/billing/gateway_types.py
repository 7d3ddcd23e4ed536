"""What listings/billing/gateway/ returns, and how it can fail. Nothing here depends on Stripe's library."""

from dataclasses import dataclass
from datetime import date, datetime

from listings.billing import statuses


class GatewayError(Exception):
    """The gateway did not do what was requested; the message says why and contains no key."""


class GatewayUnavailable(GatewayError):  # noqa: N818 - a state, not a mistake of ours
    """Ask again: it could not be reached, did not answer in time, failed itself, or is switched off here.

    `was_answered`: it answered with a failure of its own, which it would repeat for the same idempotency key.
    """

    def __init__(self, message: str, *, was_answered: bool = False):
        super().__init__(message)
        self.was_answered = was_answered


class GatewayMisconfigured(GatewayError):  # noqa: N818 - a state, not a mistake of the gateway
    """Ours to mend: a key, a permission, a setting or a parameter. The operator is told; asking again changes nothing.

    The message is for the operator, not for buyers.
    """


class GatewayRefused(GatewayError):  # noqa: N818 - a state, not a mistake of ours
    """Its final answer about this object was no."""

    def __init__(self, message: str, code: str = "", parameter: str = ""):
        super().__init__(message)
        self.code, self.parameter = code, parameter

    @property
    def is_gone(self) -> bool:
        """The gateway knows no such object."""
        return self.code == "resource_missing"


class NotFromGateway(Exception):  # noqa: N818 - a state, not a mistake of ours
    """A webhook message without a valid and recent signature, or one that contains no event."""


@dataclass(frozen=True)
class GatewaySession:
    """A payment page."""

    id: str
    url: str
    status: str  # open, complete, expired
    payment_status: str  # paid, unpaid, no_payment_required
    customer_id: str
    order_id: str


@dataclass(frozen=True)
class GatewaySubscription:
    """The present state of a subscription, whatever earlier events said."""

    id: str
    customer_id: str
    order_id: str
    price_id: str  # of our PlanPrice, as it was agreed on last; "" for what was bought before we sent it
    agreed_quantity: int | None
    status: str  # the gateway's word
    created_at: datetime
    ended_at: datetime | None
    period_start: datetime | None
    period_end: datetime | None
    ends_at_period_end: bool  # it will not renew
    cancel_at: datetime | None  # the day of that, if it is not the end of the period
    collection: str  # card, invoice
    is_paused: bool  # nothing is collected
    paused_for: str  # what we paused it for
    quantity: int
    unit_amount_cents: int
    currency: str
    interval: str
    is_waiting: bool  # its first payment is with a bank, or its first invoice was never paid
    unpaid_since: datetime | None  # its latest invoice, while a payment fails
    owed_cents: int  # of an open invoice
    open_invoice_url: str
    next_charge_cents: int | None  # None: nothing more is charged
    next_charge_on: datetime | None
    discount: str
    tax_cents: int
    is_refunded: bool  # all payments of its latest invoice, completely
    dispute_status: str  # the gateway's word, of the weightiest dispute
    dispute_due_by: datetime | None
    last_charge_id: str  # of the latest invoice that was paid
    last_invoice_id: str
    card_expires_on: date | None

    @property
    def is_open(self) -> bool:
        return self.status not in statuses.ENDED_WORDS


@dataclass(frozen=True)
class OpenSubscription:
    """What the gateway would still charge, for comparison; amounts in cents."""

    id: str
    customer_id: str
    order_id: str
    status: str
    will_charge: bool
    amount_cents: int  # unit amount times quantity, before discounts and tax


@dataclass(frozen=True)
class BalanceMovement:
    """A movement of money on the gateway's balance, in cents. The last fields are known for payments of invoices."""

    gateway_id: str
    kind: str
    amount_cents: int
    fee_cents: int
    net_cents: int
    currency: str
    charge_id: str
    customer_id: str
    receipt_url: str
    happened_at: datetime
    subscription_id: str = ""  # the gateway's
    invoice_id: str = ""
    invoice_number: str = ""
    tax_cents: int = 0
    period_start: datetime | None = None
    period_end: datetime | None = None


@dataclass(frozen=True)
class ChangePreview:
    """What a change of plan would cost, as the gateway computes it; tax included."""

    due_now_cents: int
    next_charge_cents: int
    next_charge_on: datetime | None
    lines: list[tuple[str, int]]
