import django.db.models.expressions
import django.db.models.lookups
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # each constraint is checked without a lock that a reader or editor would wait for
    dependencies = [("clinics", "0013_treats")]
    operations = [
        AddConstraintNotValid(
            model_name="clinic",
            constraint=models.CheckConstraint(
                condition=models.Q(("service_ids__overlap", models.F("denied_service_ids")), _negated=True),
                name="clinic_offers_or_denies_a_service",
            ),
        ),
        AddConstraintNotValid(
            model_name="clinic",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    django.db.models.expressions.CombinedExpression(
                        models.F("treatment_bits"), "&", models.F("denied_bits")
                    ),
                    0,
                ),
                name="clinic_has_or_denies_a_facet",
            ),
        ),
        AddConstraintNotValid(
            model_name="clinic",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.In(
                    django.db.models.expressions.CombinedExpression(
                        models.F("treatment_bits"), "&", models.Value(117440512)
                    ),
                    [16777216, 33554432, 67108864],
                ),
                name="clinic_treats_is_one_of_three",
            ),
        ),
        ValidateConstraint("clinic", "clinic_offers_or_denies_a_service"),
        ValidateConstraint("clinic", "clinic_has_or_denies_a_facet"),
        ValidateConstraint("clinic", "clinic_treats_is_one_of_three"),
    ]
