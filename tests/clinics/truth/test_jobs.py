"""What happens by itself is scheduled by the migrations, and each function is there and safe to run twice."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler

from clinics.models import AccuracySample
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


def test_every_job_is_scheduled_and_does_nothing_a_second_time(settings, tmp_path):
    settings.OPEN_DATA_DIR = tmp_path
    make_clinic(contact_email="desk@clinic.example")
    functions = Schedule.objects.filter(func__startswith="clinics.truth.jobs.").values_list("func", flat=True)
    assert len(functions) == 5
    for function in [*functions, *functions]:
        assert import_string(function)()
    assert len(mail.outbox) == 1
    assert AccuracySample.objects.count() == 1
    assert {path.name for path in tmp_path.iterdir()} == {"README.txt", "clinics.csv", "hsds.zip"}


def test_after_a_day_without_a_worker_each_job_is_due_once(monkeypatch):
    # It would close the connection, and with it what this test wrote.
    monkeypatch.setattr("django_q.scheduler.close_old_django_connections", lambda: None)
    Schedule.objects.exclude(func__startswith="clinics.truth.jobs.").delete()
    Schedule.objects.update(next_run=timezone.now() - timedelta(days=1))
    for _ in range(3):
        scheduler()
    assert OrmQ.objects.count() == 5
    assert all(schedule.next_run > timezone.now() for schedule in Schedule.objects.all())
