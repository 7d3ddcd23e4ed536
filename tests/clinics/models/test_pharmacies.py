"""Which pharmacies readers are told of: for 30 days, once enough people say so and an editor has checked it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from clinics import demo
from clinics.models import Pharmacy, PharmacyReport, ZipCode
from clinics.models.pharmacies import check_day
from clinics.pharmacies import SaidBy, filled_near, store_report
from clinics.search.places import locate
from clinics.verification.reports import delete_reporter_hashes
from tests.clinics.factories import PharmacyFactory, PharmacyReportFactory
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
FILLED_ON = date(2026, 11, 1)
LAST_SECOND = datetime(2026, 12, 2, 4, 59, 59, tzinfo=UTC)  # of December 1, on the site's clock
NEXT_DAY = datetime(2026, 12, 2, 5, tzinfo=UTC)
ONE, OTHER = "192.0.2.1", "192.0.2.2"


def at(moment: datetime):
    return time_machine.travel(moment, tick=False)


def at_noon(day: date):
    return at(datetime(day.year, day.month, day.day, 17, tzinfo=UTC))


def told() -> list[Pharmacy]:
    return list(Pharmacy.objects.filled_lately())


def say(pharmacy: Pharmacy, sender: str = ONE, day: date = FILLED_ON) -> PharmacyReport:
    return store_report({"pharmacy": pharmacy, "filled_on": day, "form": ""}, SaidBy.READER, sender=sender)


def named(name="Gazebo Pharmacy", street="", phone="", zip_code="21201") -> Pharmacy:
    return Pharmacy.objects.named(name, street, ZipCode.objects.get(pk=zip_code), phone)


# For how long


def test_a_report_counts_until_the_midnight_that_ends_its_thirtieth_day():
    pharmacy = PharmacyFactory()
    for sender in (ONE, OTHER):
        say(pharmacy, sender)
    with at(LAST_SECOND):
        assert told() == [pharmacy]
    with at(NEXT_DAY):
        assert told() == []


def test_one_of_two_readers_that_has_aged_out_leaves_too_few():
    pharmacy = PharmacyFactory()
    say(pharmacy, ONE, FILLED_ON)
    say(pharmacy, OTHER, FILLED_ON + timedelta(days=9))
    with at(LAST_SECOND):
        assert told() == [pharmacy]
    with at(NEXT_DAY):
        assert told() == []


def test_what_a_clinic_said_ages_out_on_the_same_midnight():
    report = PharmacyReportFactory(filled_on=FILLED_ON, said_by=SaidBy.OWNER, clinic=make_clinic())
    with at(LAST_SECOND):
        assert told() == [report.pharmacy]
    with at(NEXT_DAY):
        assert told() == []


def test_the_codes_of_readers_stay_as_long_as_they_are_counted_and_no_longer():
    pharmacy = PharmacyFactory()
    with at_noon(FILLED_ON):
        for sender in (ONE, OTHER):
            say(pharmacy, sender)
    with at(LAST_SECOND):
        assert delete_reporter_hashes() == 0
        assert told() == [pharmacy]
    with at(NEXT_DAY):
        assert delete_reporter_hashes() == 2
    assert set(PharmacyReport.objects.values_list("reporter_hash", flat=True)) == {""}


def test_the_days_that_may_be_reported_are_those_that_readers_are_told_of():
    with at(LAST_SECOND):
        check_day(date(2026, 12, 1))
        check_day(FILLED_ON)
        check_day(date(2026, 12, 2))  # which has begun in Guam
        with pytest.raises(ValidationError, match="has not come yet"):
            check_day(date(2026, 12, 3))
        with pytest.raises(ValidationError, match="more than 30 days ago"):
            check_day(date(2026, 10, 31))
    with at(NEXT_DAY):
        check_day(date(2026, 12, 2))
        with pytest.raises(ValidationError, match="more than 30 days ago"):
            check_day(FILLED_ON)


# How many say so


@pytest.mark.parametrize(
    ("senders", "is_told"),
    [((ONE,), False), ((ONE, ONE), False), ((ONE, OTHER), True), ((ONE, ONE, OTHER), True)],
    ids=["one", "one twice", "two", "two and one again"],
)
@time_machine.travel(LAST_SECOND, tick=False)
def test_two_different_readers_are_needed(senders, is_told):
    pharmacy = PharmacyFactory()
    for number, sender in enumerate(senders):
        say(pharmacy, sender, FILLED_ON + timedelta(days=number))
    assert bool(told()) is is_told


@pytest.mark.parametrize("by", [SaidBy.OWNER, SaidBy.CALLER])
def test_one_clinic_is_enough(by):
    report = PharmacyReportFactory(said_by=by, clinic=make_clinic(), reporter_hash="")
    assert told() == [report.pharmacy]


def test_one_reader_at_each_of_two_pharmacies_shows_neither():
    for sender in (ONE, OTHER):
        say(PharmacyFactory(), sender, date(2026, 11, 30))
    with at(LAST_SECOND):
        assert told() == []


@pytest.mark.parametrize("state", [{"checked_on": None}, {"is_hidden": True}], ids=["unchecked", "hidden"])
def test_what_no_editor_has_checked_or_one_has_hidden_is_never_told(state):
    pharmacy = PharmacyFactory(**state)
    for _reader in range(3):
        PharmacyReportFactory(pharmacy=pharmacy)
    PharmacyReportFactory(pharmacy=pharmacy, said_by=SaidBy.OWNER, clinic=make_clinic())
    assert told() == []


def test_a_code_does_not_reveal_its_reader_and_differs_at_another_pharmacy():
    with at(LAST_SECOND):
        one, other = (say(PharmacyFactory()).reporter_hash for _ in range(2))
    assert not set(one.split("$")) & set(other.split("$"))
    assert ONE not in one + other


def test_who_says_so_is_a_reader_or_a_clinic():
    with pytest.raises(IntegrityError, match="of_a_reader_or_clinic"):
        PharmacyReportFactory(said_by=SaidBy.OWNER)


# What is told


@time_machine.travel(LAST_SECOND, tick=False)
def test_it_is_told_with_its_days_and_who_said_so_and_never_as_there_now():
    pharmacy = PharmacyFactory()
    for sender in (ONE, OTHER):
        say(pharmacy, sender, date(2026, 11, 21))
    [found] = told()
    assert found.told == "Filled buprenorphine on November 21, as 2 readers said."
    PharmacyReportFactory(
        pharmacy=pharmacy, filled_on=FILLED_ON, said_by=SaidBy.CALLER, clinic=make_clinic(), form="injection"
    )
    [found] = told()
    assert found.told == (
        "Filled buprenorphine between November 1 and November 21, as 2 readers and 1 clinic said. Form: injection."
    )


def test_days_that_have_aged_out_are_not_told():
    pharmacy = PharmacyFactory()
    say(pharmacy, ONE, FILLED_ON)
    for sender in (ONE, OTHER):
        say(pharmacy, sender, date(2026, 11, 21))
    with at(NEXT_DAY):
        [found] = told()
        assert found.told == "Filled buprenorphine on November 21, as 2 readers said."


# Where


def make_told(name, **facts) -> Pharmacy:
    report = PharmacyReportFactory(
        pharmacy=PharmacyFactory(name=name, **facts), said_by=SaidBy.OWNER, clinic=make_clinic()
    )
    return report.pharmacy


def near(text: str) -> list[tuple[str, str]]:
    return [(pharmacy.name, pharmacy.distance.text) for pharmacy in filled_near(locate(text)).pharmacies]


def test_the_nearest_comes_first_and_miles_are_those_of_zip_codes():
    make_told("Washington", city="Washington", state="DC", zip_code="20001")
    make_told("Towson", zip_code="21204")
    make_told("Here", zip_code="21202")
    make_told("New York", city="New York", state="NY", zip_code="10001")
    assert near("21202") == [
        ("Here", "in your ZIP code"),
        ("Towson", "about 7 miles"),
        ("Washington", "about 35 miles"),
    ]
    assert not filled_near(locate("21202")).is_beyond


def test_beyond_fifty_miles_the_nearest_are_told_as_such_and_over_the_sea_none():
    make_told("New York", zip_code="10001")
    found = filled_near(locate("21202"))
    assert found.is_beyond
    assert [pharmacy.distance.text for pharmacy in found.pharmacies] == ["about 170 miles"]
    assert filled_near(locate("96910")).pharmacies == []  # Guam


def test_of_a_state_all_are_told_without_miles():
    make_told("Here")
    make_told("New York", state="NY", zip_code="10001")
    [pharmacy] = filled_near(locate("Maryland")).pharmacies
    assert (pharmacy.name, hasattr(pharmacy, "distance")) == ("Here", False)


# Which one is meant


def test_one_number_is_one_pharmacy_however_it_is_named():
    assert named("CVS #123", phone="410-556-0001") == named("The one on Light Street", phone="410-556-0001 x2")
    assert named("CVS #123", phone="410-556-0002") != named("CVS #123", phone="410-556-0001")
    assert Pharmacy.objects.count() == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("CVS #123", "100 Light Street"), ("CVS Pharmacy 123", "100 Light St., Suite 1")),
        (("CVS #123", "100 Light Street"), ("cvs no. 123", "")),
        (("Walgreens Drug Store", "100 Light St"), ("WALGREEN'S", "100 Light street")),
    ],
)
def test_two_who_write_the_same_pharmacy_otherwise_meet(one, other):
    first = named(*one)
    second = named(*other, phone="410-556-0001")
    assert first == second
    assert Pharmacy.objects.get().phone == "410-556-0001", "the number that the second one knew"


def test_other_streets_other_zip_codes_and_several_of_one_name_are_not_taken_for_one():
    light = named("CVS", "100 Light Street")
    assert named("CVS", "200 Pratt Street") != light
    assert named("CVS", "100 Light Street", zip_code="21202") != light
    assert named("CVS", phone="410-556-0003") not in (light, None), "one of two, nobody knows which"
    assert Pharmacy.objects.count() == 4


def test_what_an_editor_checked_is_not_changed_by_a_report():
    pharmacy = PharmacyFactory(name="Gazebo Pharmacy", phone="410-556-0001")
    assert named("gazebo", "9 Elsewhere Road", phone="410-556-0001") == pharmacy
    pharmacy.refresh_from_db()
    assert (pharmacy.name, pharmacy.street) == ("Gazebo Pharmacy", "2 Gazebo Way")


# What an editor does


def test_an_editor_checks_one_that_can_be_called(django_user_model):
    editor = User.objects.create_user("editor")
    pharmacy = named("Gazebo Pharmacy", "2 Gazebo Way")
    with pytest.raises(ValueError, match="no phone number yet"):
        pharmacy.check_facts(editor)
    pharmacy.phone = "410-556-0001"
    pharmacy.save()
    pharmacy.check_facts(editor)
    assert list(Pharmacy.objects.shown()) == [pharmacy]


def test_only_those_that_somebody_spoke_of_lately_wait_for_an_editor():
    waiting = PharmacyReportFactory(pharmacy__checked_on=None, filled_on=FILLED_ON).pharmacy
    PharmacyReportFactory(pharmacy__checked_on=None, pharmacy__is_hidden=True, filled_on=FILLED_ON)
    PharmacyReportFactory(filled_on=FILLED_ON)
    with at(LAST_SECOND):
        assert list(Pharmacy.objects.to_check()) == [waiting]
    with at(NEXT_DAY):
        assert list(Pharmacy.objects.to_check()) == []


@time_machine.travel(LAST_SECOND, tick=False)
def test_two_that_are_the_same_become_one_with_the_reports_of_both():
    kept, other = PharmacyFactory(), PharmacyFactory(name="Gazebo Chemist", phone="410-556-9999", checked_on=None)
    say(kept, ONE)
    say(other, OTHER)
    other.merge_into(kept)
    assert told() == [kept]
    assert named("Gazebo Chemist", phone="410-556-9999") == kept
    with pytest.raises(ValueError, match="cannot be merged"):
        kept.merge_into(other)


def test_the_demo_has_some_and_takes_them_with_it():
    own = PharmacyReportFactory().pharmacy
    demo.open_pharmacies([make_clinic(f"Demo {number}", is_demo=True) for number in range(13)])
    invented = Pharmacy.objects.filled_lately()
    assert [pharmacy.phone for pharmacy in invented] == ["410-555-0199", "410-555-0198"]
    assert all("(demo)" in pharmacy.name for pharmacy in invented)
    demo.remove()
    assert list(Pharmacy.objects.all()) == [own]
