from datetime import timedelta

from django.db import migrations, models
from django.db.models import F, Q

RENAME_CONSTRAINT = "ALTER TABLE listings_subscription RENAME CONSTRAINT {} TO {}"


def what_django_remembers(*operations) -> migrations.SeparateDatabaseAndState:
    """PostgreSQL renames a column in its indexes and constraints too; Django's picture of them is left to change."""
    return migrations.SeparateDatabaseAndState(state_operations=operations)


class Migration(migrations.Migration):
    dependencies = [("listings", "0005_triggers")]
    operations = [
        # Removed before the rename: Django does not rename a column in the conditions that it remembers.
        what_django_remembers(
            migrations.RemoveConstraint("claim", "one_claim_at_a_time"),
            migrations.RemoveConstraint("submission", "one_submission_at_a_time"),
            migrations.RemoveConstraint("subscription", "told_30_days_ahead"),
            migrations.RemoveIndex("claim", "claim_queue"),
            migrations.RemoveIndex("submission", "submission_queue"),
        ),
        migrations.RenameField("claim", "state", "status"),
        migrations.RenameField("submission", "state", "status"),
        migrations.RenameField("submission", "before", "live_answers"),
        migrations.RenameField("subscription", "next_price_told_at", "next_price_announced_at"),
        migrations.RenameIndex(
            "subscription", old_name="subscription_unsettled", new_name="subscription_needing_sync"
        ),
        migrations.RunSQL(
            RENAME_CONSTRAINT.format("told_30_days_ahead", "announced_30_days_ahead"),
            RENAME_CONSTRAINT.format("announced_30_days_ahead", "told_30_days_ahead"),
        ),
        what_django_remembers(
            migrations.AddIndex("claim", models.Index(fields=["status", "created_at"], name="claim_queue")),
            migrations.AddIndex(
                "submission", models.Index(fields=["status", "submitted_at"], name="submission_queue")
            ),
            migrations.AddConstraint(
                "claim",
                models.UniqueConstraint(
                    fields=("clinic", "user"), condition=Q(status__in=["started", "open"]), name="one_claim_at_a_time"
                ),
            ),
            migrations.AddConstraint(
                "submission",
                models.UniqueConstraint(
                    fields=("listing",),
                    condition=Q(status__in=["draft", "open", "asked"]),
                    name="one_submission_at_a_time",
                ),
            ),
            migrations.AddConstraint(
                "subscription",
                models.CheckConstraint(
                    condition=Q(next_price=None, next_price_from=None)
                    | Q(
                        next_price_from__gte=F("next_price_announced_at") + timedelta(days=30),
                        next_price__isnull=False,
                    ),
                    name="announced_30_days_ahead",
                ),
            ),
        ),
        migrations.AlterField(
            "submission",
            "live_answers",
            models.JSONField(default=dict, help_text="the same as it was live when the change was begun"),
        ),
    ]
