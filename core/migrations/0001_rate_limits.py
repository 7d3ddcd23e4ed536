from django.db import migrations, models

from core.migration_operations import lock

# {what the table was called while the directory of clinics had it: (its name now, its columns)}
FORMER_TABLES = {
    "clinics_dailysalt": ("core_dailysalt", "day, salt"),
    "clinics_ratelimit": ("core_ratecount", "key, day, period, count"),
}


def bring_rows(apps, schema_editor):
    """Of a database that is older than this app; a new one has no such tables."""
    with schema_editor.connection.cursor() as cursor:
        existing = schema_editor.connection.introspection.table_names(cursor)
    for former, (table, columns) in FORMER_TABLES.items():
        if former in existing:
            schema_editor.execute(lock(former))
            schema_editor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {former}")  # noqa: S608
            schema_editor.execute(f"DROP TABLE {former}")


class Migration(migrations.Migration):
    """Counts of what one sender did.

    The privacy page says how soon these rows are gone. Unlogged tables are in no archive, base backup or dump. They
    are not on a replica either, and a server that was killed starts without them: a flood is counted from one again.
    """

    initial = True

    dependencies = []
    operations = [
        migrations.CreateModel(
            name="DailySalt",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("salt", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="RateCount",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("day", models.DateField(db_index=True)),
                ("period", models.PositiveIntegerField(db_default=0, default=0)),
                ("count", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunSQL("ALTER TABLE core_dailysalt SET UNLOGGED", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE core_ratecount SET UNLOGGED", migrations.RunSQL.noop),
        migrations.RunPython(bring_rows, migrations.RunPython.noop),
    ]
