"""Every scheduled job exists and is safe to run twice."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule, Task
from django_q.scheduler import scheduler

from clinics.models import AccuracySample
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
WEEKLY = ["clinics.imports.automatic.fetch_states"]
EVERYTHING = [
    *WEEKLY,
    "clinics.imports.automatic.take_dropped_files",
    "clinics.verification.jobs.delete_reporter_hashes",
    "clinics.verification.jobs.draw_sample",
    "clinics.verification.jobs.look_up_npis",
    "clinics.verification.jobs.match_credentials",
    "clinics.verification.jobs.send_reconfirmations",
    "clinics.verification.jobs.write_open_data",
    "core.email.send_waiting",
    "listings.accounts.reconfirmation.follow_answers",
    "listings.billing.sync.sweep",
    "listings.emails.notifications.warn_of_licenses",
]


def test_every_job_is_scheduled_and_does_nothing_a_second_time(settings, tmp_path):
    settings.OPEN_DATA_DIR = tmp_path
    make_clinic(contact_email="desk@clinic.example")
    functions = Schedule.objects.filter(func__startswith="clinics.verification.jobs.").values_list("func", flat=True)
    assert len(functions) == 6
    for function in [*functions, *functions]:
        assert import_string(function)()
    assert len(mail.outbox) == 1
    assert AccuracySample.objects.count() == 1
    assert {path.name for path in tmp_path.iterdir()} == {"README.txt", "clinics.csv", "hsds.zip"}


@pytest.fixture
def worker(monkeypatch):
    """Queues what is due, as `manage.py qcluster` does every half minute, and gives back what was queued."""
    # It would close the connection, and with it what this test wrote.
    monkeypatch.setattr("django_q.scheduler.close_old_django_connections", lambda: None)

    def wake() -> list[str]:
        scheduler()
        queued = [job.task["func"] for job in OrmQ.objects.order_by("pk")]
        OrmQ.objects.all().delete()
        return sorted(queued)

    return wake


def test_everything_periodic_is_in_the_table_of_schedules():
    functions = Schedule.objects.values_list("func", flat=True)
    assert sorted(functions) == EVERYTHING
    for function in functions:
        assert callable(import_string(function))


def test_a_daily_or_weekly_job_that_fails_is_tried_again_within_the_hour(worker):
    Schedule.objects.update(next_run=timezone.now() - timedelta(minutes=1))
    scheduler()
    kept = {job.task["func"] for job in OrmQ.objects.all() if not job.task["ack_failure"]}
    seldom = Schedule.objects.exclude(schedule_type__in=["H", "I"]).values_list("func", flat=True)
    assert kept == set(seldom)


def test_after_a_day_without_a_worker_each_job_is_due_once(worker):
    now = timezone.now().replace(microsecond=0)
    with time_machine.travel(now, tick=False):
        Schedule.objects.update(next_run=now - timedelta(minutes=1))
        assert worker() == EVERYTHING
        assert worker() == []
    with time_machine.travel(now + timedelta(days=1), tick=False):
        assert worker() == [function for function in EVERYTHING if function not in WEEKLY]
        assert worker() == []
        assert all(schedule.next_run > timezone.now() for schedule in Schedule.objects.all())


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


def test_the_admin_shows_each_last_run_its_result_and_what_is_late(client):
    now = timezone.now()
    Schedule.objects.update(next_run=now + timedelta(minutes=10))
    Schedule.objects.filter(name="write the open data").update(next_run=now - timedelta(hours=2))
    for number, (success, result) in enumerate([(True, "12 clinics written"), (False, "Traceback\nNotValid: no")]):
        Task.objects.create(
            id=str(number), name="n", func="f", group="write the open data", success=success, result=result,
            started=now - timedelta(hours=2 - number), stopped=now - timedelta(hours=2 - number),
        )  # fmt: skip
    client.force_login(User.objects.create_superuser("editor"))
    page = client.get("/admin/django_q/schedule/").content.decode()
    for told in ("ask clinics", "sweep the payments", "every 15 minutes", "NotValid: no"):
        assert told in page
    assert "Traceback" not in page
    assert page.count('alt="False"') == 2  # it failed, and is late
    assert "1 job late" in client.get("/admin/").content.decode()
    late = Schedule.objects.get(name="write the open data")
    history = client.get(f"/admin/django_q/schedule/{late.pk}/change/").content.decode()
    assert "12 clinics written" in history
    client.post("/admin/django_q/schedule/", {"action": "run_now", "_selected_action": [late.pk]})
    late.refresh_from_db()
    assert late.next_run >= now
