from django.db import migrations

TABLES = ("clinics_ratelimit", "clinics_dailysalt")


class Migration(migrations.Migration):
    """The privacy page says how soon these rows are gone. Unlogged, they are in no archive, base backup or dump.

    Nor are they on a replica, and a server that was killed starts without them: a flood is counted from one again.
    """

    dependencies = [("clinics", "0018_limit_periods")]

    operations = [
        migrations.RunSQL(f"ALTER TABLE {table} SET UNLOGGED", f"ALTER TABLE {table} SET LOGGED") for table in TABLES
    ]
