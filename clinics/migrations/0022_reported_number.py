from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0021_index_places"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="phone_reported",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="that number; empty: the main one",
                max_length=24,
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="phone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="the number that is wrong; empty: the main one",
                max_length=24,
            ),
        ),
    ]
