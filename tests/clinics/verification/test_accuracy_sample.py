"""The scoreboard: a repeatable draw, scores by the published definitions, and a page that equals the SQL behind it."""

import csv
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, connection

from clinics.models import AccuracySample, Call, Clinic, SampleMember
from clinics.verification import accuracy_sample
from clinics.verification.call_list import finish, take_next
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 17, tzinfo=UTC)
MONTH = date(2026, 3, 1)


@pytest.fixture
def caller():
    return User.objects.create_superuser("caller")


def test_the_same_seed_draws_the_same_listings_each_with_the_same_chance():
    numbers = list(range(1, 1001))
    assert accuracy_sample.pick(numbers, 7) == accuracy_sample.pick(numbers, 7)
    assert accuracy_sample.pick(numbers, 7) != accuracy_sample.pick(numbers, 8)
    assert len(set(accuracy_sample.pick(numbers, 7))) == 200
    drawn = [0] * 1001
    for seed in range(500):
        for number in accuracy_sample.pick(numbers, seed):
            drawn[number] += 1
    assert min(drawn[1:]) > 60  # 100 expected
    assert max(drawn) < 145


def test_a_month_is_drawn_once_from_real_listed_clinics_as_they_are_shown():
    clinic = make_clinic("Drawn", phone="410-555-0111")
    make_clinic("Demo", is_demo=True)
    make_clinic("Closed", is_listed=False)
    sample = accuracy_sample.draw(date(2026, 3, 17), seed=5)
    assert (sample.month, sample.seed, sample.population, sample.size) == (MONTH, 5, 1, 1)
    Clinic.objects.update(phone="410-555-0199")
    assert accuracy_sample.draw(date(2026, 3, 18), seed=6) == sample
    [member] = SampleMember.objects.all()
    assert (member.clinic, member.shown["phone"], member.shown["name"]) == (clinic, "410-555-0111", "Drawn")
    assert member.shown["address"] == "100 Holliday Street, Baltimore, MD, 21202"


def test_a_listing_is_drawn_with_the_number_that_new_patients_are_told_to_call():
    make_clinic("Intake", phone="", intake_phones=["410-555-0122"])
    make_clinic("Both", phone="410-555-0111", intake_phones=["410-555-0133"])
    make_clinic("Neither", phone="")
    accuracy_sample.draw(MONTH, seed=5)
    drawn = {member.shown["name"]: member for member in SampleMember.objects.all()}
    assert {name: member.shown["phone"] for name, member in drawn.items()} == {
        "Intake": "410-555-0122",
        "Both": "410-555-0133",
        "Neither": "",
    }
    assert [name for name, member in drawn.items() if member.scored_at] == ["Neither"]


def test_without_a_real_clinic_nothing_is_drawn():
    make_clinic(is_demo=True)
    assert accuracy_sample.draw(MONTH) is None
    assert not AccuracySample.objects.exists()


RIGHT = {"name_is_right": True, "address_is_right": True, "accepting_new_patients": True}


@pytest.mark.parametrize(
    ("calls", "scores"),  # exact, functional, reachable, accepting
    [
        ([("answered", RIGHT)], (True, True, True, True)),
        ([("answered", RIGHT | {"address_is_right": False})], (False, True, True, True)),
        ([("answered", RIGHT | {"address_is_right": None})], (False, True, True, True)),
        ([("answered", RIGHT | {"accepting_new_patients": False})], (True, True, True, False)),
        ([("answered", RIGHT | {"accepting_new_patients": None})], (True, True, True, False)),
        ([("answered", {"name_is_right": False})], (False, False, False, False)),
        ([("dead", {})], (False, False, False, False)),
        ([("stranger", {})], (False, False, False, False)),
        ([("closed", {})], (False, False, False, False)),
        ([("no-answer", {})] * 3, (False, False, False, False)),
        ([("machine", {}), ("no-answer", {}), ("machine", {})], (False, True, False, False)),
        ([("no-answer", {}), ("machine", {}), ("answered", RIGHT)], (True, True, True, True)),
        ([("machine", {}), ("dead", {})], (False, False, False, False)),
        ([("no-answer", {})] * 2, None),
        ([("machine", {})], None),
        ([("skipped", {})], None),
    ],
)
def test_a_listing_is_scored_from_its_calls_by_the_published_definitions(caller, calls, scores):
    make_clinic()
    with time_machine.travel(START):
        accuracy_sample.draw(START.date(), seed=1)
    for number, (result, answers) in enumerate(calls):
        with time_machine.travel(START + timedelta(days=3 * number)):
            finish(take_next(caller), result, **answers)
    member = SampleMember.objects.get()
    found = (member.is_exact, member.is_functional, member.is_reachable, member.is_accepting)
    assert found == (scores or (None,) * 4)
    assert (member.sample.measured_at is not None) is (scores is not None)


def test_a_listing_without_a_phone_and_one_that_was_unlisted_since_are_scored_too(caller):
    make_clinic(phone="")
    gone = make_clinic("Gone")
    accuracy_sample.draw(MONTH, seed=1)
    Clinic.objects.filter(pk=gone.pk).update(is_listed=False, phone="410-555-0199")
    call = take_next(caller)
    assert (call.clinic, call.number_called) == (gone, "410-555-0100")
    finish(call, "closed")
    assert AccuracySample.objects.get().measured_at
    assert accuracy_sample.measured_months()[0].shares["functional"].count == 0


def test_the_database_refuses_half_a_score():
    make_clinic()
    accuracy_sample.draw(MONTH, seed=1)
    with pytest.raises(IntegrityError):
        SampleMember.objects.update(scored_at=START, is_exact=True)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),  # published values of the Wilson interval
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_wilsons(count, n, low, high):
    share = accuracy_sample.Share(count, n)
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def measured(month: date, scores: list[tuple]) -> AccuracySample:
    sample = AccuracySample.objects.create(
        month=month, seed=9, population=len(scores), population_sha256="", size=len(scores)
    )
    for exact, functional, reachable, accepting in scores:
        facts = {"is_exact": exact, "is_functional": functional, "is_reachable": reachable, "is_accepting": accepting}
        at = None if exact is None else START
        SampleMember.objects.create(sample=sample, clinic=make_clinic(), shown={}, scored_at=at, **facts)
    return sample


def test_the_numbers_of_page_and_csv_equal_the_sql_behind_them(client):
    measured(date(2026, 1, 1), [(True,) * 4] * 3 + [(False,) * 4])
    measured(date(2026, 2, 1), [(True,) * 4] * 4 + [(False, True, True, False)] * 3 + [(False,) * 4])
    query = """
        SELECT to_char(s.month, 'YYYY-MM'), count(*), sum(m.is_exact::int), sum(m.is_functional::int),
               sum(m.is_reachable::int), sum(m.is_accepting::int)
        FROM clinics_samplemember m JOIN clinics_accuracysample s ON s.id = m.sample_id GROUP BY 1 ORDER BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        expected = cursor.fetchall()
    assert expected == [("2026-01", 4, 3, 3, 3, 3), ("2026-02", 8, 4, 7, 7, 4)]
    lines = list(csv.DictReader(client.get("/accuracy/accuracy.csv").content.decode().splitlines()))
    for month, n, *counts in expected:
        of_month = [line for line in lines if line["month"] == month]
        assert [line["measure"] for line in of_month] == list(accuracy_sample.MEASURES)
        assert [(int(line["n"]), int(line["count"])) for line in of_month] == [(n, count) for count in counts]
        assert [float(line["share"]) for line in of_month] == pytest.approx([count / n for count in counts], abs=5e-5)
    page = " ".join(client.get("/accuracy/").content.decode().split())
    _month, n, *counts = expected[-1]
    for count in counts:
        assert f"<strong>{100 * count / n:.1f} %</strong>" in page
        assert f"{count} of {n}; 95 % interval" in page
    assert page.count('class="trend-point"') == 2
    assert "style=" not in page
    assert [round(float(y)) for y in re.findall(r'class="trend-point" cx="\d+" cy="(\d+)"', page)] == [91, 58]


def test_nothing_is_shown_for_a_month_that_was_not_measured(client):
    measured(date(2026, 1, 1), [(True,) * 4])
    measured(date(2026, 3, 1), [(True,) * 4] * 5 + [(None,) * 4])  # one listing is not scored yet
    page = client.get("/accuracy/").content.decode()
    assert "January 2026: 1 listings" in " ".join(page.split())
    assert "2026-03" not in page
    assert "2026-03" not in client.get("/accuracy/accuracy.csv").content.decode()
    SampleMember.objects.all().delete()
    page = client.get("/accuracy/").content.decode()
    assert "Not measured yet" in page
    assert '<svg class="trend"' not in page


def test_a_month_without_a_measure_is_a_gap_in_the_line(client):
    for month in (1, 2, 4):
        measured(date(2026, month, 1), [(True,) * 4])
    [line] = re.findall(r'class="trend-line" d="([^"]+)"', client.get("/accuracy/").content.decode())
    assert re.sub(r"[\d ]", "", line) == "MLM"


def test_the_accuracy_page_needs_few_queries(client, django_assert_max_num_queries):
    measured(date(2026, 1, 1), [(True,) * 4])
    client.get("/accuracy/")
    with django_assert_max_num_queries(2):
        client.get("/accuracy/")
    assert not Call.objects.exists()
