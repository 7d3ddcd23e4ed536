"""A clock that jumped is doubted: what nobody could take back waits, and what it wrote is set back later."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule

from clinics.models import Call, Clinic, Closure, Confirmation, ConfirmationRequest, Correction
from clinics.models.provenance import FactGroup, Source
from clinics.questions import stated
from clinics.verification.jobs import send_reconfirmations
from core import checks, clock, queue
from core.clock import WAITS
from core.models import ClockWatch, OutgoingEmail
from listings.billing import sync
from listings.billing.sweep import sweep
from listings.fake_stripe import billing
from listings.models import Listing, Subscription
from tests.factories import UserFactory, make_clinic
from tests.listings.billing.payments import buy, deliver_all_events, gateway_subscription
from tests.listings.factories import make_listing

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY, YEAR = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=365)
START = datetime(2026, 11, 30, 17, tzinfo=UTC)
HARMLESS = {  # by any clock, and why
    "clinics.imports.automatic.fetch_states": "imports what is new",
    "clinics.imports.automatic.take_dropped_files": "imports what is new",
    "clinics.locations.geocoding.geocode_due": "asks for points",
    "clinics.locations.obstacles.find_obstacles": "writes the same again",
    "clinics.verification.jobs.age_answers": "takes clinics in again as it left them out",
    "clinics.verification.jobs.look_up_npis": "compares with a register",
    "clinics.verification.jobs.match_credentials": "compares with a register",
    "clinics.verification.jobs.write_open_data": "writes the same again",
    "core.email.send_waiting": "sends what is owed",
    "core.heartbeat.beat": "does nothing",
    "listings.billing.contacts.tell_gateway": "tells the present contact",
    "listings.billing.invariant.prove": "compares, and notes what differs",
    "listings.billing.sweep.sweep": "fetches what the gateway says; follow-ups wait",
}


def look(at: datetime) -> bool:
    with time_machine.travel(at, tick=False):
        queue.look()
        return clock.is_sure()


def looks(*hours: float) -> list[bool]:
    return [look(START + hour * HOUR) for hour in hours]


def test_a_site_that_was_never_looked_at_believes_its_clock():
    assert clock.is_sure()
    assert looks(0, 1, 24, 49) == [True] * 4


def test_a_clock_that_jumped_is_doubted_until_it_is_back():
    assert looks(0, 8760, 8760.02, 0.1) == [True, False, False, True]
    assert looks(-8760, -8759, 1.2) == [False, False, True]


def test_a_clock_that_is_wrong_by_hours_holds_nothing_up():
    assert looks(0, 1, 0.1, -1, 0.2) == [True] * 5


def test_a_machine_that_was_off_for_a_month_is_believed_after_a_day():
    assert looks(0, 720, 732, 744.1, 744.2, 744.3) == [True, False, False, False, True, True]


def test_a_clock_is_doubted_before_anybody_looked():
    look(START)
    with time_machine.travel(START + YEAR):
        assert not clock.is_sure()


def test_each_job_waits_for_a_doubted_clock_or_is_harmless():
    look(START)
    with time_machine.travel(START + YEAR):
        for function in Schedule.objects.values_list("func", flat=True):
            if function not in HARMLESS:
                assert import_string(function)() == WAITS, function


def test_a_clock_that_is_a_year_ahead_mails_no_clinic():
    make_clinic("Harbor", contact_email="desk@example.org")
    look(START)
    with time_machine.travel(START + YEAR):
        assert send_reconfirmations() == WAITS
    assert not OutgoingEmail.objects.exists()
    assert not ConfirmationRequest.objects.exists()


def test_a_clock_that_is_ahead_ends_no_plan_and_a_real_end_does():
    call_command("load_plans", verbosity=0, stdout=StringIO())
    subscription = buy()
    billing.renew(gateway_subscription(subscription), succeeds=False)
    deliver_all_events()
    now = timezone.now()
    queue.look()
    with time_machine.travel(now + YEAR):
        sweep()
        sync.sync_customer(subscription.customer_id)
    subscription.refresh_from_db()
    assert (subscription.status, gateway_subscription(subscription)["status"]) == ("past-due", "past_due")
    assert not OutgoingEmail.objects.filter(template="listings/plan_ended").exists()
    ClockWatch.objects.update(believed_at=now + 15 * DAY)  # the worker looked on each day
    with time_machine.travel(now + 15 * DAY):
        sweep()
    assert Subscription.objects.get().status == "cancelled"


def test_what_people_wrote_by_a_clock_that_was_ahead_is_set_back_when_it_is_right():
    clinic, editor = make_clinic("Harbor"), UserFactory()
    look(START)
    with time_machine.travel(START + YEAR, tick=False):
        queue.look()
        day = timezone.localdate()
        Confirmation.objects.create(clinic=clinic, fact_group=FactGroup.CONTACT, source=Source.OWNER, confirmed_on=day)
        stated.state(clinic, {"id_needed": False}, Source.OWNER)
        clinic.save()
        clinic.close_through(day + DAY, source=Closure.Source.OWNER, by=editor)
        Correction.objects.create(clinic=clinic, problem="moved", note="Next door")
        Call.objects.create(clinic=clinic, caller=editor, number_called="410-555-0100", finished_at=timezone.now())
    earlier = Confirmation.objects.create(
        clinic=make_clinic("Inner"),
        fact_group=FactGroup.CONTACT,
        source=Source.CALLED,
        confirmed_on=START.date() - DAY,
    )
    assert look(START + MINUTE)
    today, closure = START.date(), Closure.objects.get()
    assert set(Confirmation.objects.exclude(pk=earlier.pk).values_list("confirmed_on", flat=True)) == {today}
    assert Confirmation.objects.get(pk=earlier.pk).confirmed_on == today - DAY
    assert Clinic.objects.get(name="Harbor").answers_stated == {"id_needed": ["owner", today.isoformat()]}
    assert (closure.first_day, closure.last_day) == (today, today + DAY)
    for moment in (Correction.objects.get().created_at, Call.objects.get().finished_at, Call.objects.get().taken_at):
        assert abs(moment - START) <= MINUTE
    with time_machine.travel(START + HOUR):
        assert Clinic.objects.get(name="Harbor").closure is not None


@pytest.mark.parametrize("ahead", [HOUR, YEAR])
def test_schedules_and_queued_jobs_of_a_clock_that_was_ahead_do_not_wait_for_it(ahead):
    look(START)
    look(START + ahead)
    Schedule.objects.exclude(minutes=15).delete()
    Schedule.objects.create(name="off", func="f", schedule_type=Schedule.HOURLY)
    Schedule.objects.update(next_run=START + ahead + 15 * MINUTE)
    switched_off = Schedule.objects.get(name="off")
    Schedule.objects.filter(pk=switched_off.pk).update(repeats=0)
    OrmQ.objects.create(key="jobs", payload="", lock=START + ahead + 2 * HOUR)
    with time_machine.travel(START + MINUTE, tick=False):
        queue.look()
    times = dict(Schedule.objects.values_list("pk", "next_run"))
    assert times.pop(switched_off.pk) == START + ahead + 15 * MINUTE
    assert set(times.values()) == {START + MINUTE}
    assert OrmQ.objects.get().lock <= START + 2 * HOUR


def test_schedules_of_a_clock_that_was_ahead_for_days_are_due_once_the_right_one_is_believed():
    assert looks(0, 8760, 8784.5, 8784.6)[-1]
    Schedule.objects.update(next_run=START + YEAR + 9 * DAY)
    assert looks(50, 74.5, 74.6) == [False, False, True]
    assert set(Schedule.objects.values_list("next_run", flat=True)) == {START + 74.6 * HOUR}


def test_a_schedule_that_was_moved_on_purpose_stays_where_it_is():
    look(START)
    Schedule.objects.update(next_run=START + 30 * DAY)
    looks(0.02, 0.01, 24, 25, 800, 801, 830)  # a second back; and a month in which the machine was off
    assert set(Schedule.objects.values_list("next_run", flat=True)) == {START + 30 * DAY}


@pytest.mark.parametrize(
    "statement", ["clinics_confirmation", "core_clockwatch", "django_q_schedule", "django_q_ormq"]
)
def test_a_worker_that_is_killed_while_it_sets_back_leaves_it_to_the_next_look(statement):
    def killed(execute, sql, params, many, context):
        if sql.startswith(f'UPDATE "{statement}"'):
            raise KeyboardInterrupt
        return execute(sql, params, many, context)

    looks(0, 8760)
    confirmation = Confirmation.objects.create(
        clinic=make_clinic("Harbor"),
        fact_group=FactGroup.CONTACT,
        source=Source.OWNER,
        confirmed_on=(START + YEAR).date(),
    )
    Schedule.objects.update(next_run=START + YEAR)
    job = OrmQ.objects.create(key="jobs", payload="", lock=START + YEAR)
    with pytest.raises(KeyboardInterrupt), connection.execute_wrapper(killed):
        look(START + MINUTE)
    assert look(START + 2 * MINUTE)
    confirmation.refresh_from_db()
    job.refresh_from_db()
    assert confirmation.confirmed_on == START.date()
    assert set(Schedule.objects.values_list("next_run", flat=True)) == {START + 2 * MINUTE}
    assert job.lock <= START + 2 * HOUR


def test_a_machine_that_was_off_for_two_days_alarms_nobody(caplog):
    looks(0, 48, 49, 72.1, 72.2)
    assert clock.is_sure(START + 72.2 * HOUR)
    assert not caplog.records


def test_the_worker_looks_once_a_minute():
    broker = queue.Broker(list_key="jobs")
    OrmQ.objects.create(key="jobs", payload="done", lock=timezone.now() - MINUTE)
    assert [payload for _, payload in broker.dequeue()] == ["done"]
    first = ClockWatch.objects.get().believed_at
    OrmQ.objects.update(lock=timezone.now() - MINUTE)
    assert broker.dequeue()
    assert ClockWatch.objects.get().believed_at == first


def test_a_listing_that_waits_for_its_answer_is_not_held_by_a_date_that_is_to_come():
    listing = make_listing()
    look(START)
    with time_machine.travel(START + YEAR, tick=False):
        queue.look()
        listing.ask_to_confirm()
    look(START + MINUTE)
    assert Listing.objects.get().status_changed_at - START <= MINUTE


def test_the_doctor_says_until_when_jobs_wait_for_a_doubted_clock(settings):
    settings.TIME_ZONE = "UTC"
    looks(0, 48)
    for hour in (48, 60):
        with time_machine.travel(START + hour * HOUR, tick=False):
            [said] = [problem.msg for problem in checks.clock() if "has jumped" in problem.msg]
        assert "wait until 2026-12-03 17:00 UTC" in said, hour
