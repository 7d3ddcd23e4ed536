"""A run over the addresses that are due, against a server of our own in place of the US Census Geocoder."""

from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django_q.models import OrmQ

from clinics.geo import Coordinates
from clinics.locations import geocoding
from clinics.locations import lookups as queue
from clinics.locations.answers import GeocoderUnavailable
from clinics.models import AddressLookup, AddressPoint, Clinic
from tests.clinics.locations.census_server import Known
from tests.factories import ClinicFactory

pytestmark = pytest.mark.django_db
Outcome = AddressLookup.Outcome
DOOR = Coordinates(39.2951, -76.6102)


def make_clinic(street="10 Market Street", **fields):
    return ClinicFactory(**{"street": street, "zip_code": "21202", "is_approximate": True} | fields)


def lookups() -> dict[str, tuple[str, int]]:
    return {lookup.address: (lookup.outcome, lookup.times_asked) for lookup in AddressLookup.objects.all()}


def streets(service) -> list[list[str]]:
    """Those of each file, sorted."""
    return [sorted(street for _row, street, *_ in file) for file in service.files]


def most_often(service) -> int:
    return max(service.asked.values())


def test_a_clinic_stands_at_its_address_once_it_was_found(service):
    clinic = make_clinic()
    service.table = {("21202", "10 market st"): Known(DOOR, matched="10 MARKET ST, BALTIMORE, MD, 21202")}
    report = geocoding.geocode()
    assert (report.asked, report.outcomes, report.stopped) == (1, {"match": 1}, "")
    clinic.refresh_from_db()
    assert clinic.coordinates == DOOR
    assert (clinic.point_quality, clinic.point_source) == ("street", "census")
    lookup = AddressLookup.objects.get()
    assert (lookup.matched, lookup.reason, lookup.times_asked) == ("10 MARKET ST, BALTIMORE, MD, 21202", "", 1)
    assert lookup.sent == "10 Market Street, Baltimore, MD 21202"


def test_what_was_found_is_not_asked_for_again(service):
    make_clinic()
    service.table = {("21202", "10 market st"): Known(DOOR)}
    geocoding.geocode()
    assert geocoding.geocode().asked == 0
    assert len(service.files) == 1


def test_an_address_that_several_clinics_share_is_asked_for_once(service):
    clinics = [make_clinic(), make_clinic("10 MARKET ST."), make_clinic("10 Market Street", street_detail="Suite 4")]
    service.table = {("21202", "10 market st"): Known(DOOR)}
    geocoding.geocode()
    assert sum(service.asked.values()) == 1
    assert {Clinic.objects.get(pk=clinic.pk).coordinates for clinic in clinics} == {DOOR}


def test_one_that_was_not_found_is_asked_for_once_more_in_its_cleaned_form(service):
    make_clinic("1200 N Highway 10")
    make_clinic("77 Nowhere Road")
    report = geocoding.geocode()
    first, second = streets(service)
    assert first == ["1200 N Highway 10", "77 Nowhere Road"]
    assert len(second) == 1
    assert second != ["1200 N Highway 10"]
    assert report.outcomes == {"no-match": 2}
    assert geocoding.geocode().asked == 0


def test_a_tie_keeps_its_reason(service):
    make_clinic()
    service.table = {("21202", "10 market st"): Known(None)}
    geocoding.geocode()
    assert [(row.outcome, row.reason) for row in AddressLookup.objects.all()] == [
        (Outcome.TIE, "several places have this address")
    ]


@pytest.mark.parametrize(
    ("point", "reason"),
    [(Coordinates(40.7128, -74.006), "not in MD"), (Coordinates(39.64, -77.72), "64 miles from ZIP code 21202")],
)
def test_an_answer_that_cannot_be_right_is_kept_with_its_reason_and_is_no_point(service, point, reason):
    clinic = make_clinic()
    before = clinic.coordinates
    service.table = {("21202", "10 market st"): Known(point, matched="10 MARKET ST, ELSEWHERE")}
    assert geocoding.geocode().outcomes == {"refused": 1}
    lookup = AddressLookup.objects.get()
    assert (lookup.reason, lookup.matched) == (reason, "10 MARKET ST, ELSEWHERE")
    assert not AddressPoint.objects.exists()
    clinic.refresh_from_db()
    assert clinic.coordinates == before
    assert geocoding.geocode().asked == 0


def test_nobody_is_asked_for_what_is_no_address_of_a_listed_clinic(service):
    make_clinic("PO Box 12")
    make_clinic("- - -")
    make_clinic("")
    make_clinic("11 Market Street", is_listed=False)
    make_clinic("12 Market Street", is_demo=True)
    make_clinic("13 Market Street", point_quality="street", point_source="samhsa-locator")
    make_clinic("14 Market Street", zip_code="")
    geocoding.geocode()
    assert service.files == []
    [lookup] = AddressLookup.objects.all()
    assert (lookup.outcome, lookup.reason, lookup.times_asked) == (Outcome.FAILED, "only a post office box", 0)


def test_only_what_was_chosen_is_asked_for(service, settings):
    settings.CENSUS_BATCH_SIZE = 2
    for number in range(1, 6):
        make_clinic(f"{number} Market Street")
    make_clinic("9 Grand Avenue", city="New York", state="NY", zip_code="10007")
    assert geocoding.geocode(state="NY").asked == 1
    assert geocoding.geocode(limit=3).asked == 3
    assert [len(file) for file in service.files] == [1, 2, 1]


@pytest.mark.parametrize(
    ("fault", "known_after_the_first_file"),
    [
        ("shuffled", 8),
        ("doubled", 8),
        ("with_lines_of_others", 8),
        ("cut_off", 6),
        ("cut_off_unnoticed", 6),
        ("with_every_second_missing", 4),
        ("page_after_half", 4),
        ("page", 0),
        ("status_500", 0),
        ("reset", 0),
    ],
)
def test_whatever_goes_wrong_with_a_file_the_rest_is_asked_for_again(service, fault, known_after_the_first_file):
    for number in range(1, 9):
        make_clinic(f"{number} Market Street")
        service.table[("21202", f"{number} market st")] = Known(DOOR)
    service.faults = [fault]
    assert geocoding.geocode().outcomes == {"match": 8}
    repeated = [address for address, count in service.asked.items() if count == 2]
    assert len(repeated) == 8 - known_after_the_first_file
    assert most_often(service) <= 2
    assert Clinic.objects.filter(point_quality="street").count() == 8


def test_an_address_whose_answer_never_comes_has_failed_after_two_times(service):
    make_clinic()
    service.faults = ["status_500"] * 5
    report = geocoding.geocode()
    assert report.outcomes == {"failed": 1}
    geocoding.geocode()
    assert sum(service.asked.values()) == 2
    assert AddressLookup.objects.get().reason == "The Census Geocoder answered with status 500."


def test_an_outage_uses_up_no_address(service):
    make_clinic()
    service.is_down = True
    report = geocoding.geocode()
    assert report.stopped == "The Census Geocoder answered with status 503. What is due stays due."
    assert service.files == []
    assert service.probes == 1 + len(geocoding.PAUSES_BEFORE_GIVING_UP)
    service.is_down = False
    service.table = {("21202", "10 market st"): Known(DOOR)}
    assert geocoding.geocode().outcomes == {"match": 1}


def test_a_service_that_goes_down_is_left_alone_after_one_file(service, settings):
    settings.CENSUS_BATCH_SIZE = 2
    for number in range(1, 7):
        make_clinic(f"{number} Market Street")

    def go_down(number):
        service.is_down = number == 2

    service.on_file = go_down
    service.faults = ["without_fault", "status_500"]
    assert "status 503" in geocoding.geocode().stopped
    assert len(service.files) == 2
    assert Counter(outcome for outcome, _ in lookups().values()) == {"no-match": 2, "waiting": 2}


def test_a_reason_is_cut_to_its_column_whoever_writes_it(service):
    make_clinic()
    place = next(queue.due("census"))
    queue.take("census", [place], "1")
    assert queue.give_back("census", "no\x00answer" + 400 * "!") == 1
    assert AddressLookup.objects.get().reason == "no answer" + 191 * "!"


def test_two_runs_at_once_are_refused(service, monkeypatch, tmp_path):
    monkeypatch.setattr(geocoding, "LOCK_SECONDS", 0)
    make_clinic()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [geocoding.LOCK])
            with pytest.raises(geocoding.GeocodingBusy):
                geocoding.geocode()
            (tmp_path / "answer.csv").write_text('"1","1 Elm St, Boston, MA, 02139","No_Match"\n')
            with pytest.raises(CommandError, match="Another run is at work"):
                call_command("geocode_clinics", read_file=tmp_path / "answer.csv")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [geocoding.LOCK])
    finally:
        other.close()
    assert service.files == []
    assert geocoding.geocode().asked == 1


def test_without_a_geocoder_nobody_is_asked(service, settings):
    settings.GEOCODER = ""
    make_clinic()
    with pytest.raises(GeocoderUnavailable, match="GEOCODER=census"):
        geocoding.geocode()
    assert geocoding.geocode_due() == "GEOCODER is not set."
    assert (service.files, service.probes) == ([], 0)


def test_a_job_for_one_clinic_asks_for_no_other(service):
    make_clinic("1 Market Street")
    clinic = make_clinic("2 Market Street")
    assert geocoding.geocode_clinic(clinic.pk) == "1 not found."
    assert streets(service)[0] == ["2 Market Street"]


def test_a_job_fails_if_the_service_does_so_that_it_is_tried_again(service):
    make_clinic()
    service.is_down = True
    with pytest.raises(GeocoderUnavailable, match="status 503"):
        geocoding.geocode_due()


def test_a_job_whose_time_is_up_is_followed_by_another(service, monkeypatch):
    make_clinic()
    monkeypatch.setattr(geocoding, "JOB_SECONDS", -1)
    assert geocoding.geocode_due() == "Nothing was due. The time of one job is up."
    assert [job.task["func"] for job in OrmQ.objects.all()] == ["clinics.locations.geocoding.geocode_due"]
