from django.db import migrations, models

from core.migration_operations import lock

FORMER_TABLE = "listings_gatewayobject"  # while the app listings had it
TABLE = "fake_stripe_gatewayobject"
COLUMNS = "id, kind, data, customer_id, is_delivered, created_at"


def exists(schema_editor) -> bool:
    with schema_editor.connection.cursor() as cursor:
        return FORMER_TABLE in schema_editor.connection.introspection.table_names(cursor)


def make_way(apps, schema_editor):
    """Names of indexes are unique in a database."""
    if exists(schema_editor):
        schema_editor.execute(lock(FORMER_TABLE))
    schema_editor.execute("ALTER INDEX IF EXISTS gateway_object_lists RENAME TO former_gateway_object_lists")


def bring_rows(apps, schema_editor):
    """Of a database that is older than this app; a new one has no such table."""
    if exists(schema_editor):
        schema_editor.execute(f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {COLUMNS} FROM {FORMER_TABLE}")  # noqa: S608
        schema_editor.execute(f"DROP TABLE {FORMER_TABLE}")


class Migration(migrations.Migration):
    initial = True
    dependencies = [("listings", "0003_move_gateway_objects")]
    operations = [
        migrations.RunPython(make_way, migrations.RunPython.noop),
        migrations.CreateModel(
            name="GatewayObject",
            fields=[
                ("id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("data", models.JSONField()),
                ("customer_id", models.CharField(blank=True, max_length=255)),
                ("is_delivered", models.BooleanField(help_text="of an event; none: lost on purpose", null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [models.Index(fields=["kind", "customer_id", "created_at"], name="gateway_object_lists")],
            },
        ),
        migrations.RunPython(bring_rows, migrations.RunPython.noop),
    ]
