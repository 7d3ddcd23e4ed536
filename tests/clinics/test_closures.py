"""Closed for some days: begins and ends by the clock of the clinic, and every list, page and file honors it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from clinics import rules
from clinics.closings import closed_text, closing_text
from clinics.models import Clinic, Closure, CountyNotice
from clinics.models.closures import MOST_DAYS, counties_with_clinics, midnight
from clinics.open_data import hsds
from clinics.open_data.files import rows
from clinics.search import queries
from clinics.search.filters import ClinicFilter
from clinics.search.results import Search
from clinics.typed_hours import parse_week
from tests.clinics.factories import ClosureFactory, CountyNoticeFactory
from tests.factories import HONOLULU, TOWSON, make_clinic

pytestmark = pytest.mark.django_db

ALWAYS = {"open_hours": parse_week("24/7")}
MONDAY = date(2026, 11, 30)
MONDAY_NOON = datetime(2026, 11, 30, 17, tzinfo=UTC)  # in Baltimore; in Honolulu it is seven in the morning
OPEN_NOW = "near=21202&radius=any&treats=any&access=open-now"
IN_HAWAII = {"city": "Honolulu", "state": "HI", "zip_code": "96813", "at": HONOLULU}


def at(moment: datetime):
    return time_machine.travel(moment, tick=False)


def names_open_now(query: str = OPEN_NOW) -> set[str]:
    return {clinic.name for clinic in Search(ClinicFilter(QueryDict(query))).results}


def count_open_now() -> int:
    return Search(ClinicFilter(QueryDict(OPEN_NOW))).count


# The clock


@pytest.mark.parametrize(
    ("place", "midnight_in_utc"),
    [({}, datetime(2026, 12, 1, 5, tzinfo=UTC)), (IN_HAWAII, datetime(2026, 12, 1, 10, tzinfo=UTC))],
    ids=["Baltimore", "Honolulu"],
)
def test_it_ends_by_itself_at_the_clinics_own_midnight(place, midnight_in_utc):
    clinic = make_clinic("Mill", **ALWAYS, **place)
    with at(MONDAY_NOON):
        clinic.close_through(MONDAY, source="owner", by=None)
        assert names_open_now() == set()
        assert closed_text(Clinic.objects.get()) == "Closed today, says the clinic"
    with at(MONDAY_NOON - timedelta(seconds=1)):
        assert names_open_now() == {"Mill"}
    with at(midnight_in_utc - timedelta(seconds=1)):
        assert names_open_now() == set()
    with at(midnight_in_utc):
        assert names_open_now() == {"Mill"}
        assert closed_text(Clinic.objects.get()) == ""
    assert Closure.objects.count() == 1, "it stays as history"


def test_through_a_later_day_the_last_day_is_named_and_then_is_today():
    clinic = make_clinic("Mill", **ALWAYS)
    with at(MONDAY_NOON):
        clinic.close_through(date(2026, 12, 2), source="editor", by=None, reason="weather")
        assert closed_text(clinic) == "Closed through Wednesday, December 2 (bad weather), say our editors"
        with override("es"):
            assert closed_text(clinic) == (
                "Cerrada hasta el miércoles 2 de diciembre inclusive (mal tiempo), según nuestros editores"
            )
    with at(datetime(2026, 12, 2, 17, tzinfo=UTC)):
        assert closed_text(Clinic.objects.get()) == "Closed today (bad weather), say our editors"


def test_days_are_days_where_clocks_are_set_back():
    clinic = make_clinic("Mill", **ALWAYS)
    with at(datetime(2026, 10, 31, 16, tzinfo=UTC)):
        clinic.close_through(date(2026, 11, 1), source="owner", by=None)
    assert clinic.closures.get().ends_at == datetime(2026, 11, 2, 5, tzinfo=UTC)  # a day of 25 hours
    assert clinic.closures.get().last_day == date(2026, 11, 1)


def test_a_clinic_whose_zone_nobody_states_counts_its_days_by_its_zip_code():
    clinic = make_clinic("Mill", city="Pensacola", state="FL", zip_code="32501")
    assert clinic.time_zone == ""
    with at(MONDAY_NOON):
        clinic.close_through(MONDAY, source="owner", by=None)
    assert clinic.closures.get().ends_at == midnight(date(2026, 12, 1), "America/Chicago")


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (MONDAY - timedelta(days=1), "before the first"),
        (MONDAY + timedelta(days=MOST_DAYS), "At most 14 days at a time"),
    ],
)
def test_it_has_an_end_within_two_weeks(last, sentence):
    clinic = make_clinic("Mill")
    with at(MONDAY_NOON), pytest.raises(ValidationError, match=sentence):
        clinic.close_through(last, source="owner", by=None)
    with at(MONDAY_NOON):
        clinic.close_through(MONDAY + timedelta(days=MOST_DAYS - 1), source="owner", by=None)
    assert clinic.closures.count() == 1


@pytest.mark.parametrize("days", [0, -1, 16])
def test_the_database_refuses_one_without_an_end_or_too_long(days):
    starts_at = MONDAY_NOON
    with pytest.raises(IntegrityError), transaction.atomic():
        ClosureFactory(starts_at=starts_at, ends_at=starts_at + timedelta(days=days))


def test_the_same_again_adds_nothing_and_other_days_replace_it():
    clinic = make_clinic("Mill", **ALWAYS)
    with at(MONDAY_NOON):
        clinic.close_through(MONDAY, source="owner", by=None, reason="staff")
    with at(MONDAY_NOON + timedelta(minutes=1)):
        clinic.close_through(MONDAY, source="owner", by=None)
        assert [closure.reason for closure in clinic.closures.all()] == ["staff"]
        clinic.close_through(date(2026, 12, 3), source="owner", by=None)
        assert clinic.closures.active().get().last_day == date(2026, 12, 3)
        assert clinic.closures.count() == 2
        clinic.close_through(date(2026, 12, 1), source="owner", by=None)  # said and taken back within one moment
        assert clinic.closures.active().get().last_day == date(2026, 12, 1)
        assert clinic.closures.count() == 2


def test_open_after_all_holds_at_once():
    clinic = make_clinic("Mill", **ALWAYS)
    with at(MONDAY_NOON):
        clinic.close_through(date(2026, 12, 3), source="owner", by=None)
    with at(MONDAY_NOON + timedelta(hours=1)):
        assert clinic.reopen() is True
        assert names_open_now() == {"Mill"}
        assert clinic.reopen() is False
    with at(MONDAY_NOON + timedelta(minutes=59)):
        assert names_open_now() == set()


def test_a_merged_clinic_hands_on_that_it_is_closed():
    kept, merged = make_clinic("Kept"), make_clinic("Merged")
    merged.close_through(timezone.localdate(), source="owner", by=None)
    merged.merge_into(kept)
    assert kept.closures.active().count() == 1


# Notices


def test_a_county_notice_on_300_clinics_comes_and_goes_without_touching_their_rows():
    for number in range(300):
        make_clinic(f"Mill {number}", **ALWAYS)
    make_clinic("Outside", at=TOWSON, city="Towson", zip_code="21204", **ALWAYS)
    before = rows_of_the_table()
    with at(MONDAY_NOON - timedelta(minutes=1)):
        assert count_open_now() == 301
    with at(MONDAY_NOON):
        notice = CountyNoticeFactory()
        assert CountyNotice.objects.with_clinic_count().get().clinic_count == 300
        assert count_open_now() == 1
        assert names_open_now() == {"Outside"}
    with at(notice.ends_at - timedelta(seconds=1)):
        assert count_open_now() == 1
    with at(notice.ends_at):
        assert count_open_now() == 301
    with at(MONDAY_NOON + timedelta(hours=1)):
        notice.end()
        assert count_open_now() == 301
    assert rows_of_the_table() == before


def rows_of_the_table() -> list[tuple]:
    """Each clinic with the transaction that wrote its row last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, ctid::text, updated_at FROM clinics_clinic ORDER BY id")
        return cursor.fetchall()


def test_it_is_looked_up_in_the_index_alone_and_once():
    """The counts of a search read no clinic, and both lists of who is closed are made once for all rows."""
    for number in range(40):
        make_clinic(f"Mill {number}", **ALWAYS)
    with at(MONDAY_NOON):
        CountyNoticeFactory()
        criteria = ClinicFilter(QueryDict("near=21202&treats=any")).criteria
        sql, parameters = queries.masks(criteria, 25, 50_000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")  # a tiny table
        cursor.execute(f"EXPLAIN {sql}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using clinic_by_nearness" in plan
    assert plan.count("clinics_clinic") == 1
    assert plan.count("SubPlan") == 2
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (VERBOSE) {sql}", parameters)
        assert "hashed SubPlan 1" in "\n".join(line for (line,) in cursor.fetchall())


def test_a_notice_says_may_be_closed_and_never_that_it_is():
    make_clinic("Mill", **ALWAYS)
    with at(MONDAY_NOON):
        CountyNoticeFactory()
        clinic = Clinic.objects.with_closings().get()
        assert closing_text(clinic) == (
            "May be closed, call first: storm notice for Baltimore city through Tuesday, December 1 "
            "(National Weather Service)"
        )
        assert clinic.open_status is None
        with override("es"):
            assert closing_text(clinic).startswith(
                "Posible cierre, llame antes: aviso de tormenta para Baltimore city"
            )


def test_hours_that_say_closed_stay_so_under_a_notice():
    make_clinic("Mill", open_hours=parse_week("Sat 9:00-10:00"))
    with at(MONDAY_NOON):
        CountyNoticeFactory()
        assert Clinic.objects.with_closings().get().open_status.is_open is False


def test_the_counties_to_choose_from_are_those_with_listed_clinics():
    make_clinic("Mill")
    make_clinic("Gone", is_listed=False, zip_code="10001", state="NY")
    make_clinic("Towson", zip_code="21204")
    assert counties_with_clinics() == [("MD", "Baltimore County", 1), ("MD", "Baltimore city", 1)]


# Where readers meet it


def json_of(client, **query) -> dict:
    [result] = client.get("/clinics/", {"near": "21202", "format": "json", **query}).json()["results"]
    return result


def test_the_json_says_why_until_when_and_who_says_so(client):
    make_clinic("Mill", **ALWAYS)
    with at(MONDAY_NOON):
        assert [json_of(client)[name] for name in ("closed", "notice")] == [None, None]
        Clinic.objects.get().close_through(MONDAY, source="owner", by=None, reason="weather")
        result = json_of(client)
        assert result["closed"] == {"reason": "weather", "until": "2026-12-01T05:00:00+00:00", "source": "owner"}
        assert result["access"]["open_now"] is False
        Clinic.objects.get().reopen()
        CountyNoticeFactory(text_en="Roads are flooded.")
        result = json_of(client)
        assert (result["closed"], result["access"]["open_now"]) == (None, None)
        assert result["notice"] == {
            "kind": "storm",
            "county": "Baltimore city",
            "text": "Roads are flooded.",
            "until": "2026-12-02T05:00:00+00:00",
            "source": "National Weather Service",
            "source_url": "https://weather.example/",
        }


def test_hsds_says_temporarily_closed_with_the_day_and_a_notice_in_its_alert():
    make_clinic("Mill")
    with at(MONDAY_NOON):
        Clinic.objects.get().close_through(MONDAY, source="owner", by=None)
        CountyNoticeFactory()
        with override("es"):
            tables = hsds.tables_of(list(rows()), lambda path: f"https://waypost.example{path}")
    hsds.check(tables)
    [service] = tables["service"]
    assert service["status"] == "temporarily closed"
    assert service["alert"] == (
        "Closed through Monday, November 30, says the clinic. May be closed, call first: storm notice for "
        "Baltimore city through Tuesday, December 1 (National Weather Service)."
    )


PAGES = {
    "results": "/clinics/?near=21202",
    "plain text": "/t/21202",
    "city": "/locations/md/baltimore/",
    "tonight": "/tonight/?near=21202",
    "sheet": "/clinics/compare/?id={pk}",
    "clinic": "/clinics/{pk}/mill-baltimore/",
}
every_page = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)


@every_page
def test_every_page_says_closed_today_in_place_of_open_now(client, path):
    clinic = make_clinic("Mill", services=["methadone"], **ALWAYS)
    address = path.format(pk=clinic.pk)
    with at(MONDAY_NOON):
        clinic.close_through(MONDAY, source="owner", by=None)
        text = client.get(address).content.decode()
        assert "Closed today, says the clinic" in text
        assert "Open now</strong>" not in text
        spanish = client.get(f"/es{address}").content.decode()
        assert "Cerrada hoy, según la clínica" in spanish
    with at(datetime(2026, 12, 1, 5, tzinfo=UTC)):
        assert "Closed today" not in client.get(address).content.decode()


def test_what_is_true_of_all_rows_is_said_once(client):
    for name in ("Mill", "Kiln"):
        make_clinic(name, services=["methadone"], **ALWAYS)
    with at(MONDAY_NOON):
        CountyNoticeFactory()
        assert client.get("/clinics/?near=21202").content.decode().count("storm notice for") == 1
        make_clinic("Towson", services=["methadone"], at=TOWSON, zip_code="21204")
        assert client.get("/clinics/?near=21202").content.decode().count("storm notice for") == 2


@every_page
def test_every_page_tells_of_a_notice_with_its_source(client, path):
    clinic = make_clinic("Mill", services=["methadone"], **ALWAYS)
    make_clinic("Kiln", services=["methadone"], **ALWAYS)
    with at(MONDAY_NOON):
        CountyNoticeFactory()
        text = client.get(path.format(pk=clinic.pk)).content.decode()
        sentence = "May be closed, call first: storm notice for Baltimore city through Tuesday, December 1"
        assert sentence in text
        assert "Open now</strong>" not in text


@every_page
def test_on_a_federal_holiday_hours_may_differ(client, path):
    clinic = make_clinic("Mill", services=["methadone"], **ALWAYS)
    with at(datetime(2026, 11, 26, 17, tzinfo=UTC)):
        text = client.get(path.format(pk=clinic.pk)).content.decode()
        assert text.count("Today is Thanksgiving: hours may differ") == 1
    with at(datetime(2026, 11, 27, 17, tzinfo=UTC)):
        assert "Thanksgiving" not in client.get(path.format(pk=clinic.pk)).content.decode()


@every_page
@pytest.mark.parametrize("cause", ["closure", "notice"])
def test_guest_dosing_is_told_of_closed_methadone_programs_alone(client, path, cause):
    program = make_clinic("Mill", services=["methadone", "opioid-treatment-program"], **ALWAYS)
    office = make_clinic("Mill", services=["buprenorphine-in-treatment"], at=TOWSON, zip_code="21204", **ALWAYS)
    for clinic, is_told in ((program, True), (office, False)):
        with at(MONDAY_NOON):
            address = path.format(pk=clinic.pk)
            assert "guest dosing" not in client.get(address).content.decode()
            if cause == "closure":
                clinic.close_through(MONDAY, source="owner", by=None)
            else:
                CountyNoticeFactory(counties=["Baltimore city" if clinic == program else "Baltimore County"])
            assert ("guest dosing" in client.get(address).content.decode()) is is_told
        Closure.objects.all().delete()
        CountyNotice.objects.all().delete()


def test_the_page_of_a_closed_methadone_program_tells_the_rule_and_who_is_near(client):
    rules.load()
    program = make_clinic("Mill", services=["methadone", "opioid-treatment-program"])
    make_clinic("Kiln", services=["methadone"], at=TOWSON)
    address = f"/clinics/{program.pk}/mill-baltimore/"
    with at(MONDAY_NOON):
        assert "opioid treatment authority" not in client.get(address).content.decode()
        program.close_through(MONDAY, source="owner", by=None)
        text = client.get(address).content.decode()
        assert "opioid treatment authority of your state" in text
        assert "State Opioid Treatment Authority" in client.get(f"/es{address}").content.decode()
        assert "Kiln" in text


def test_tonight_offers_a_closed_clinic_last(client):
    make_clinic("Near", services=["methadone"], **ALWAYS).close_through(date(2026, 12, 2), source="owner", by=None)
    closed = Closure.objects.get()
    Closure.objects.filter(pk=closed.pk).update(starts_at=MONDAY_NOON, ends_at=MONDAY_NOON + timedelta(days=2))
    make_clinic("Far", services=["methadone"], at=TOWSON)
    with at(MONDAY_NOON):
        text = client.get("/tonight/?near=21202").content.decode()
    assert text.index(">Far<") < text.index(">Near<")


PATHS = [
    *PAGES.values(),
    *(f"/clinics/?near=21202&{query}" for query in ("access=open-now", "format=geojson", "q=Mill")),
]


@pytest.mark.parametrize("path", PATHS)
def test_no_page_asks_the_database_more_for_it(client, path, django_assert_max_num_queries):
    clinics = [make_clinic(f"Mill {number}", services=["methadone"], **ALWAYS) for number in range(12)]
    address = path.format(pk=clinics[0].pk).replace("mill-", "mill-0-")
    with at(MONDAY_NOON):
        client.get(address)
        with CaptureQueriesContext(connection) as before:
            client.get(address)
        for clinic in clinics:
            clinic.close_through(MONDAY, source="owner", by=None)
        CountyNoticeFactory()
        of_others_nearby = path == PAGES["clinic"]
        with django_assert_max_num_queries(len(before) + of_others_nearby):
            assert client.get(address).status_code == 200
