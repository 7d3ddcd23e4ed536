from django.db import migrations
from django.utils import timezone

# Name: (function, how often); H is hourly, D daily. Each does only what is due, however often it runs.
JOBS = {
    "ask clinics": ("clinics.verification.jobs.ask_clinics", "H"),
    "draw the sample of the month": ("clinics.verification.jobs.draw_sample", "D"),
    "match badges with their registers": ("clinics.verification.jobs.match_evidence", "D"),
    "forget the senders of reports": ("clinics.verification.jobs.forget_senders", "D"),
    "write the open data": ("clinics.verification.jobs.write_open_data", "D"),
}


def add(apps, schema_editor):
    schedules = apps.get_model("django_q", "Schedule").objects
    for name, (function, kind) in JOBS.items():
        defaults = {"func": function, "schedule_type": kind, "repeats": -1, "next_run": timezone.now()}
        schedules.update_or_create(name=name, defaults=defaults)


def remove(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name__in=JOBS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0013_change_history"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(add, remove)]
