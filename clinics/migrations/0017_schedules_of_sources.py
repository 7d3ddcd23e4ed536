from django.db import migrations
from django.utils import timezone

# Name: (function, how often); H is hourly, D daily, W weekly.
JOBS = {
    "take in dropped files": ("clinics.imports.automatic.take_dropped_files", "H"),
    "ask FindTreatment.gov": ("clinics.imports.automatic.fetch_states", "W"),
    "ask NPPES": ("clinics.verification.jobs.ask_register", "D"),
}
# What fails is tried again after an hour, three times in all. An hourly job comes again by itself.
TRIED_AGAIN = (
    *("draw the sample of the month", "match badges with their registers", "forget the senders of reports"),
    *("write the open data", "ask FindTreatment.gov", "ask NPPES"),
)


def add(apps, schema_editor):
    schedules = apps.get_model("django_q", "Schedule").objects
    for name, (function, kind) in JOBS.items():
        defaults = {"func": function, "schedule_type": kind, "repeats": -1, "next_run": timezone.now()}
        schedules.update_or_create(name=name, defaults=defaults)
    schedules.filter(name__in=TRIED_AGAIN).update(kwargs="{'q_options': {'ack_failure': False}}")


def remove(apps, schema_editor):
    schedules = apps.get_model("django_q", "Schedule").objects
    schedules.filter(name__in=JOBS).delete()
    schedules.filter(name__in=TRIED_AGAIN).update(kwargs=None)


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0016_uploads_of_jobs"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(add, remove)]
