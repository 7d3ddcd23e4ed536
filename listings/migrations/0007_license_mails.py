"""The daily look at licenses that end soon (listings/emails/owners.py)."""

from django.db import migrations
from django.utils import timezone

NAME = "warn of licenses that end"


def schedule(apps, schema_editor):
    values = {"func": "listings.emails.owners.warn_of_licenses", "schedule_type": "D", "repeats": -1}
    values["kwargs"] = "{'q_options': {'ack_failure': False}}"  # tried again if it fails: the next day is far
    apps.get_model("django_q", "Schedule").objects.get_or_create(
        name=NAME, defaults=values | {"next_run": timezone.now()}
    )


def unschedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("listings", "0006_owner_language"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]
    operations = [migrations.RunPython(schedule, unschedule)]
