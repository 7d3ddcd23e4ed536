"""Whether anybody does the jobs is known everywhere where somebody looks, and keeps no reader from searching."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule, Task

from core import checks, heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def schedules_are_on_time(db):
    Schedule.objects.update(next_run=timezone.now() + timedelta(minutes=10))


def job_ended(ago: timedelta) -> None:
    moment = timezone.now() - ago
    Task.objects.create(id=f"{ago}", name="n", func="f", started=moment, stopped=moment, success=True)


def of_the_jobs(client) -> str:
    answer = client.get("/readyz")
    assert answer.status_code == 200, "readers can be served without them"
    return answer.json()["jobs"]


def test_silent_jobs_are_told_by_readyz_doctor_metrics_and_the_first_page_of_the_admin(client):
    job_ended(timedelta(minutes=7, seconds=5))
    assert of_the_jobs(client) == "silent for 7 minutes"
    [problem] = checks.jobs()
    assert problem.msg.startswith("No job has ended for 7 minutes")
    assert b"waypost_jobs_silent_seconds 425." in client.get("/metrics").content
    client.force_login(User.objects.create_superuser("editor"))
    assert "No job has ended for 7 minutes" in client.get("/admin/").content.decode()


def test_jobs_that_ended_lately_are_no_news(client):
    job_ended(timedelta(minutes=7))
    job_ended(timedelta(minutes=4))
    assert of_the_jobs(client) == "ok"
    assert list(checks.jobs()) == []


def test_an_end_in_the_future_is_no_sign_of_life(client):
    job_ended(timedelta(minutes=7))
    job_ended(timedelta(days=-300))
    assert of_the_jobs(client) == "silent for 7 minutes"


def test_before_the_first_job_ends_they_are_silent_since_it_was_due(client):
    assert of_the_jobs(client) == "ok"
    Schedule.objects.filter(func=heartbeat.BEAT).update(next_run=timezone.now() - timedelta(hours=2))
    assert of_the_jobs(client) == "silent for 120 minutes"


def test_one_is_due_so_often_that_silence_means_something():
    beat = Schedule.objects.get(func=heartbeat.BEAT)
    assert beat.schedule_type == Schedule.MINUTES
    assert timedelta(minutes=beat.minutes) * 3 < heartbeat.SILENT
    assert import_string(beat.func)() is None
