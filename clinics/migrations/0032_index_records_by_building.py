from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("clinics", "0031_pins_of_owners")]

    operations = [
        AddIndexConcurrently(
            "sourcerecord",
            models.Index(
                models.F("zip_code"),
                models.Func("street_key", models.Value(" # "), models.Value(1), function="split_part"),
                name="record_by_building",
            ),
        ),
        RemoveIndexConcurrently("sourcerecord", "record_by_address"),
    ]
