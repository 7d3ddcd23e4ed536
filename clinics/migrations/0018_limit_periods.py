from django.db import migrations, models


class Migration(migrations.Migration):
    """Limits of minutes beside those of a day; old counts are found by their day."""

    dependencies = [("clinics", "0017_schedules_of_sources")]

    operations = [
        migrations.AddField("ratelimit", "period", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AlterField("ratelimit", "day", models.DateField(db_index=True)),
    ]
