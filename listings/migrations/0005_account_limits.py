"""The table in which failed log-ins and the like are counted (settings.CACHES)."""

from django.core.management import call_command
from django.db import migrations


def make_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def drop_table(apps, schema_editor):
    schema_editor.execute("DROP TABLE IF EXISTS account_limits")


class Migration(migrations.Migration):
    dependencies = [("listings", "0004_owners")]
    operations = [migrations.RunPython(make_table, drop_table)]
