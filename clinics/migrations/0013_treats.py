from django.db import migrations

CLINICS_A_BATCH = 1000
# The trigger sets the bit. `load_codebook`, which follows every migration, then parts what is offered from what is denied.
UPDATE = """
    UPDATE clinics_clinic SET treatment_bits = treatment_bits
    WHERE id IN (
        SELECT id FROM clinics_clinic WHERE id > %s AND treatment_bits & (7 << 24) = 0
        ORDER BY id LIMIT %s FOR UPDATE)
    RETURNING id
"""


def set_treats(apps, schema_editor):
    """Batch by batch, so that nobody waits for more than one of them."""
    after = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(UPDATE, [after, CLINICS_A_BATCH])
            ids = [pk for (pk,) in cursor.fetchall()]
            if not ids:
                return
            after = max(ids)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("clinics", "0012_denied_services")]
    operations = [migrations.RunPython(set_treats, migrations.RunPython.noop, elidable=True)]
