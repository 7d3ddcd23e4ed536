"""Refunds, credit and promotion codes."""

from datetime import datetime
from typing import Any

import stripe

from listings.billing import mapping
from listings.billing.gateway.client import call, client
from listings.billing.gateway_types import GatewayMisconfigured, GatewayRefused
from listings.models import BillingAccount, LedgerEntry


def refund(payment: LedgerEntry, amount_cents: int, left_cents: int | None = None) -> None:
    """Refund a part of a payment. Called twice before the first refund is recorded, it refunds once.

    `left_cents` is what was left of it when the amount was decided on: two who decide by the same refund once too.
    """
    left = payment.refundable_cents() if left_cents is None else left_cents
    if not 0 < amount_cents <= left:
        raise GatewayRefused(f"Of this payment {left / 100:.2f} can be refunded.")
    options = stripe.RequestOptions(idempotency_key=f"refund-{payment.charge_id}-{left}-{amount_cents}")
    call(lambda: client().v1.refunds.create({"charge": payment.charge_id, "amount": amount_cents}, options))


def credit(account: BillingAccount, amount_cents: int, note: str, *, nonce: str) -> None:
    """Lower the next invoices of an account by this amount; once for each `nonce`, however often it is asked."""
    customer_id = account.customer_id
    if not customer_id or amount_cents <= 0:
        raise GatewayRefused("A credit is a positive amount for an account that has paid before.")
    params: Any = {"amount": -amount_cents, "currency": "usd", "description": note[:350]}
    options = stripe.RequestOptions(idempotency_key=f"credit-{account.pk}-{nonce}")
    call(lambda: client().v1.customers.balance_transactions.create(customer_id, params, options))


def create_promotion_code(
    code: str,
    *,
    percent_off: float | None = None,
    amount_off_cents: int | None = None,
    months: int | None = None,
    most_uses: int | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A code that buyers type on the payment page; returns its id.

    It counts for so many `months`; None: for good; 0: for the first payment alone.
    Raises GatewayRefused with a sentence if it is not exactly one of a share and an amount.
    """
    if (percent_off is None) == (amount_off_cents is None):
        raise GatewayRefused("A coupon takes off either a share or an amount.")
    coupon: dict[str, Any] = {"name": code[:40], "duration": "forever" if months is None else "once"}
    if months:
        coupon |= {"duration": "repeating", "duration_in_months": months}
    if percent_off is not None:
        coupon["percent_off"] = percent_off
    else:
        coupon |= {"amount_off": amount_off_cents, "currency": "usd"}
    asked, key = client(), f"coupon-{code}-{sorted(coupon.items())}"
    made = call(lambda: asked.v1.coupons.create(coupon, stripe.RequestOptions(idempotency_key=key)))  # type: ignore[arg-type]
    params: Any = {"promotion": {"type": "coupon", "coupon": made.id}, "code": code}
    if most_uses:
        params["max_redemptions"] = most_uses
    if expires_at:
        params["expires_at"] = int(expires_at.timestamp())
    promotion = _made_before(asked, code, made.id) or call(lambda: asked.v1.promotion_codes.create(params))
    if not promotion.active:
        raise GatewayMisconfigured(f"The code {code} was made and is not active.")
    return promotion.id


def _made_before(asked: stripe.StripeClient, code: str, coupon_id: str) -> stripe.PromotionCode | None:
    """The same code of a try whose answer was lost; its terms are those of the same coupon."""
    found = call(lambda: asked.v1.promotion_codes.list({"code": code, "active": True})).data
    return next((each for each in found if mapping.id_of(each.promotion.coupon) == coupon_id), None)


def end_promotion_code(promotion_id: str) -> None:
    """Nobody else can use it; who used it keeps what it takes off."""
    call(lambda: client().v1.promotion_codes.update(promotion_id, {"active": False}))
