"""The daily look at listings whose owners were asked and did not answer (listings/accounts/reconfirmation.py)."""

from django.db import migrations
from django.utils import timezone

NAME = "follow the answers of owners"


def schedule(apps, schema_editor):
    values = {"func": "listings.accounts.reconfirmation.follow_answers", "schedule_type": "D", "repeats": -1}
    values["kwargs"] = "{'q_options': {'ack_failure': False}}"  # tried again if it fails: the next day is far
    apps.get_model("django_q", "Schedule").objects.get_or_create(
        name=NAME, defaults=values | {"next_run": timezone.now()}
    )


def unschedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("listings", "0008_limits_stay_out_of_backups")]
    operations = [migrations.RunPython(schedule, unschedule)]
