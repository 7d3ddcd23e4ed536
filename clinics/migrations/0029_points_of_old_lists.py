from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0028_points_have_a_quality"),
    ]

    operations = [
        migrations.AddField(
            model_name="addresspoint",
            name="directory",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="the list of that source, where it has several",
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(
            model_name="addresspoint",
            name="point_once_a_source_and_edition",
        ),
        migrations.AddConstraint(
            model_name="addresspoint",
            constraint=models.UniqueConstraint(
                fields=("zip_code", "address", "source", "as_of", "directory"), name="point_once_a_list_and_edition"
            ),
        ),
        migrations.AddField(
            model_name="addresspoint",
            name="previous",
            field=models.JSONField(
                blank=True,
                editable=False,
                help_text="what an import replaced here, so that it can be undone",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="points_only",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="the numbers count addresses, not clinics",
                verbose_name="coordinates only",
            ),
        ),
        migrations.AddField(
            model_name="importupload",
            name="points_only",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="of an old list: its points help to place our clinics, and none of its own is listed",
                verbose_name="coordinates only",
            ),
        ),
    ]
