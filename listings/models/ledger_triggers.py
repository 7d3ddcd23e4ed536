"""Two rules that no code can forget: the ledger is only added to, and no charge gives back more than it brought."""

import pgtrigger

from core.triggers import Trigger

APPEND_ONLY = Trigger(
    name="append_only",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="RAISE EXCEPTION 'the money ledger is append-only' USING ERRCODE = 'check_violation';",
)
# The row of the payment is locked, so that of two refunds at once the second sees the first.
REFUND_LIMIT = Trigger(
    name="refund_limit",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Q(new__kind__in=["refund", "refund-failed"]),
    declare=[("paid", "bigint"), ("moved", "bigint")],
    func="""
        SELECT amount_cents INTO paid FROM listings_ledgerentry
            WHERE kind = 'payment' AND charge_id = NEW.charge_id FOR UPDATE;
        SELECT coalesce(sum(amount_cents), 0) + NEW.amount_cents INTO moved FROM listings_ledgerentry
            WHERE kind IN ('refund', 'refund-failed') AND charge_id = NEW.charge_id;
        IF paid IS NULL OR paid + moved < 0 THEN
            RAISE EXCEPTION 'refunds of % exceed its payment', NEW.charge_id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)
