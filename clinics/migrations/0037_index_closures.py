from django.contrib.postgres.indexes import GistIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index of the search holds what tells whether a clinic is closed, so it is built anew, beside the old one."""

    atomic = False

    dependencies = [
        ("clinics", "0036_closures"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="clinic",
            index=GistIndex(
                fields=["position"],
                include=[
                    *("treatment_bits", "patient_bits", "availability_bits", "telehealth_bits", "place_key"),
                    *("open_hours", "time_zone", "sponsored_until", "availability_confirmed_on", "id", "zip_code"),
                ],
                condition=models.Q(is_listed=True),
                name="clinic_by_nearness",
            ),
        ),
        RemoveIndexConcurrently(model_name="clinic", name="clinic_nearest"),
    ]
