from django.db import migrations, models

CREATE_TABLE = """CREATE TABLE IF NOT EXISTS fake_stripe_gatewayobject (
    id varchar(255) PRIMARY KEY,
    kind varchar(40) NOT NULL,
    data jsonb NOT NULL,
    customer_id varchar(255) NOT NULL,
    is_delivered boolean NULL,
    created_at timestamptz NOT NULL
)"""
CREATE_INDEX = (
    "CREATE INDEX IF NOT EXISTS gateway_object_lists ON fake_stripe_gatewayobject (kind, customer_id, created_at)"
)


def take_over_or_create(apps, schema_editor):
    """A database that is older than this app has the table already, under the name of the app listings."""
    schema_editor.execute("ALTER TABLE IF EXISTS listings_gatewayobject RENAME TO fake_stripe_gatewayobject")
    schema_editor.execute(CREATE_TABLE)
    schema_editor.execute(CREATE_INDEX)


def give_back(apps, schema_editor):
    schema_editor.execute("ALTER TABLE fake_stripe_gatewayobject RENAME TO listings_gatewayobject")


class Migration(migrations.Migration):
    initial = True
    dependencies = [("listings", "0003_move_gateway_objects")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="GatewayObject",
                    fields=[
                        ("id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                        ("kind", models.CharField(max_length=40)),
                        ("data", models.JSONField()),
                        ("customer_id", models.CharField(blank=True, max_length=255)),
                        (
                            "is_delivered",
                            models.BooleanField(help_text="of an event; none: lost on purpose", null=True),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ["created_at", "id"],
                        "indexes": [
                            models.Index(fields=["kind", "customer_id", "created_at"], name="gateway_object_lists")
                        ],
                    },
                )
            ],
            database_operations=[migrations.RunPython(take_over_or_create, give_back)],
        )
    ]
