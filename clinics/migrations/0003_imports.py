import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import clinics.models.imports


class Migration(migrations.Migration):
    """Runs of the import, the rows that they read, and what an editor decides about them."""

    replaces = [
        ("clinics", "0003_import_engine"),
        ("clinics", "0006_undo_and_uploads"),
        ("clinics", "0016_uploads_of_jobs"),
    ]
    dependencies = [
        ("clinics", "0002_clinics"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file_name", models.CharField(max_length=200)),
                ("file_sha256", models.CharField(blank=True, max_length=64)),
                ("layout", models.CharField(max_length=40)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("samhsa-directory", "SAMHSA directory"),
                            ("samhsa-locator", "SAMHSA locator"),
                            ("samhsa-otp", "SAMHSA OTP directory"),
                            ("findtreatment", "FindTreatment.gov"),
                            ("cms-otp", "CMS enrolled OTPs"),
                            ("owner", "the clinic"),
                            ("editor", "our editors"),
                            ("called", "a call to the clinic"),
                            ("demo", "DEMO, invented"),
                        ],
                        max_length=20,
                    ),
                ),
                ("edition", models.CharField(max_length=20)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("running", "running"),
                            ("applied", "applied"),
                            ("dry-run", "dry run: nothing was written"),
                            ("failed", "failed: nothing was written"),
                            ("undone", "undone: what it wrote was taken back"),
                        ],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="rows in the file")),
                ("created", models.PositiveIntegerField(default=0)),
                ("updated", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("repeated", models.PositiveIntegerField(default=0, verbose_name="repeats of a row in the same file")),
                ("skipped", models.PositiveIntegerField(default=0, verbose_name="mental health only, skipped")),
                ("rejected", models.PositiveIntegerField(default=0)),
                (
                    "closed",
                    models.PositiveIntegerField(default=0, verbose_name="in an older edition, not in this one"),
                ),
                (
                    "messages",
                    models.JSONField(default=list, help_text="unknown columns, unknown codes, repaired values"),
                ),
                (
                    "is_complete",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="what is not in it has left the source's list",
                        verbose_name="whole edition",
                    ),
                ),
                (
                    "queued",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="pairs for a person to decide"),
                ),
                (
                    "rules",
                    models.JSONField(
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        help_text="rows by the rule that found their clinic",
                        verbose_name="matched by",
                    ),
                ),
                (
                    "can_be_undone",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="what it replaced was kept, so it can be taken back",
                    ),
                ),
            ],
            options={
                "ordering": ["-started_at"],
            },
        ),
        migrations.CreateModel(
            name="ImportRejection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField()),
                ("reason", models.CharField(max_length=200)),
                ("text", models.CharField(blank=True, max_length=250)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rejections", to="clinics.importrun"
                    ),
                ),
            ],
            options={
                "ordering": ["run", "line"],
            },
        ),
        migrations.CreateModel(
            name="ImportUpload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(blank=True, max_length=300, upload_to=clinics.models.imports.upload_path)),
                ("original_name", models.CharField(editable=False, max_length=200, verbose_name="file")),
                (
                    "edition",
                    models.CharField(
                        blank=True,
                        help_text="the year or the day of the list, if the file does not tell: 2024 or 2024-07-01",
                        max_length=20,
                    ),
                ),
                (
                    "include_mental_health",
                    models.BooleanField(default=False, verbose_name="also clinics for mental health only"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="uploaded")),
                ("queued_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting to be rehearsed"),
                            ("rehearsing", "being rehearsed"),
                            ("rehearsed", "rehearsed: nothing was written yet"),
                            ("applying", "being applied"),
                            ("applied", "applied"),
                            ("failed", "failed: nothing was written"),
                            ("discarded", "discarded: nothing was written"),
                        ],
                        default="waiting",
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("rows_read", models.PositiveIntegerField(default=0, editable=False)),
                ("total_rows", models.PositiveIntegerField(editable=False, null=True)),
                ("report", models.JSONField(default=dict, editable=False)),
                ("error", models.TextField(blank=True, editable=False)),
                (
                    "held_because",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        help_text="why no job applies it: an editor decides",
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("editor", "brought by an editor"),
                            ("dropped", "from the drop folder"),
                            ("fetched", "from FindTreatment.gov"),
                        ],
                        db_default="editor",
                        default="editor",
                        editable=False,
                        max_length=7,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="uploads",
                        to="clinics.importrun",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="ImportDifference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("samhsa-directory", "SAMHSA directory"),
                            ("samhsa-locator", "SAMHSA locator"),
                            ("samhsa-otp", "SAMHSA OTP directory"),
                            ("findtreatment", "FindTreatment.gov"),
                            ("cms-otp", "CMS enrolled OTPs"),
                            ("owner", "the clinic"),
                            ("editor", "our editors"),
                            ("called", "a call to the clinic"),
                            ("demo", "DEMO, invented"),
                        ],
                        max_length=20,
                    ),
                ),
                ("edition", models.CharField(max_length=20)),
                (
                    "fact_group",
                    models.CharField(
                        choices=[
                            ("contact", "Name, address and phone"),
                            ("services", "Services and medications"),
                            ("payment", "Payment"),
                            ("availability", "Availability"),
                            ("hours", "Hours"),
                        ],
                        max_length=12,
                    ),
                ),
                ("field", models.CharField(max_length=30)),
                ("ours", models.TextField(blank=True)),
                ("theirs", models.TextField(blank=True)),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("open", "to be decided"),
                            ("ours", "ours is right"),
                            ("theirs", "theirs was taken over"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="import_differences",
                        to="clinics.clinic",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="differences", to="clinics.importrun"
                    ),
                ),
            ],
            options={
                "ordering": ["decision", "clinic", "field"],
                "constraints": [models.UniqueConstraint(fields=("clinic", "field"), name="difference_once_a_field")],
            },
        ),
        migrations.CreateModel(
            name="PossibleDuplicate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200)),
                ("similarity", models.FloatField(help_text="trigram similarity of the names, 0 to 1")),
                (
                    "decision",
                    models.CharField(
                        choices=[("open", "to be decided"), ("same", "the same place"), ("different", "two places")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "one",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clinics.clinic"
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clinics.clinic"
                    ),
                ),
            ],
            options={
                "ordering": ["decision", "-similarity"],
                "constraints": [
                    models.UniqueConstraint(fields=("one", "other"), name="pair_once"),
                    models.CheckConstraint(condition=models.Q(("one__lt", models.F("other"))), name="pair_in_order"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("samhsa-directory", "SAMHSA directory"),
                            ("samhsa-locator", "SAMHSA locator"),
                            ("samhsa-otp", "SAMHSA OTP directory"),
                            ("findtreatment", "FindTreatment.gov"),
                            ("cms-otp", "CMS enrolled OTPs"),
                            ("owner", "the clinic"),
                            ("editor", "our editors"),
                            ("called", "a call to the clinic"),
                            ("demo", "DEMO, invented"),
                        ],
                        max_length=20,
                    ),
                ),
                ("edition", models.CharField(max_length=20)),
                (
                    "record_key",
                    models.CharField(help_text="hash of directory, name, street and ZIP as compared", max_length=32),
                ),
                ("content_hash", models.CharField(max_length=32)),
                ("name_key", models.CharField(max_length=200)),
                ("street_key", models.CharField(max_length=200)),
                ("zip_code", models.CharField(blank=True, max_length=5, verbose_name="ZIP code")),
                ("line", models.PositiveIntegerField()),
                ("row", models.JSONField()),
                (
                    "directory",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="substance-use or mental-health, as stated",
                        max_length=20,
                    ),
                ),
                (
                    "previous",
                    models.JSONField(
                        blank=True,
                        editable=False,
                        help_text="what this edition said before its last import: run, clinic, content_hash, line, row, previous",
                        null=True,
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="source_records", to="clinics.clinic"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="records", to="clinics.importrun"
                    ),
                ),
            ],
            options={
                "ordering": ["source", "edition", "line"],
                "indexes": [models.Index(fields=["zip_code", "street_key"], name="record_by_address")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "edition", "record_key"), name="record_once_an_edition")
                ],
            },
        ),
    ]
