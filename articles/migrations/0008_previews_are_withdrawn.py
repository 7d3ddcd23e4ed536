from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0007_groups_keep_notices_and_pharmacies"),
    ]

    operations = [
        migrations.AddField(
            model_name="article",
            name="preview_number",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
