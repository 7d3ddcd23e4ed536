import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_rate_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutgoingEmail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=255, unique=True)),
                ("template", models.CharField(help_text="app/name: the app puts it into words", max_length=60)),
                ("to", models.EmailField(max_length=254)),
                ("language", models.CharField(default="en", max_length=5)),
                ("context", models.JSONField(blank=True, default=dict, help_text="what its words need")),
                (
                    "is_secret",
                    models.BooleanField(
                        default=False, help_text="its context opens an account: removed once it is sent"
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("locked_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("bounced_at", models.DateTimeField(blank=True, help_text="the address takes no mail", null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
    ]
