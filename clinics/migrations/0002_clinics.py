import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import clinics.models.availability
import clinics.models.clinic
import clinics.models.expressions
import clinics.models.practitioners


class Migration(migrations.Migration):
    """Clinics, their practitioners, photos and counts of views."""

    replaces = [
        ("clinics", "0002_directory"),
        ("clinics", "0004_clinic_merged_into"),
        ("clinics", "0005_coordinates_come_in_pairs"),
        ("clinics", "0007_access_facts"),
        ("clinics", "0008_practitioners"),
        ("clinics", "0010_ages"),
        ("clinics", "0015_photos_and_views"),
        ("clinics", "0020_search_index_in_passing"),
    ]
    dependencies = [
        ("clinics", "0001_places_and_services"),
    ]
    operations = [
        migrations.CreateModel(
            name="Clinic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("name_detail", models.CharField(blank=True, max_length=200, verbose_name="program or site")),
                (
                    "street",
                    models.CharField(
                        blank=True, help_text="empty: the clinic keeps its address private", max_length=200
                    ),
                ),
                ("street_detail", models.CharField(blank=True, max_length=200, verbose_name="suite or building")),
                ("city", models.CharField(max_length=80)),
                ("city_slug", models.SlugField(editable=False, max_length=80)),
                ("state", models.CharField(max_length=2)),
                ("zip_code", models.CharField(blank=True, max_length=5, verbose_name="ZIP code")),
                ("zip4", models.CharField(blank=True, max_length=4, verbose_name="ZIP+4")),
                ("county", models.CharField(blank=True, max_length=60)),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        help_text="the clinic's own: 617-555-0100 x12",
                        max_length=24,
                        validators=[clinics.models.clinic.validate_phone],
                    ),
                ),
                (
                    "intake_phones",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24, validators=[clinics.models.clinic.validate_phone]),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("website", models.URLField(blank=True, max_length=300)),
                ("latitude", models.FloatField(blank=True, help_text="decimal degrees, WGS 84", null=True)),
                ("longitude", models.FloatField(blank=True, help_text="decimal degrees, WGS 84", null=True)),
                (
                    "is_approximate",
                    models.BooleanField(
                        default=False,
                        help_text="the coordinates are those of the ZIP code, not the address",
                        verbose_name="approximate location",
                    ),
                ),
                (
                    "position",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            output_field=clinics.models.expressions.CubeField(),
                            template="CASE WHEN latitude IS NULL OR longitude IS NULL THEN NULL ELSE cube(array[(3963.1905919430524 / sqrt(1 - 0.00669437999014 * sin(radians(latitude)) ^ 2)) * cos(radians(latitude)) * cos(radians(longitude)), (3963.1905919430524 / sqrt(1 - 0.00669437999014 * sin(radians(latitude)) ^ 2)) * cos(radians(latitude)) * sin(radians(longitude)), (3963.1905919430524 / sqrt(1 - 0.00669437999014 * sin(radians(latitude)) ^ 2)) * 0.99330562000986 * sin(radians(latitude))]) END",
                        ),
                        output_field=clinics.models.expressions.CubeField(),
                    ),
                ),
                (
                    "service_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), blank=True, default=list, editable=False, size=None
                    ),
                ),
                (
                    "other_services",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        default=list,
                        help_text="what a source states in a code that the code book does not know",
                        size=None,
                    ),
                ),
                ("treatment_bits", models.BigIntegerField(default=0, editable=False)),
                ("patient_bits", models.BigIntegerField(default=0, editable=False)),
                (
                    "is_listed",
                    models.BooleanField(default=True, help_text="readers may find it", verbose_name="listed"),
                ),
                ("closed_on", models.DateField(blank=True, help_text="closed, as reported on this day", null=True)),
                (
                    "is_demo",
                    models.BooleanField(
                        default=False, editable=False, help_text="invented, not a real clinic", verbose_name="demo"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "missing_from",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="the newer list that no longer has it",
                        max_length=60,
                    ),
                ),
                (
                    "accepting_new_patients",
                    models.BooleanField(blank=True, null=True, verbose_name="takes new patients"),
                ),
                ("access_bits", models.BigIntegerField(db_default=0, default=0, editable=False)),
                (
                    "counseling_required",
                    models.BooleanField(blank=True, null=True, verbose_name="counseling is required"),
                ),
                (
                    "days_to_first_visit",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0: the same day",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(365)],
                        verbose_name="days to the first visit",
                    ),
                ),
                (
                    "desk_languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        help_text="at the front desk and on the phone",
                        null=True,
                        size=None,
                        verbose_name="languages at the desk",
                    ),
                ),
                (
                    "first_visit_cents",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="in US cents; 0: free",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="first visit without insurance",
                    ),
                ),
                (
                    "medication_at_first_visit",
                    models.BooleanField(blank=True, null=True, verbose_name="medication can start at the first visit"),
                ),
                ("open_hours", clinics.models.availability.WeekField(blank=True, null=True)),
                (
                    "sponsored_until",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="until then it may also appear in the band marked Sponsored",
                        null=True,
                    ),
                ),
                ("telehealth_bits", models.BigIntegerField(db_default=0, default=0, editable=False)),
                (
                    "telehealth_states",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2),
                        blank=True,
                        help_text="states whose residents can start by phone or video; an empty list: not by telehealth",
                        null=True,
                        size=None,
                        verbose_name="starts by telehealth in",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        help_text="of the hours; empty where none are stated",
                        max_length=40,
                    ),
                ),
                ("walk_in_hours", clinics.models.availability.WeekField(blank=True, null=True)),
                (
                    "description",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="in the clinic's own words; plain text",
                        max_length=4000,
                    ),
                ),
                ("availability_confirmed_on", models.DateField(editable=False, null=True)),
                (
                    "contact_email",
                    models.EmailField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="where we ask whether the listing is still right; never shown to readers",
                        max_length=254,
                        verbose_name="e-mail for reconfirmation",
                    ),
                ),
                (
                    "phone_doubted_on",
                    models.DateField(
                        blank=True,
                        editable=False,
                        help_text="since then several readers have said that the number is dead",
                        null=True,
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="merged_clinics",
                        to="clinics.clinic",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "indexes": [
                    models.Index(fields=["state", "city_slug"], name="clinic_by_city"),
                    models.Index(fields=["zip_code"], name="clinic_by_zip"),
                    models.Index(fields=["name", "id"], name="clinic_by_name"),
                    models.Index(fields=["phone"], name="clinic_by_phone"),
                    django.contrib.postgres.indexes.GinIndex(fields=["service_ids"], name="clinic_by_service"),
                    django.contrib.postgres.indexes.GistIndex(
                        condition=models.Q(("is_listed", True)),
                        fields=["position"],
                        include=(
                            "treatment_bits",
                            "patient_bits",
                            "access_bits",
                            "telehealth_bits",
                            "open_hours",
                            "time_zone",
                            "sponsored_until",
                            "availability_confirmed_on",
                        ),
                        name="clinic_search",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(
                                ("latitude__isnull", False),
                                ("longitude__isnull", False),
                                ("latitude__range", (-90, 90)),
                                ("longitude__range", (-180, 180)),
                            ),
                            _connector="OR",
                        ),
                        name="clinic_coordinates_on_earth",
                        violation_error_message="Give both coordinates in decimal degrees, or neither.",
                    )
                ],
            },
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
        migrations.CreateModel(
            name="Practitioner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("credentials", models.CharField(blank=True, help_text="MD, NP", max_length=60)),
                (
                    "npi",
                    models.CharField(
                        max_length=10, validators=[clinics.models.practitioners.validate_npi], verbose_name="NPI"
                    ),
                ),
                ("license_state", models.CharField(max_length=2)),
                ("license_number", models.CharField(max_length=40)),
                ("license_expires_on", models.DateField()),
                (
                    "consented_on",
                    models.DateField(help_text="when the practice recorded that this person agreed to be listed"),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="practitioners", to="clinics.clinic"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "indexes": [models.Index(fields=["npi"], name="practitioner_by_npi")],
                "constraints": [models.UniqueConstraint(fields=("clinic", "npi"), name="practitioner_once_a_clinic")],
            },
        ),
    ]
