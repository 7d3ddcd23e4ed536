from django.db import migrations

# A mail that was begun is never sent again, so each arrives locked; one that is not known to have gone may have bounced.
BRING_ROWS = """
    INSERT INTO core_outgoingemail
        (key, template, "to", language, context, is_secret, created_at, locked_at, sent_at, bounced_at, error)
    SELECT 'reconfirmation-' || r.id || '-' || m.step, 'clinics/reconfirmation', r.email, 'en',
           jsonb_build_object('request', r.id, 'step', m.step), false, m.created_at, m.created_at, m.sent_at,
           CASE WHEN m.sent_at IS NULL THEN r.bounced_at END, ''
    FROM clinics_confirmationmail m JOIN clinics_confirmationrequest r ON r.id = m.request_id ORDER BY m.id
"""


class Migration(migrations.Migration):
    dependencies = [("clinics", "0004_verification"), ("core", "0002_outgoing_email")]
    operations = [
        migrations.RunSQL(BRING_ROWS, migrations.RunSQL.noop),
        migrations.DeleteModel("ConfirmationMail"),
    ]
