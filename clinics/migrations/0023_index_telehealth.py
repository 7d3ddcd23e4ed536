from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("clinics", "0022_reported_number"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="clinic",
            index=models.Index(
                condition=models.Q(("telehealth_states__isnull", False)),
                fields=["state"],
                name="clinic_states_telehealth",
            ),
        ),
    ]
