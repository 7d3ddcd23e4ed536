from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0019_words_of_clinics"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="place_key",
            field=models.BigIntegerField(
                editable=False, help_text="shared by the programs of one organization at one address", null=True
            ),
        ),
    ]
