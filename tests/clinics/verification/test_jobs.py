"""Every scheduled job exists and is safe to run twice."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from clinics.models import AccuracySample
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


def test_every_job_is_scheduled_and_does_nothing_a_second_time(settings, tmp_path):
    settings.OPEN_DATA_DIR = tmp_path
    make_clinic(contact_email="desk@clinic.example")
    functions = Schedule.objects.filter(func__startswith="clinics.verification.jobs.").values_list("func", flat=True)
    assert len(functions) == 7
    for function in [*functions, *functions]:
        assert import_string(function)()
    assert len(mail.outbox) == 1
    assert AccuracySample.objects.count() == 1
    assert {path.name for path in tmp_path.iterdir()} == {"README.txt", "clinics.csv", "hsds.zip"}


def test_a_worker_that_was_stopped_for_a_day_sends_each_clinic_the_latest_due_mail_and_none_twice(worker):
    asked, new = make_clinic(contact_email="a@clinic.example"), make_clinic(contact_email="b@clinic.example")
    start = timezone.now().replace(microsecond=0)
    Schedule.objects.exclude(func__endswith="send_reconfirmations").delete()

    def work(day: float) -> list[str]:
        with time_machine.travel(start + timedelta(days=day), tick=False):
            for function in worker():
                import_string(function)()
        sent = sorted(f"{message.to[0][0]} {message.subject.split()[0]}" for message in mail.outbox)
        mail.outbox.clear()
        return sent

    new.is_listed = False
    new.save()
    assert work(0.1) == ["a Is"]
    new.is_listed = True
    new.save()
    # Stopped from here: the reminders of days 7 and 14 fall due, and the other clinic's first mail.
    assert work(15) == ["a Reminder:", "b Is"]
    assert work(15.1) == work(15.2) == []
    assert asked.confirmation_requests.get().mails.count() == 2
