"""What listings/billing/gateway.py returns, and how it can fail. Nothing here depends on Stripe's library."""

from dataclasses import dataclass
from datetime import datetime


class GatewayError(Exception):
    """The gateway did not do what was requested; the message says why and contains no key."""


class GatewayUnavailable(GatewayError):  # noqa: N818 - a state, not a mistake of ours
    """It could not be reached, did not answer in time, or is switched off here."""


class GatewayRefused(GatewayError):  # noqa: N818 - a state, not a mistake of ours
    """It answered no."""

    def __init__(self, message: str, code: str = "", parameter: str = ""):
        super().__init__(message)
        self.code, self.parameter = code, parameter


class NotFromGateway(Exception):  # noqa: N818 - a state, not a mistake of ours
    """A webhook message without a valid and recent signature, or one that contains no event."""


@dataclass(frozen=True)
class GatewaySession:
    """A payment page."""

    id: str
    url: str
    status: str  # open, complete, expired
    customer_id: str
    order_id: str


@dataclass(frozen=True)
class GatewaySubscription:
    """The present state of a subscription, whatever earlier events said."""

    id: str
    customer_id: str
    order_id: str
    status: str  # the gateway's word
    created_at: datetime
    period_end: datetime | None
    ends_at_period_end: bool
    unpaid_since: datetime | None
    is_refunded: bool  # its newest payment was refunded completely
    is_disputed: bool
    last_charge_id: str  # of its newest payment

    @property
    def is_open(self) -> bool:
        return self.status not in ("canceled", "incomplete_expired")


@dataclass(frozen=True)
class BalanceMovement:
    """A movement of money on the gateway's balance, in cents."""

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
