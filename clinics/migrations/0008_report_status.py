from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinics", "0007_plain_column_names")]
    operations = [
        migrations.RenameField("correction", "outcome", "status"),
        # PostgreSQL renames a column in its indexes too: only what Django remembers of them is left to change.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("correction", "correction_queue"),
                migrations.AddIndex(
                    "correction", models.Index(fields=["status", "created_at"], name="correction_queue")
                ),
            ]
        ),
    ]
