from django.contrib.postgres.indexes import GistIndex
from django.db import migrations, models

SEARCH_INDEX = GistIndex(
    condition=models.Q(("is_listed", True)),
    fields=["position"],
    include=(
        "treatment_bits",
        "patient_bits",
        "availability_bits",
        "telehealth_bits",
        "open_hours",
        "time_zone",
        "sponsored_until",
        "availability_confirmed_on",
    ),
    name="clinic_search",
)


class Migration(migrations.Migration):
    dependencies = [("clinics", "0006_triggers")]
    operations = [
        migrations.RenameField("clinic", "access_bits", "availability_bits"),
        # PostgreSQL renames a column in its indexes too: only what Django remembers of them is left to change.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("clinic", "clinic_search"),
                migrations.AddIndex("clinic", SEARCH_INDEX),
            ]
        ),
        migrations.RenameField("clinic", "phone_doubted_on", "phone_reported_on"),
        migrations.RenameField("correction", "origin_hash", "reporter_hash"),
    ]
