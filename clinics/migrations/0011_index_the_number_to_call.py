from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("clinics", "0010_the_number_to_call"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="clinic",
            index=models.Index(
                condition=models.Q(("is_listed", True)),
                fields=["phone_for_new_patients"],
                name="clinic_by_first_phone",
            ),
        ),
    ]
