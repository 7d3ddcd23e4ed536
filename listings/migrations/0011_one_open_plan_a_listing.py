import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import core.triggers


class Migration(migrations.Migration):
    """One open plan a listing, and prices that were sold or announced stay: after 0010 has marked what was double."""

    dependencies = [
        ("listings", "0010_accounts_of_subscriptions"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("end_wanted_at", None), ("is_open_at_gateway", True), ("is_surplus", False)),
                fields=("listing",),
                name="one_open_plan_a_listing",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planprice",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen_price",
                sql=core.triggers.TriggerSql(
                    func="\n        IF (NEW.plan_id, NEW.interval, NEW.amount_cents, NEW.currency)\n                IS DISTINCT FROM (OLD.plan_id, OLD.interval, OLD.amount_cents, OLD.currency)\n            AND (EXISTS (SELECT FROM listings_order WHERE price_id = OLD.id)\n                OR EXISTS (SELECT FROM listings_subscription WHERE OLD.id IN (price_id, next_price_id)))\n        THEN\n            RAISE EXCEPTION 'this price was sold or announced' USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    ",
                    hash="355b3ffe4edc3ae671edd0b03b529b1b8932c7f6",
                    operation="UPDATE",
                    pgid="pgtrigger_frozen_price_f2eab",
                    table="listings_planprice",
                    when="BEFORE",
                ),
            ),
        ),
    ]
