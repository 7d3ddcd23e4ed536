import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import core.triggers

# As the first migrations of a database that is older than this file made them.
DROP_FORMER = """
    DROP TRIGGER IF EXISTS listings_ledger_append_only ON listings_ledgerentry;
    DROP TRIGGER IF EXISTS listings_refund_limit ON listings_ledgerentry;
    DROP FUNCTION IF EXISTS listings_ledger_append_only();
    DROP FUNCTION IF EXISTS listings_refund_limit();
"""
# For the way back: the ledger is append-only before this migration too.
RESTORE_FORMER = """
    CREATE OR REPLACE FUNCTION listings_ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the money ledger is append-only' USING ERRCODE = 'check_violation';
    END $$;
    CREATE TRIGGER listings_ledger_append_only BEFORE UPDATE OR DELETE ON listings_ledgerentry
        FOR EACH ROW EXECUTE FUNCTION listings_ledger_append_only();

    CREATE OR REPLACE FUNCTION listings_refund_limit() RETURNS trigger LANGUAGE plpgsql AS $$
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
    """The triggers of listings/models/ledger_triggers.py."""

    dependencies = [
        ("listings", "0004_mails_are_in_core"),
    ]

    operations = [
        migrations.RunSQL(DROP_FORMER, RESTORE_FORMER),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerentry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=core.triggers.TriggerSql(
                    func="RAISE EXCEPTION 'the money ledger is append-only' USING ERRCODE = 'check_violation';",
                    hash="8dc235318fc5d8e6582cac613c7f5d774c64a096",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_eda68",
                    table="listings_ledgerentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ledgerentry",
            trigger=pgtrigger.compiler.Trigger(
                name="refund_limit",
                sql=core.triggers.TriggerSql(
                    condition="WHEN (NEW.\"kind\" IN ('refund', 'refund-failed'))",
                    declare="DECLARE paid bigint; moved bigint;",
                    func="\n        SELECT amount_cents INTO paid FROM listings_ledgerentry\n            WHERE kind = 'payment' AND charge_id = NEW.charge_id FOR UPDATE;\n        SELECT coalesce(sum(amount_cents), 0) + NEW.amount_cents INTO moved FROM listings_ledgerentry\n            WHERE kind IN ('refund', 'refund-failed') AND charge_id = NEW.charge_id;\n        IF paid IS NULL OR paid + moved < 0 THEN\n            RAISE EXCEPTION 'refunds of % exceed its payment', NEW.charge_id USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="0a3ce2d3f1fa8dfe8dc529d3cabe6beaab46cef9",
                    operation="INSERT",
                    pgid="pgtrigger_refund_limit_8aab9",
                    table="listings_ledgerentry",
                    when="BEFORE",
                ),
            ),
        ),
    ]
