from django.db import migrations

from core.migration_operations import PERMISSION_TABLES, let_view_outgoing_email, lock

# A key that is there already came with an earlier run and has its own state.
BRING_ROWS = """
    INSERT INTO core_outgoingemail
        (key, template, "to", language, context, is_secret, created_at, locked_at, sent_at, bounced_at, error)
    SELECT key, 'listings/' || template, "to", language,
           facts || jsonb_strip_nulls(jsonb_build_object('subscription', subscription_id, 'entry', entry_id)),
           template = 'account', created_at, claimed_at, sent_at, NULL, error
    FROM listings_mail ORDER BY id
    ON CONFLICT (key) DO NOTHING
"""
# A mail that bounced stays claimed: the former table has no other word for "never send it again".
RETURN_ROWS = f"""
    {lock("core_outgoingemail")};
    WITH moved AS (DELETE FROM core_outgoingemail WHERE template LIKE 'listings/%' RETURNING *)
    INSERT INTO listings_mail
        (key, template, "to", language, facts, subscription_id, entry_id, created_at, claimed_at, sent_at, error)
    SELECT key, substr(template, length('listings/') + 1), "to", language, context - 'subscription' - 'entry',
           (context ->> 'subscription')::bigint, (context ->> 'entry')::bigint,
           created_at, coalesce(locked_at, bounced_at), sent_at, error
    FROM moved ORDER BY id
"""  # noqa: S608 - our own tables


class Migration(migrations.Migration):
    dependencies = [("listings", "0003_move_gateway_objects"), ("core", "0002_outgoing_email"), *PERMISSION_TABLES]
    operations = [
        migrations.RunSQL(lock("listings_mail"), migrations.RunSQL.noop),
        migrations.RunSQL(BRING_ROWS, RETURN_ROWS),
        let_view_outgoing_email("listings", "view_mail"),
        migrations.DeleteModel("Mail"),
    ]
