from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0012_operators_desk"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="pays_by",
            field=models.CharField(
                choices=[
                    ("card", "Card"),
                    ("bank", "Bank debit (ACH)"),
                    (
                        "invoice",
                        "Invoice by e-mail, due in 30 days: for hospitals, counties and other organizations",
                    ),
                ],
                db_default="card",
                default="card",
                editable=False,
                max_length=7,
            ),
        ),
    ]
