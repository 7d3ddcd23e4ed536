"""Two rules that no code can forget: the ledger is only added to, and no charge gives back more than it brought."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION listings_ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the money ledger is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER listings_ledger_append_only BEFORE UPDATE OR DELETE ON listings_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION listings_ledger_append_only();
"""
# The row of the payment is locked, so that of two refunds at once the second sees the first.
REFUND_LIMIT = """
CREATE FUNCTION listings_refund_limit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid bigint;
    moved bigint;
BEGIN
    SELECT amount_cents INTO paid FROM listings_ledgerentry
        WHERE kind = 'payment' AND charge_id = NEW.charge_id FOR UPDATE;
    SELECT coalesce(sum(amount_cents), 0) + NEW.amount_cents INTO moved FROM listings_ledgerentry
        WHERE kind IN ('refund', 'refund-failed') AND charge_id = NEW.charge_id;
    IF paid IS NULL OR paid + moved < 0 THEN
        RAISE EXCEPTION 'refunds of % exceed its payment', NEW.charge_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER listings_refund_limit BEFORE INSERT ON listings_ledgerentry
    FOR EACH ROW WHEN (NEW.kind IN ('refund', 'refund-failed')) EXECUTE FUNCTION listings_refund_limit();
"""


class Migration(migrations.Migration):
    dependencies = [("listings", "0001_money")]
    operations = [
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER listings_ledger_append_only ON listings_ledgerentry;"
            "DROP FUNCTION listings_ledger_append_only;",
        ),
        migrations.RunSQL(
            REFUND_LIMIT,
            "DROP TRIGGER listings_refund_limit ON listings_ledgerentry; DROP FUNCTION listings_refund_limit;",
        ),
    ]
