import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import clinics.models.reports


class Migration(migrations.Migration):
    """Who confirmed what and when: reports, calls, samples, credentials and the history of changes."""

    # The tables of the daily salts and the rate limits are made by the app core, which also takes over their rows.
    replaces = [
        ("clinics", "0009_daily_salt"),
        ("clinics", "0011_availability_day"),
        ("clinics", "0012_truth"),
        ("clinics", "0013_change_history"),
        ("clinics", "0014_schedules"),
        ("clinics", "0017_schedules_of_sources"),
        ("clinics", "0018_limit_periods"),
        ("clinics", "0019_counts_stay_out_of_backups"),
    ]
    dependencies = [
        ("clinics", "0003_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="AccuracySample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="its first day", unique=True)),
                ("seed", models.BigIntegerField()),
                ("population", models.PositiveIntegerField(help_text="listed clinics that could be drawn")),
                (
                    "population_sha256",
                    models.CharField(help_text="of their numbers in order, separated by commas", max_length=64),
                ),
                ("size", models.PositiveIntegerField()),
                ("drawn_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "measured_at",
                    models.DateTimeField(blank=True, help_text="when the last of them had its score", null=True),
                ),
            ],
            options={
                "ordering": ["-month"],
            },
        ),
        migrations.CreateModel(
            name="ConfirmationRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                (
                    "reason",
                    models.CharField(
                        choices=[("due", "its turn"), ("reported", "readers reported a dead number")],
                        default="due",
                        max_length=8,
                    ),
                ),
                ("asked_on", models.DateField(default=django.utils.timezone.localdate)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("still-right", "still right"), ("corrected", "corrected in place")],
                        default="",
                        max_length=11,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("bounced_at", models.DateTimeField(blank=True, help_text="the address takes no mail", null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="confirmation_requests",
                        to="clinics.clinic",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_on", "-pk"],
                "indexes": [models.Index(fields=["email"], name="request_by_email")],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "asked_on"), name="one_request_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at__isnull", True)),
                            models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="answer_has_its_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConfirmationMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.PositiveSmallIntegerField(help_text="0: the question; 1, 2: its reminders")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "sent_at",
                    models.DateTimeField(
                        help_text="empty: the sender stopped in the middle, it may not have gone", null=True
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mails",
                        to="clinics.confirmationrequest",
                    ),
                ),
            ],
            options={
                "ordering": ["request", "step"],
                "constraints": [models.UniqueConstraint(fields=("request", "step"), name="one_mail_a_step")],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "problem",
                    models.CharField(
                        choices=[
                            ("wrong-number", "The phone number is wrong or dead"),
                            ("moved", "It has moved"),
                            ("closed", "It has closed"),
                            ("not-taking-patients", "It takes no new patients"),
                            ("not-covered", "It does not take the insurance shown here"),
                            ("other", "Something else"),
                        ],
                        max_length=20,
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "to be looked at"),
                            ("corrected", "the listing was corrected"),
                            ("as-stated", "checked, the listing is right"),
                            ("unclear", "could not be found out"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "follow_key",
                    models.CharField(
                        default=clinics.models.reports.new_key, editable=False, max_length=22, null=True, unique=True
                    ),
                ),
                (
                    "origin_hash",
                    models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="corrections", to="clinics.clinic"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
                "indexes": [models.Index(fields=["outcome", "created_at"], name="correction_queue")],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("npi", "NPI on record"),
                            ("otp", "Federally certified opioid treatment program"),
                            ("license", "State license"),
                            ("accreditation", "Accredited"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "number",
                    models.CharField(blank=True, help_text="NPI, license or certificate number", max_length=40),
                ),
                (
                    "issuer",
                    models.CharField(
                        help_text="who keeps the register: NPPES, SAMHSA, a state's agency", max_length=120
                    ),
                ),
                ("proof", models.TextField(help_text="what the register says, as it was read", max_length=1000)),
                ("proof_url", models.URLField(blank=True, help_text="where anybody can look it up", max_length=300)),
                ("checked_on", models.DateField(default=django.utils.timezone.localdate)),
                ("expires_on", models.DateField(blank=True, help_text="the last day on which it holds", null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="clinics.clinic"
                    ),
                ),
                (
                    "source_record",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="clinics.sourcerecord",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "evidence",
                "ordering": ["kind", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "kind", "number"), name="badge_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("proof", ""), _negated=True),
                            models.Q(("issuer", ""), _negated=True),
                            ("checked_on__isnull", False),
                        ),
                        name="no_badge_without_evidence",
                        violation_error_message="Say which register states it, what it says, and when that was looked up.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "license"), _negated=True),
                            models.Q(("expires_on__isnull", False), models.Q(("number", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="license_has_number_and_expiry",
                        violation_error_message="A license needs its number and the day it expires.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "npi"), _negated=True),
                            ("number__regex", "^[12][0-9]{9}$"),
                            _connector="OR",
                        ),
                        name="npi_has_ten_digits",
                        violation_error_message="An NPI has ten digits and begins with 1 or 2.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "otp"), _negated=True), ("source_record__isnull", False), _connector="OR"
                        ),
                        name="otp_has_its_record",
                        violation_error_message="Only a row of SAMHSA's OTP directory proves this.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FactChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=30)),
                ("old", models.TextField(null=True)),
                ("new", models.TextField(null=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fact_changes",
                        to="clinics.clinic",
                    ),
                ),
            ],
            options={
                "ordering": ["-changed_at", "-pk"],
                "indexes": [models.Index(fields=["clinic", "-changed_at"], name="change_by_clinic")],
            },
        ),
        migrations.CreateModel(
            name="SampleMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shown", models.JSONField(help_text="name, address and phone on the day of the draw")),
                ("is_exact", models.BooleanField(null=True)),
                ("is_functional", models.BooleanField(null=True)),
                ("is_reachable", models.BooleanField(null=True)),
                ("is_accepting", models.BooleanField(null=True)),
                ("scored_at", models.DateTimeField(null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sample_members", to="clinics.clinic"
                    ),
                ),
                (
                    "sample",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="clinics.accuracysample",
                    ),
                ),
            ],
            options={
                "ordering": ["sample", "clinic"],
                "constraints": [
                    models.UniqueConstraint(fields=("sample", "clinic"), name="drawn_once_a_month"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("scored_at__isnull", True),
                            models.Q(
                                ("is_accepting__isnull", False),
                                ("is_exact__isnull", False),
                                ("is_functional__isnull", False),
                                ("is_reachable__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="score_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number_called", models.CharField(max_length=24)),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("answered", "somebody at the clinic answered"),
                            ("machine", "a recording of this clinic"),
                            ("no-answer", "no answer, busy"),
                            ("dead", "the number is dead"),
                            ("stranger", "the number is somebody else's"),
                            ("closed", "the clinic has closed"),
                            ("skipped", "handed back without a call"),
                        ],
                        default="",
                        max_length=9,
                    ),
                ),
                ("name_is_right", models.BooleanField(null=True)),
                ("address_is_right", models.BooleanField(null=True)),
                ("accepting_new_patients", models.BooleanField(null=True)),
                ("days_to_first_visit", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                (
                    "caller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="clinics.clinic"
                    ),
                ),
                (
                    "sample_member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="calls",
                        to="clinics.samplemember",
                    ),
                ),
            ],
            options={
                "ordering": ["-taken_at"],
                "permissions": [("make_call", "Can call clinics from the call list")],
                "indexes": [models.Index(fields=["clinic", "-finished_at"], name="call_by_clinic")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=("clinic",),
                        name="one_open_call_a_clinic",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=("caller",),
                        name="one_open_call_a_caller",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "edition",
                    models.CharField(blank=True, help_text="the year or date of the source's list", max_length=20),
                ),
                (
                    "confirmed_on",
                    models.DateField(
                        blank=True,
                        help_text="when a person at the clinic said so; empty for a list that was only copied",
                        null=True,
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="confirmations", to="clinics.clinic"
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["fact_group"],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "fact_group"), name="one_voucher_a_fact_group")
                ],
            },
        ),
    ]
