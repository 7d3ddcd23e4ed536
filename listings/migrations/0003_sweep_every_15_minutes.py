"""The scheduler of the jobs runs the sweep; whoever prefers cron deletes the row and calls `sweep_payments`."""

from django.db import migrations

NAME = "sweep the payments"


def schedule(apps, schema_editor):
    values = {"func": "listings.billing.sync.sweep", "schedule_type": "I", "minutes": 15, "repeats": -1}
    apps.get_model("django_q", "Schedule").objects.get_or_create(name=NAME, defaults=values)


def unschedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("listings", "0002_ledger_is_append_only"), ("django_q", "0018_task_success_index")]
    operations = [migrations.RunPython(schedule, unschedule)]
