from django.db import migrations

from core.migration_operations import PERMISSION_TABLES, let_view_outgoing_email, lock

# A mail that was begun is never sent again, so each arrives locked; one that is not known to have gone may have bounced.
# A key that is there already came with an earlier run and has its own state.
BRING_ROWS = """
    INSERT INTO core_outgoingemail
        (key, template, "to", language, context, is_secret, created_at, locked_at, sent_at, bounced_at, error)
    SELECT 'reconfirmation-' || r.id || '-' || m.step, 'clinics/reconfirmation', r.email, 'en',
           jsonb_build_object('request', r.id, 'step', m.step), false, m.created_at, m.created_at, m.sent_at,
           CASE WHEN m.sent_at IS NULL THEN r.bounced_at END, ''
    FROM clinics_confirmationmail m JOIN clinics_confirmationrequest r ON r.id = m.request_id ORDER BY m.id
    ON CONFLICT (key) DO NOTHING
"""
# A row of the former table was begun, so one that still waits is left out: the next run sends what is due.
RETURN_ROWS = f"""
    {lock("core_outgoingemail")};
    WITH moved AS (DELETE FROM core_outgoingemail WHERE template = 'clinics/reconfirmation' RETURNING *)
    INSERT INTO clinics_confirmationmail (request_id, step, created_at, sent_at)
    SELECT r.id, (m.context ->> 'step')::smallint, m.created_at, m.sent_at
    FROM moved m JOIN clinics_confirmationrequest r ON r.id = (m.context ->> 'request')::bigint
    WHERE coalesce(m.locked_at, m.sent_at, m.bounced_at) IS NOT NULL ORDER BY m.id
"""  # noqa: S608 - our own tables


class Migration(migrations.Migration):
    dependencies = [("clinics", "0004_verification"), ("core", "0002_outgoing_email"), *PERMISSION_TABLES]
    operations = [
        migrations.RunSQL(lock("clinics_confirmationmail"), migrations.RunSQL.noop),
        migrations.RunSQL(BRING_ROWS, RETURN_ROWS),
        let_view_outgoing_email("clinics", "view_confirmationmail"),
        migrations.DeleteModel("ConfirmationMail"),
    ]
