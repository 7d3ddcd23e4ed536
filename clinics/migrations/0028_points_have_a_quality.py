"""Each point gets its quality and its source; an exact one that a person gave becomes a pin of its address.

The column is_approximate stays for one release, for the release before reads it; new rows leave it at its default.
"""

from django.db import migrations

from clinics.imports.normalization import address_of, street_key

QUALITIES = """
    UPDATE clinics_clinic SET point_quality = 'zip', point_source = 'zipcodes'
    WHERE is_approximate AND latitude IS NOT NULL AND point_quality = ''
"""
# Of a person: the contact facts are confirmed by one, or no list has it.
GIVEN_BY_PEOPLE = """
    SELECT c.id, c.zip_code, c.street, c.latitude, c.longitude,
           CASE WHEN f.source = 'editor' THEN 'editor' ELSE 'owner' END,
           coalesce(f.confirmed_on, c.updated_at::date)::text
    FROM clinics_clinic c
    LEFT JOIN clinics_confirmation f
      ON f.clinic_id = c.id AND f.fact_group = 'contact' AND f.source IN ('owner', 'editor', 'called')
    WHERE NOT c.is_approximate AND c.latitude IS NOT NULL AND NOT c.is_demo AND c.merged_into_id IS NULL
      AND (f.id IS NOT NULL OR NOT EXISTS (
          SELECT FROM clinics_sourcerecord r WHERE r.clinic_id = c.id))
    ORDER BY c.id
"""
PIN = """
    INSERT INTO clinics_addresspoint (zip_code, address, source, as_of, quality, latitude, longitude, created_at)
    VALUES (%s, %s, %s, %s, 'rooftop', %s, %s, now())
    ON CONFLICT (zip_code, address, source, as_of) DO NOTHING
"""
PINNED = """
    UPDATE clinics_clinic SET point_quality = 'rooftop', point_source = %s, point_as_of = %s, point_address = %s
    WHERE id = %s
"""
# The rest as a list states it; the next import, or rederive_clinics, names which.
OF_LISTS = """
    UPDATE clinics_clinic c SET point_quality = 'street', point_source = coalesce(f.source, ''),
        point_as_of = coalesce(f.edition, '')
    FROM clinics_clinic o LEFT JOIN clinics_confirmation f ON f.clinic_id = o.id AND f.fact_group = 'contact'
    WHERE o.id = c.id AND c.latitude IS NOT NULL AND c.point_quality = ''
"""


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(QUALITIES)
        cursor.execute(GIVEN_BY_PEOPLE)
        for pk, zip_code, street, latitude, longitude, source, day in cursor.fetchall():
            street_address = address_of(street_key(street, "")) if zip_code else ""
            address = street_address or f"clinic {pk}"
            cursor.execute(PIN, [zip_code, address, source, day, latitude, longitude])
            cursor.execute(PINNED, [source, day, street_address, pk])
        cursor.execute(OF_LISTS)


class Migration(migrations.Migration):
    dependencies = [("clinics", "0027_points_are_placed")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("clinic", "is_approximate")]),
    ]
