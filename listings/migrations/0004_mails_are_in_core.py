from django.db import migrations

BRING_ROWS = """
    INSERT INTO core_outgoingemail
        (key, template, "to", language, context, is_secret, created_at, locked_at, sent_at, bounced_at, error)
    SELECT key, 'listings/' || template, "to", language,
           facts || jsonb_strip_nulls(jsonb_build_object('subscription', subscription_id, 'entry', entry_id)),
           template = 'account', created_at, claimed_at, sent_at, NULL, error
    FROM listings_mail ORDER BY id
"""


class Migration(migrations.Migration):
    dependencies = [("listings", "0003_move_gateway_objects"), ("core", "0002_outgoing_email")]
    operations = [
        migrations.RunSQL(BRING_ROWS, migrations.RunSQL.noop),
        migrations.DeleteModel("Mail"),
    ]
