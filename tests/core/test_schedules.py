"""The table of schedules holds the declared jobs after each migrate, and what was decided about them."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule, Task
from django_q.scheduler import scheduler

from core import schedules

pytestmark = pytest.mark.django_db
WEEKLY = ["clinics.imports.automatic.fetch_states"]
EVERYTHING = [
    "articles.jobs.empty_trash",
    "articles.jobs.publish_next_versions",
    "articles.link_checks.check_outside_links",
    "articles.notices.mail_digests",
    "articles.notices.tell_of_reviews_due",
    *WEEKLY,
    "clinics.imports.automatic.take_dropped_files",
    "clinics.locations.geocoding.geocode_due",
    "clinics.locations.obstacles.find_obstacles",
    "clinics.verification.jobs.age_answers",
    "clinics.verification.jobs.delete_reporter_hashes",
    "clinics.verification.jobs.draw_sample",
    "clinics.verification.jobs.look_up_npis",
    "clinics.verification.jobs.match_credentials",
    "clinics.verification.jobs.send_reconfirmations",
    "clinics.verification.jobs.write_open_data",
    "core.email.send_waiting",
    "core.form_drafts.jobs.delete_old",
    "core.heartbeat.beat",
    "listings.accounts.reconfirmation.follow_answers",
    "listings.billing.contacts.tell_gateway",
    "listings.billing.desk.end_given_plans",
    "listings.billing.invariant.prove",
    "listings.billing.stripping.strip_events",
    "listings.billing.sweep.sweep",
    "listings.emails.monthly.mail_monthly_totals",
    "listings.emails.notifications.warn_of_licenses",
    "listings.emails.reminders.remind_of_cards",
    "listings.emails.reminders.remind_of_renewals",
]


def rows() -> list[tuple]:
    columns = ("name", "func", "schedule_type", "minutes", "repeats", "next_run", "kwargs")
    return list(Schedule.objects.order_by("name").values_list(*columns))


def migrate() -> None:
    call_command("migrate", verbosity=0, skip_checks=True)


def test_every_declared_job_exists_and_is_written_by_migrate():
    Schedule.objects.all().delete()
    migrate()
    assert sorted(Schedule.objects.values_list("func", flat=True)) == EVERYTHING
    for row in Schedule.objects.all():
        assert callable(import_string(row.func)), row.func
        assert row.repeats == -1
    sweep = Schedule.objects.get(name="sweep the payments")
    assert (sweep.schedule_type, sweep.minutes) == (Schedule.MINUTES, 15)


def test_a_second_migrate_changes_nothing():
    before = rows()
    migrate()
    assert rows() == before


def test_a_job_that_moved_follows_and_keeps_its_time_and_its_switch():
    due = timezone.now() + timedelta(hours=3)
    moved = Schedule.objects.filter(name="ask clinics")
    moved.update(func="clinics.truth.jobs.ask_clinics", next_run=due, repeats=0)
    migrate()
    assert moved.values_list("func", "next_run", "repeats").get() == (
        "clinics.verification.jobs.send_reconfirmations",
        due,
        0,
    )


def test_a_job_that_no_app_declares_any_more_is_deleted_and_one_of_somebody_else_is_kept():
    for func in ("clinics.truth.jobs.forgotten", "django.core.management.call_command"):
        Schedule.objects.create(name=func, func=func, schedule_type=Schedule.DAILY, repeats=-1)
    migrate()
    assert not Schedule.objects.filter(name="clinics.truth.jobs.forgotten").exists()
    assert Schedule.objects.filter(name="django.core.management.call_command").exists()


def test_without_the_table_nothing_is_written():
    class NoApps:
        def get_model(self, *args):
            raise LookupError

    with connection.execute_wrapper(lambda *args: pytest.fail("it asked the database")):
        schedules.write_schedules("default", NoApps())


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
