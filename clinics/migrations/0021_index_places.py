from django.contrib.postgres.indexes import GistIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    """The index of the search holds the place too, so it is built anew, beside the old one."""

    atomic = False

    dependencies = [
        ("clinics", "0020_places"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="clinic",
            index=models.Index(Coalesce("place_key", models.F("id") * -1), name="clinic_by_place"),
        ),
        AddIndexConcurrently(
            model_name="clinic",
            index=GistIndex(
                fields=["position"],
                include=[
                    *("treatment_bits", "patient_bits", "availability_bits", "telehealth_bits", "place_key"),
                    *("open_hours", "time_zone", "sponsored_until", "availability_confirmed_on"),
                ],
                condition=models.Q(is_listed=True),
                name="clinic_nearest",
            ),
        ),
        RemoveIndexConcurrently(model_name="clinic", name="clinic_search"),
    ]
