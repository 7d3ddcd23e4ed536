"""The table of schedules holds the declared jobs after each migrate, and what was decided about them."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from core import schedules

pytestmark = pytest.mark.django_db


def rows() -> list[tuple]:
    columns = ("name", "func", "schedule_type", "minutes", "repeats", "next_run", "kwargs")
    return list(Schedule.objects.order_by("name").values_list(*columns))


def migrate() -> None:
    call_command("migrate", verbosity=0, skip_checks=True)


def test_every_declared_job_exists_and_is_written_by_migrate():
    Schedule.objects.all().delete()
    migrate()
    assert Schedule.objects.count() == 12
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
