from datetime import timedelta

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def span():
    return [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("starts_at", models.DateTimeField(editable=False)),
        ("ends_at", models.DateTimeField(editable=False)),
        ("time_zone", models.CharField(editable=False, help_text="in which its days were counted", max_length=40)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        (
            "created_by",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]


def is_a_span(name, days):
    return [
        models.CheckConstraint(
            condition=models.Q(ends_at__gt=models.F("starts_at")), name=f"{name}_ends_after_it_begins"
        ),
        models.CheckConstraint(
            condition=models.Q(ends_at__lte=models.F("starts_at") + timedelta(days=days)),
            name=f"{name}_is_not_too_long",
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0035_pharmacies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Closure",
            fields=[
                *span(),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="closures", to="clinics.clinic"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("weather", "bad weather"),
                            ("staff", "staff are out"),
                            ("holiday", "a holiday"),
                            ("building", "a problem with the building"),
                        ],
                        help_text="empty: not stated",
                        max_length=8,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("owner", "says the clinic"), ("editor", "say our editors")], max_length=6
                    ),
                ),
            ],
            options={
                "ordering": ["-ends_at"],
                "indexes": [models.Index(fields=["ends_at"], name="closure_by_end")],
                "constraints": is_a_span("closure", 15),
            },
        ),
        migrations.CreateModel(
            name="CountyNotice",
            fields=[
                *span(),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("storm", "storm notice"),
                            ("fire", "fire notice"),
                            ("flood", "flood notice"),
                            ("other", "notice"),
                        ],
                        max_length=5,
                    ),
                ),
                ("state", models.CharField(max_length=2)),
                (
                    "counties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        help_text="As the table of ZIP codes names them.",
                        size=None,
                    ),
                ),
                (
                    "zip_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=5),
                        editable=False,
                        help_text="of these counties",
                        size=None,
                    ),
                ),
                (
                    "text_en",
                    models.CharField(
                        blank=True,
                        help_text="Shown on the pages of clinics.",
                        max_length=300,
                        verbose_name="what else to say",
                    ),
                ),
                ("text_es", models.CharField(blank=True, max_length=300, verbose_name="the same in Spanish")),
                (
                    "source",
                    models.CharField(help_text="Who issued it, such as National Weather Service.", max_length=120),
                ),
                ("source_url", models.URLField(max_length=300, verbose_name="address of the source")),
            ],
            options={
                "verbose_name": "county notice",
                "ordering": ["-ends_at"],
                "indexes": [models.Index(fields=["ends_at"], name="notice_by_end")],
                "constraints": is_a_span("notice", 31),
            },
        ),
    ]
