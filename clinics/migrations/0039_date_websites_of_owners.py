from django.db import migrations

# The day of its last change, where the clinic itself states the contact now; before, nobody noted who stated a website.
DATE = """
    UPDATE clinics_clinic c SET website_from_owner_on = f.day
    FROM (
        SELECT clinic_id, max(changed_at)::date AS day FROM clinics_factchange WHERE field = 'website' GROUP BY clinic_id
    ) f
    JOIN clinics_confirmation o ON o.clinic_id = f.clinic_id AND o.fact_group = 'contact' AND o.source = 'owner'
    WHERE c.id = f.clinic_id AND c.website <> ''
"""


class Migration(migrations.Migration):
    dependencies = [("clinics", "0038_proposed_changes")]
    operations = [migrations.RunSQL(DATE, migrations.RunSQL.noop)]
