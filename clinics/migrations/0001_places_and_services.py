import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import CreateExtension, TrigramExtension
from django.db import migrations, models

import clinics.search.facets


class Migration(migrations.Migration):
    """ZIP codes, cities and the code book of services.

    The extensions are PostgreSQL's own: `cube` finds clinics by distance, `pg_trgm` finds misspelled names.
    """

    initial = True
    replaces = [
        ("clinics", "0001_extensions"),
    ]
    dependencies = []
    operations = [
        CreateExtension("cube"),
        TrigramExtension(),
        migrations.CreateModel(
            name="ServiceCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=12, unique=True)),
                ("name", models.CharField(max_length=120)),
            ],
            options={
                "verbose_name_plural": "service categories",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="ZipCode",
            fields=[
                ("code", models.CharField(max_length=5, primary_key=True, serialize=False, verbose_name="ZIP code")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("standard", "streets"),
                            ("po-box", "PO boxes only"),
                            ("unique", "one organisation"),
                            ("military", "military mail (APO, FPO, DPO)"),
                        ],
                        max_length=8,
                    ),
                ),
                ("city", models.CharField(max_length=60)),
                ("state", models.CharField(max_length=2)),
                ("county", models.CharField(blank=True, max_length=60)),
                ("time_zone", models.CharField(blank=True, max_length=40)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "ZIP code",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="City",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("state", models.CharField(max_length=2)),
                ("slug", models.SlugField(max_length=60)),
                (
                    "search_name",
                    models.CharField(help_text="lower case, without accents, 'St' for Saint", max_length=60),
                ),
                ("latitude", models.FloatField()),
                ("longitude", models.FloatField()),
                (
                    "zip_count",
                    models.PositiveIntegerField(help_text="how many ZIP codes carry the name: a measure of its size"),
                ),
            ],
            options={
                "verbose_name_plural": "cities",
                "ordering": ["state", "name"],
                "indexes": [
                    models.Index(fields=["search_name"], name="city_by_name"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["search_name"], name="city_by_likeness", opclasses=["gin_trgm_ops"]
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("state", "slug"), name="city_once_a_state")],
            },
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "group",
                    models.CharField(
                        choices=[
                            ("care", "Care"),
                            ("setting", "Where and how"),
                            ("medication", "Medications"),
                            ("payment", "Ways to pay"),
                            ("assistance", "Help with paying"),
                            ("program", "Programs for"),
                            ("language", "Languages"),
                            ("age", "Ages and genders"),
                            ("facility", "About the facility"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("explanation", models.CharField(blank=True, max_length=200)),
                (
                    "facet",
                    models.CharField(
                        blank=True,
                        choices=clinics.search.facets.facet_choices,
                        help_text="the filter of the search that a clinic with this service passes; empty: none",
                        max_length=60,
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="clinics.servicecategory",
                    ),
                ),
            ],
            options={
                "ordering": ["group", "name"],
                "indexes": [models.Index(fields=["group"], name="service_by_group")],
            },
        ),
        migrations.CreateModel(
            name="ServiceCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.CharField(max_length=20)),
                (
                    "code",
                    models.CharField(
                        help_text="for FindTreatment.gov, which states no codes, the meaning itself", max_length=200
                    ),
                ),
                ("source_name", models.CharField(help_text="as the source prints it", max_length=250)),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinics.servicecategory"
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="codes", to="clinics.service"
                    ),
                ),
            ],
            options={
                "ordering": ["edition", "code"],
                "constraints": [models.UniqueConstraint(fields=("edition", "code"), name="code_once_an_edition")],
            },
        ),
    ]
