import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.core.management import call_command
from django.db import migrations, models

import listings.models.claim
import listings.models.invitation


def make_cache_table(apps, schema_editor):
    """The table in which failed log-ins and the like are counted (settings.CACHES); a site with a Redis has none."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)
    # What is counted by network address is kept for minutes: not in an archive for two weeks.
    schema_editor.execute("ALTER TABLE IF EXISTS account_limits SET UNLOGGED")


def drop_cache_table(apps, schema_editor):
    schema_editor.execute("DROP TABLE IF EXISTS account_limits")


class Migration(migrations.Migration):
    """Claims, invitations, submissions of the form and the languages of owners."""

    replaces = [
        ("listings", "0004_owners"),
        ("listings", "0005_account_limits"),
        ("listings", "0006_owner_language"),
        ("listings", "0007_license_mails"),
        ("listings", "0008_limits_stay_out_of_backups"),
        ("listings", "0009_follow_answers"),
    ]
    dependencies = [
        ("listings", "0001_billing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="OwnerLanguage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(choices=[("en", "English"), ("es", "Español")], max_length=5)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="owner_language",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("email", "e-mail at the clinic's own domain"),
                            ("phone", "code read out on the clinic's phone"),
                            ("document", "document"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("started", "proof not given yet"),
                            ("open", "proof given, waiting for review"),
                            ("approved", "approved"),
                            ("rejected", "rejected"),
                        ],
                        default="started",
                        max_length=8,
                    ),
                ),
                (
                    "email",
                    models.EmailField(blank=True, help_text="the address at the clinic's own domain", max_length=254),
                ),
                ("code", models.CharField(default=listings.models.claim.new_code, max_length=6)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "document",
                    models.FileField(
                        blank=True,
                        help_text="deleted with the decision",
                        upload_to=listings.models.claim.evidence_name,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("proven_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, max_length=1000)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="claims", to="clinics.clinic"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="claims", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
                "indexes": [models.Index(fields=["state", "created_at"], name="claim_queue")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["started", "open"])),
                        fields=("clinic", "user"),
                        name="one_claim_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "owner: also plan, payments and people"), ("editor", "editor: the facts")],
                        default="editor",
                        max_length=6,
                    ),
                ),
                ("token", models.CharField(default=listings.models.invitation.new_token, max_length=40, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="listings.listing"
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
                "constraints": [models.UniqueConstraint(fields=("listing", "email"), name="one_invitation_each")],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("new", "new listing"), ("edit", "changes to a live listing")],
                        default="new",
                        max_length=4,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "not sent in yet"),
                            ("open", "waiting for review"),
                            ("approved", "approved"),
                            ("asked", "waits for an answer of the owner"),
                            ("rejected", "rejected"),
                        ],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("answers", models.JSONField(default=dict, help_text="{step: {field: [what was typed]}}")),
                (
                    "before",
                    models.JSONField(default=dict, help_text="the same as it was live when the changes were begun"),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reason",
                    models.TextField(blank=True, help_text="of the decision, or the question asked", max_length=1000),
                ),
                (
                    "asked_step",
                    models.CharField(blank=True, help_text="the step that the question is about", max_length=20),
                ),
                (
                    "confirmed_by",
                    models.CharField(blank=True, help_text="how a new phone number was confirmed", max_length=200),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="submissions", to="listings.listing"
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["submitted_at", "pk"],
                "indexes": [models.Index(fields=["state", "submitted_at"], name="submission_queue")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "open", "asked"])),
                        fields=("listing",),
                        name="one_submission_at_a_time",
                    )
                ],
            },
        ),
        migrations.RunPython(make_cache_table, drop_cache_table),
    ]
