from django.db import migrations


class Migration(migrations.Migration):
    """What the cache counts by network address is kept for minutes: not in an archive for two weeks.

    A site whose cache is a Redis has no such table.
    """

    dependencies = [("listings", "0007_license_mails")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE IF EXISTS account_limits SET UNLOGGED", "ALTER TABLE IF EXISTS account_limits SET LOGGED"
        )
    ]
