from django.apps import apps as installed_apps
from django.db import migrations


def drop_unused_table(apps, schema_editor):
    """Where the app fake_stripe is installed, its own migration takes the table over with its rows."""
    if installed_apps.is_installed("listings.fake_stripe"):
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('listings_gatewayobject') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return
        cursor.execute("SELECT EXISTS (SELECT FROM listings_gatewayobject)")
        if cursor.fetchone()[0]:  # invented payments of a former development database: nobody's to throw away
            return
    schema_editor.execute("DROP TABLE listings_gatewayobject")


def restore_table(apps, schema_editor):
    """For the way back: the migration before this one expects the table. Of a development database it has the rows."""
    schema_editor.execute(
        """
        CREATE TABLE IF NOT EXISTS listings_gatewayobject (
            id varchar(255) PRIMARY KEY,
            kind varchar(40) NOT NULL,
            data jsonb NOT NULL,
            customer_id varchar(255) NOT NULL,
            is_delivered boolean NULL,
            created_at timestamptz NOT NULL
        )
        """
    )


class Migration(migrations.Migration):
    """The objects of the development gateway belong to an app of their own, which only development installs."""

    dependencies = [("listings", "0002_accounts")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("GatewayObject")],
            database_operations=[migrations.RunPython(drop_unused_table, restore_table)],
        )
    ]
