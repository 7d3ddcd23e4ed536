from django.db import migrations, models


class Migration(migrations.Migration):
    """Counts of what one sender did.

    The privacy page says how soon these rows are gone. Unlogged tables are in no archive, base backup or dump. They
    are not on a replica either, and a server that was killed starts without them: a flood is counted from one again.
    """

    replaces = [
        ("clinics", "0009_daily_salt"),
        ("clinics", "0018_limit_periods"),
        ("clinics", "0019_counts_stay_out_of_backups"),
    ]
    dependencies = [
        ("clinics", "0004_verification"),
    ]
    operations = [
        migrations.CreateModel(
            name="DailySalt",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("salt", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("day", models.DateField(db_index=True)),
                ("count", models.PositiveIntegerField()),
                ("period", models.PositiveIntegerField(db_default=0, default=0)),
            ],
        ),
        migrations.RunSQL("ALTER TABLE clinics_ratelimit SET UNLOGGED", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE clinics_dailysalt SET UNLOGGED", migrations.RunSQL.noop),
    ]
