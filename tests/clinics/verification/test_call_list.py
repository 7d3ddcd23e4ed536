"""The call list: who comes first, that two callers never hold one clinic, and what a call writes."""

import re
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.db import connection

from clinics.models import Call, Clinic, Confirmation, Correction, Pharmacy
from clinics.verification.accuracy_sample import draw
from clinics.verification.call_list import finish, take_next, waiting
from clinics.verification.reconfirmation import record_bounce, request_confirmation
from tests.clinics.factories import PharmacyFactory
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 17, tzinfo=UTC)


def after(**span):
    return time_machine.travel(START + timedelta(**span), tick=False)


@pytest.fixture
def caller():
    user = User.objects.create_user("volunteer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="make_call"))
    return user


def confirmed(name, days_before, **facts) -> Clinic:
    clinic = make_clinic(name, **facts)
    said_on = (START - timedelta(days=days_before)).date()
    Confirmation.objects.create(clinic=clinic, fact_group="contact", source="called", confirmed_on=said_on)
    return clinic


def names() -> list[str]:
    return [clinic.name for clinic in waiting()]


def test_numbers_reported_as_dead_then_the_most_reported_then_the_stalest_come_first():
    confirmed("Fresh", 10)
    confirmed("Old", 100)
    confirmed("Older", 300)
    make_clinic("Never")
    make_clinic("No phone", phone="")
    make_clinic("Unlisted", is_listed=False)
    reported, doubted = confirmed("Reported", 5), confirmed("Doubted", 5, phone_reported_on=date(2026, 3, 1))
    for clinic, sender in ((reported, "a"), (reported, "a"), (reported, "b"), (doubted, "c")):
        Correction.objects.create(clinic=clinic, problem="closed", reporter_hash=sender)
    with after():
        assert names() == ["Doubted", "Reported", "Never", "Older", "Old"]
        assert [clinic.reports for clinic in waiting()][:2] == [1, 2]  # a sender counts once


def test_among_equally_stale_clinics_the_most_viewed_of_the_last_30_days_comes_first():
    rare, often, long_ago = make_clinic("Rare"), make_clinic("Often"), make_clinic("Long ago")
    confirmed("Confirmed once", 200).views.create(day=START.date(), count=99)
    for clinic, days_before, count in ((rare, 1, 2), (often, 1, 2), (often, 29, 1), (long_ago, 30, 50)):
        clinic.views.create(day=START.date() - timedelta(days=days_before), count=count)
    with after():
        assert names() == ["Often", "Rare", "Long ago", "Confirmed once"]


def test_the_sample_of_the_month_comes_first():
    confirmed("Drawn", 10)
    with after():
        draw(START.date(), seed=1)
        make_clinic("Never")
        assert names() == ["Drawn", "Never"]


def test_the_number_that_new_patients_are_told_to_call_is_called_and_doubted(caller):
    clinic = make_clinic("Both", phone="410-555-0111", intake_phones=["410-555-0133"])
    with after():
        call = take_next(caller)
        assert call.number_called == "410-555-0133"
        finish(call, "dead")
    clinic.refresh_from_db()
    assert (clinic.phone_reported, clinic.phone_reported_on) == ("410-555-0133", START.date())


def test_a_clinic_with_an_intake_line_alone_is_called_and_confirmed_by_it(caller):
    clinic = make_clinic("Intake", phone="", intake_phones=["410-555-0122"])
    with after():
        call = take_next(caller)
        assert call.number_called == "410-555-0122"
        finish(call, "answered", name_is_right=True, address_is_right=True)
    assert Confirmation.objects.get(clinic=clinic, fact_group="contact").source == "called"


def test_a_clinic_that_is_asked_by_mail_is_called_only_if_it_does_not_answer_or_has_no_working_address():
    clinic = make_clinic("Asked", contact_email="desk@clinic.example")
    with after():
        assert names() == ["Asked"]  # until its mail goes out
        request_confirmation(clinic)
        assert names() == []
    with after(days=21):
        assert names() == ["Asked"]
    with after(days=1):
        record_bounce("desk@clinic.example")
        assert names() == ["Asked"]


def test_a_number_that_nobody_answers_rests_and_after_three_calls_waits_for_its_turn(caller):
    make_clinic("Silent")
    for day in (0, 2, 4):
        with after(days=day, minutes=1):
            finish(take_next(caller), "no-answer")
            assert names() == []
    with after(days=10):
        assert names() == []
    with after(days=40):
        assert names() == ["Silent"]


def test_a_lease_that_ran_out_gives_the_clinic_to_the_next_caller(caller):
    make_clinic("One")
    other = User.objects.create_user("other")
    with after():
        held = take_next(caller)
        assert take_next(caller) == held
        assert take_next(other) is None
    with after(minutes=31):
        assert take_next(other).clinic.name == "One"


def test_callers_at_the_same_moment_never_get_the_same_clinic(second_connection):
    for number in range(12):
        make_clinic(f"Clinic {number}")
    callers = [User.objects.create_user(f"caller {number}") for number in range(10)]
    start, taken = threading.Barrier(len(callers)), []

    def take(caller):
        start.wait()
        taken.append(take_next(caller).clinic_id)
        connection.close()

    threads = [threading.Thread(target=take, args=[caller]) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 10
    Call.objects.all().delete()


def answered(caller, **answers) -> Clinic:
    call = take_next(caller)
    finish(call, "answered", **({"name_is_right": True, "address_is_right": True} | answers))
    return Clinic.objects.get(pk=call.clinic_id)


def test_an_answer_confirms_the_contact_and_what_was_said_of_new_patients(caller):
    make_clinic()
    with after():
        clinic = answered(caller, accepting_new_patients=True, days_to_first_visit=3)
        said = {c.fact_group: (c.source, c.confirmed_by, c.confirmed_on) for c in clinic.confirmations.all()}
    assert said == dict.fromkeys(["contact", "availability"], ("called", caller, date(2026, 3, 2)))
    assert (clinic.accepting_new_patients, clinic.days_to_first_visit) == (True, 3)
    assert clinic.availability_bits & 1


def test_a_fact_that_the_clinic_does_not_tell_stays_as_it_was(caller):
    make_clinic(accepting_new_patients=True, days_to_first_visit=5)
    clinic = answered(caller, accepting_new_patients=None)
    assert (clinic.accepting_new_patients, clinic.days_to_first_visit) == (True, 5)
    assert set(clinic.confirmations.values_list("fact_group", flat=True)) == {"contact"}


@pytest.mark.parametrize(
    ("result", "answers", "problem"),
    [
        ("dead", {}, "wrong-number"),
        ("stranger", {}, "wrong-number"),
        ("closed", {}, "closed"),
        ("answered", {"name_is_right": True, "address_is_right": False}, "moved"),
        ("answered", {"name_is_right": False}, "other"),
    ],
)
def test_a_wrong_fact_goes_to_the_editors_and_unlists_nothing(caller, result, answers, problem):
    make_clinic()
    call = take_next(caller)
    finish(call, result, **answers)
    clinic = Clinic.objects.get()
    assert [report.problem for report in clinic.corrections.all()] == [problem]
    assert clinic.is_listed
    assert not clinic.confirmations.exists()
    assert (clinic.phone_reported_on is not None) is (problem == "wrong-number")


def test_a_call_that_finds_the_number_right_takes_the_warning_down(caller):
    clinic = make_clinic(phone_reported_on=date(2026, 3, 1))
    report = Correction.objects.create(clinic=clinic, problem="wrong-number", reporter_hash="a")
    assert answered(caller).phone_reported_on is None
    report.refresh_from_db()
    assert (report.status, report.closed_by) == ("as-stated", caller)


# The page


def test_a_volunteer_calls_one_clinic_after_the_other_without_javascript(client, caller):
    make_clinic("First", phone="410-555-0111")
    make_clinic("Second", phone="410-555-0122")
    client.force_login(caller)
    path = "/admin/clinics/call/next/"
    assert "2 clinics wait to be called" in client.get(path).content.decode()
    assert not Call.objects.exists()  # looking at the page takes none
    page = client.post(path, follow=True).content.decode()
    assert 'href="tel:+14105550111"' in page
    [finish_path] = re.findall(r'action="(/admin/clinics/call/\d+/finish/)"', page)
    incomplete = client.post(finish_path, {"result": "answered"})
    assert incomplete.status_code == 422
    form = {"result": "answered", "name_is_right": "yes", "address_is_right": "yes", "accepting_new_patients": "no"}
    page = client.post(finish_path, form, follow=True).content.decode()
    assert 'href="tel:+14105550122"' in page
    assert Clinic.objects.get(name="First").accepting_new_patients is False
    assert client.post(finish_path, form, follow=True).status_code == 200  # pressed twice: counts once
    assert Call.objects.filter(finished_at__isnull=False).count() == 1


def test_only_those_who_may_call_see_the_list_and_nobody_ends_the_call_of_another(client, caller):
    make_clinic()
    call = take_next(caller)
    client.force_login(User.objects.create_user("editor", is_staff=True))
    assert client.get("/admin/clinics/call/next/").status_code == 403
    client.force_login(User.objects.create_superuser("root"))
    assert client.post(f"/admin/clinics/call/{call.pk}/finish/", {"result": "dead"}).status_code == 404
    call.refresh_from_db()
    assert call.finished_at is None


def test_a_caller_writes_down_which_pharmacy_fills_it(client, caller):
    make_clinic("First")
    known = PharmacyFactory(phone="410-556-0001", checked_on=START.date())
    client.force_login(caller)
    answered = {"result": "answered", "name_is_right": "yes", "address_is_right": "yes", "note": "Ask for Ward 2"}
    said = {"name": "Gazebo", "zip_code": "21201", "phone": "410-556-0001", "filled_on": "2026-03-01"}
    said = {f"pharmacy-{name}": value for name, value in said.items()}
    with after():
        page = client.post("/admin/clinics/call/next/", follow=True).content.decode()
        [finish_path] = re.findall(r'action="(/admin/clinics/call/\d+/finish/)"', page)
        refused = client.post(finish_path, answered | said | {"pharmacy-filled_on": "2025-03-01"})
        assert refused.status_code == 422
        for kept in ('value="Gazebo"', 'value="Ask for Ward 2"', "That is more than 30 days ago"):
            assert kept in refused.content.decode()
        assert client.post(finish_path, answered | said).status_code == 302
        report = known.reports.get()
        assert (report.said_by, report.clinic.name, report.filled_on) == ("caller", "First", date(2026, 3, 1))
        assert list(Pharmacy.objects.filled_lately()) == [known]
