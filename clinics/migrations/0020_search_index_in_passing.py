from django.contrib.postgres.indexes import GistIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index of the search with what 0007 and 0010 added, made beside the old one while readers go on searching.

    Not in one transaction, which CONCURRENTLY forbids: if it fails half-way, drop clinic_search_full and run it again.
    """

    atomic = False
    dependencies = [("clinics", "0019_counts_stay_out_of_backups")]

    operations = [
        AddIndexConcurrently(
            model_name="clinic",
            index=GistIndex(
                condition=models.Q(("is_listed", True)),
                fields=["position"],
                include=(
                    "treatment_bits",
                    "patient_bits",
                    "access_bits",
                    "telehealth_bits",
                    "open_hours",
                    "time_zone",
                    "sponsored_until",
                    "availability_confirmed_on",
                ),
                name="clinic_search_full",
            ),
        ),
        RemoveIndexConcurrently("clinic", "clinic_search"),
        migrations.RenameIndex("clinic", old_name="clinic_search_full", new_name="clinic_search"),
    ]
