import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0014_schedules"),
    ]

    operations = [
        migrations.AlterField(
            model_name="clinic",
            name="description",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="in the clinic's own words; plain text",
                max_length=4000,
            ),
        ),
        migrations.CreateModel(
            name="ClinicPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(editable=False, max_length=60)),
                ("width", models.PositiveIntegerField(editable=False, help_text="pixels")),
                ("height", models.PositiveIntegerField(editable=False, help_text="pixels")),
                (
                    "alt",
                    models.CharField(
                        help_text="what it shows, for who cannot see it",
                        max_length=250,
                        verbose_name="alternative text",
                    ),
                ),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="clinics.clinic"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("clinic", "name"), name="photo_once_a_clinic")],
            },
        ),
        migrations.CreateModel(
            name="ClinicViews",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="views", to="clinics.clinic"
                    ),
                ),
            ],
            options={
                "ordering": ["-day"],
                "constraints": [models.UniqueConstraint(fields=("clinic", "day"), name="views_of_a_day")],
            },
        ),
    ]
