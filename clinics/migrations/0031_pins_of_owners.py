"""An owner's pin is of the own clinic, not of everybody at its address: those that stand there each keep one."""

from django.db import migrations

OWN = """
    INSERT INTO clinics_addresspoint
        (zip_code, address, source, as_of, directory, quality, latitude, longitude, created_at)
    SELECT a.zip_code, left(format('clinic %s: %s', c.id, a.address), 200), a.source, a.as_of, a.directory, a.quality,
           a.latitude, a.longitude, a.created_at
    FROM clinics_addresspoint a JOIN clinics_clinic c
      ON c.zip_code = a.zip_code AND c.point_address = a.address AND c.point_source = a.source
    WHERE a.source = 'owner' AND a.address !~ '^clinic [0-9]+'
    ON CONFLICT DO NOTHING;
    DELETE FROM clinics_addresspoint WHERE source = 'owner' AND address !~ '^clinic [0-9]+'
"""


class Migration(migrations.Migration):
    dependencies = [("clinics", "0030_zip_code_of_a_city")]

    operations = [migrations.RunSQL(OWN, migrations.RunSQL.noop)]
