"""clinics/locations/placing.py alone writes where a clinic stands; is_approximate is the quality of its point."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinics", "0026_ways_are_forgotten")]

    operations = [
        migrations.AlterField(
            "clinic",
            "is_approximate",
            models.BooleanField(
                "approximate location",
                default=False,
                db_default=False,
                help_text="the coordinates are those of the ZIP code, not the address",
            ),
        ),
        migrations.AlterField(
            "clinic",
            "latitude",
            models.FloatField(null=True, blank=True, editable=False, help_text="decimal degrees, WGS 84"),
        ),
        migrations.AlterField(
            "clinic",
            "longitude",
            models.FloatField(null=True, blank=True, editable=False, help_text="decimal degrees, WGS 84"),
        ),
    ]
