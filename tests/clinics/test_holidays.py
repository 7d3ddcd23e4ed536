"""Federal holidays: the day itself, the weekday on which offices observe it, at each clinic's own date."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils.translation import override

from clinics import closings
from clinics.holidays import BITS, NAMES, USUAL_ZONES, WITHOUT, Holiday, federal_holiday_on, holiday_at
from clinics.models import Clinic, Source
from clinics.models.closures import closed_for_holiday
from clinics.models.places import time_zone_of
from clinics.questions import stated
from clinics.search import facets
from clinics.states import state_names
from tests.factories import make_clinic

THANKSGIVING = date(2026, 11, 26)
# As the Office of Personnel Management lists them; 4 July 2026 is a Saturday.
DAYS_2026 = {
    date(2026, 1, 1): "new-year",
    date(2026, 1, 19): "martin-luther-king",
    date(2026, 2, 16): "washington",
    date(2026, 5, 25): "memorial",
    date(2026, 6, 19): "juneteenth",
    date(2026, 7, 3): "independence",
    date(2026, 9, 7): "labor",
    date(2026, 10, 12): "columbus",
    date(2026, 11, 11): "veterans",
    THANKSGIVING: "thanksgiving",
    date(2026, 12, 25): "christmas",
}


def test_the_eleven_days_of_a_year():
    found = {day: federal_holiday_on(day) for day in DAYS_2026}
    assert {day: holiday.key for day, holiday in found.items()} == DAYS_2026
    assert set(DAYS_2026.values()) == set(NAMES)
    assert found[date(2026, 7, 3)] == Holiday("independence", is_observed=True)
    assert federal_holiday_on(date(2026, 7, 4)) == Holiday("independence")
    assert federal_holiday_on(date(2026, 7, 6)) is None


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2027, 7, 5), Holiday("independence", is_observed=True)),  # the fourth is a Sunday
        (date(2027, 12, 31), Holiday("new-year", is_observed=True)),  # of the next year
        (date(2028, 2, 21), Holiday("washington")),
        (date(2028, 5, 29), Holiday("memorial")),
        (date(2032, 6, 18), Holiday("juneteenth", is_observed=True)),
        (date(2028, 2, 29), None),
        (date(2026, 11, 27), None),
    ],
)
def test_days_on_weekends_and_of_other_years(day, holiday):
    assert federal_holiday_on(day) == holiday


def test_the_holiday_begins_and_ends_at_the_clinics_own_midnight():
    last_minute_in_honolulu = datetime(2026, 11, 27, 9, 59, tzinfo=UTC)
    assert holiday_at("MD", "America/New_York", datetime(2026, 11, 26, 5, 0, tzinfo=UTC)).key == "thanksgiving"
    assert holiday_at("MD", "America/New_York", datetime(2026, 11, 26, 4, 59, tzinfo=UTC)) is None
    assert holiday_at("MD", "America/New_York", last_minute_in_honolulu) is None
    assert holiday_at("HI", "", last_minute_in_honolulu).key == "thanksgiving"
    assert holiday_at("HI", "", datetime(2026, 11, 27, 10, 0, tzinfo=UTC)) is None
    assert holiday_at("PW", "Pacific/Palau", datetime(2026, 11, 26, 5, 0, tzinfo=UTC)) is None


@pytest.mark.django_db
def test_a_state_without_hours_has_the_zone_of_most_of_its_zip_codes():
    assert set(USUAL_ZONES) | set(WITHOUT) == set(state_names())
    noon = datetime(2026, 11, 26, 17, tzinfo=UTC)
    for state, zone in USUAL_ZONES.items():
        own = time_zone_of("", state)
        assert noon.astimezone(ZoneInfo(own)).utcoffset() == noon.astimezone(ZoneInfo(zone)).utcoffset()


def test_words_in_both_languages():
    clinic = Clinic(state="MD", time_zone="America/New_York")
    at = datetime(2026, 11, 26, 17, tzinfo=UTC)
    assert closings.holiday_text(clinic, at) == "Today is Thanksgiving: hours may differ"
    assert closings.holiday_text(clinic, datetime(2026, 7, 3, 17, tzinfo=UTC)) == (
        "Independence Day is observed today: hours may differ"
    )
    assert closings.holiday_text(clinic, datetime(2026, 11, 27, 17, tzinfo=UTC)) == ""
    with override("es"):
        assert closings.holiday_text(clinic, at) == "Hoy es el Día de Acción de Gracias: el horario puede cambiar"


@pytest.mark.django_db
def test_a_clinic_that_says_so_is_closed_that_day_and_no_other_clinic():
    always = {"open_hours": ((0, 7 * 24 * 60),), "zip_code": "21202"}
    silent, closed = make_clinic("Silent", **always), make_clinic("Closed", **always)
    stated.state(closed, {"holidays_closed": ["christmas", "thanksgiving"]}, Source.OWNER, date(2026, 11, 1))
    with time_machine.travel(datetime(2026, 11, 1, 17, tzinfo=UTC), tick=False):
        closed.save()
    with time_machine.travel(datetime(2026, 11, 26, 17, tzinfo=UTC), tick=False):
        assert closed_for_holiday(closed, datetime.now(UTC)) == Holiday("thanksgiving")
        assert closings.closed_text(closed) == "Closed today for Thanksgiving, says the clinic"
        assert closed.open_status.is_open is False
        assert silent.open_status.is_open is True
        assert closings.closed_text(silent) == ""
        assert names_open_now() == ["Silent"]
    with time_machine.travel(datetime(2026, 11, 27, 17, tzinfo=UTC), tick=False):
        assert closed.open_status.is_open is True
        assert names_open_now() == ["Closed", "Silent"]


def names_open_now() -> list[str]:
    found = Clinic.objects.with_availability().with_facets({"access": [facets.VALUES["access/open-now"]]})
    return list(found.order_by("name").values_list("name", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "zip_code", "hours"), [("MD", "21202", 5), ("HI", "96813", 10), ("GU", "96910", -10)]
)
def test_the_search_and_the_page_agree_on_both_sides_of_both_midnights_of_a_holiday(state, zip_code, hours):
    clinic = make_clinic(open_hours=((0, 7 * 24 * 60),), state=state, zip_code=zip_code)
    begins = datetime(2026, 12, 25, tzinfo=UTC) + timedelta(hours=hours)  # of Christmas, where the clinic is
    stated.state(clinic, {"holidays_closed": ["christmas"]}, Source.OWNER, date(2026, 12, 1))
    with time_machine.travel(datetime(2026, 12, 1, 17, tzinfo=UTC), tick=False):
        clinic.save()
    minute, day = timedelta(minutes=1), timedelta(days=1)
    for moment, is_open in ((begins - minute, 1), (begins, 0), (begins + day - minute, 0), (begins + day, 1)):
        with time_machine.travel(moment, tick=False):
            assert clinic.open_status.is_open is bool(is_open)
            assert len(names_open_now()) == is_open


def test_every_holiday_has_a_bit_of_its_own_and_a_name_in_both_languages():
    assert set(BITS) == set(NAMES)
    assert len(set(BITS.values())) == len(BITS)


@pytest.mark.django_db
def test_on_the_weekday_that_offices_observe_nobody_knows_whether_it_is_open():
    clinic = make_clinic("Observed", open_hours=((0, 7 * 24 * 60),))
    stated.state(clinic, {"holidays_closed": ["independence"]}, Source.OWNER, date(2026, 6, 1))
    with time_machine.travel(datetime(2026, 7, 3, 17, tzinfo=UTC), tick=False):  # the fourth is a Saturday
        clinic.save()
        assert clinic.open_status is None
        assert closings.closed_text(clinic) == ""
        assert closings.holiday_text(clinic) == "Independence Day is observed today: hours may differ"
        assert names_open_now() == []
    with time_machine.travel(datetime(2026, 7, 4, 17, tzinfo=UTC), tick=False):
        assert clinic.open_status.is_open is False
        assert closings.closed_text(clinic) == "Closed today for Independence Day, says the clinic"
