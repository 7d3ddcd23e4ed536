from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.expressions import CombinedExpression
from django.db.models.lookups import Exact

MEDICINE_BY_TELEHEALTH = 1 << 24 | 1 << 13


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("clinics", "0023_index_telehealth"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="clinic",
            index=models.Index(
                condition=models.Q(
                    Exact(
                        CombinedExpression(models.F("treatment_bits"), "&", models.Value(MEDICINE_BY_TELEHEALTH)),
                        MEDICINE_BY_TELEHEALTH,
                    ),
                    ("is_listed", True),
                    ("telehealth_states__isnull", True),
                ),
                fields=["state"],
                name="clinic_by_telehealth",
            ),
        ),
    ]
