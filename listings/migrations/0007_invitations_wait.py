from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0006_plain_column_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="mailed_at",
            field=models.DateTimeField(blank=True, help_text="none while no editor has seen the listing", null=True),
        ),
    ]
