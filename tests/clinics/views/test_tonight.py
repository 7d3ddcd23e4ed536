"""The ladder of one night: a step for everybody, none expired, in both languages."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.cache import caches
from django.core.management import call_command
from django.utils.html import strip_tags

from clinics import rules, shipped, state_lines
from clinics.models import Confirmation, Rule, Source, StateLine
from clinics.questions import stated
from clinics.typed_hours import parse_week
from clinics.views.tonight import IF_USED_TODAY, OF_EMERGENCY
from tests.clinics.factories import HospitalFactory, StateLineFactory
from tests.factories import BALTIMORE, TOWSON, WASHINGTON, make_clinic

pytestmark = pytest.mark.django_db
RUNGS = ("clinics", "telehealth", "emergency", "lines", "used-today")
MONDAY_NOON = datetime(2026, 11, 30, 17, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 12, 1, 4, 40, tzinfo=UTC)  # 23:40 in Baltimore


@pytest.fixture(autouse=True)
def nothing_remembered():
    caches["process"].clear()
    yield
    caches["process"].clear()


def page(client, path: str, at=MONDAY_NIGHT) -> str:
    with time_machine.travel(at, tick=False):
        response = client.get(path)
    assert response.status_code == 200, path
    assert not response.cookies
    return response.content.decode().split("<main")[1].split("</main>")[0]


def rung(html: str, name: str) -> str:
    """The text of one rung, by its id."""
    text = html.partition(f'<li id="{name}">')[2]
    assert text, name
    return " ".join(strip_tags(text.split('<li id="')[0]).split())


def make_open(name="Open", **facts):
    clinic = make_clinic(name, open_hours=parse_week("24/7"), time_zone="America/New_York", **facts)
    Confirmation.objects.filter(clinic=clinic).update(confirmed_on=date(2026, 11, 29))
    return clinic


def test_without_a_place_it_asks_for_one_and_says_what_holds_everywhere(client):
    html = page(client, "/tonight/")
    assert "Type where you are" in html
    for name in RUNGS:
        assert rung(html, name)
    assert "1-800-662-4357" in rung(html, "lines")


def test_it_shows_who_says_that_they_are_open_at_this_hour(client):
    make_open("Never closed", at=BALTIMORE)
    make_clinic("Office hours", at=TOWSON, open_hours=parse_week("Mon-Fri 8-17"), time_zone="America/New_York")
    at_night, at_noon = page(client, "/tonight/?near=21202"), page(client, "/tonight/?near=21202", MONDAY_NOON)
    assert "They say that they are open now" in at_night
    assert "Never closed" in at_night
    assert "Others near here." in at_night.partition("Never closed")[2].partition("Office hours")[0]
    assert "Others near here." not in at_noon
    assert "Office hours" in at_noon


def test_where_nobody_says_so_the_nearest_are_shown_as_such(client):
    make_clinic("Says nothing", at=BALTIMORE)
    text = rung(page(client, "/tonight/?near=21202"), "clinics")
    assert "None near here has told us that it is open now." in text
    assert "Says nothing" in text


def test_one_that_is_open_but_takes_nobody_new_is_no_rung(client):
    make_open("Takes nobody", at=BALTIMORE, accepting_new_patients=False)
    make_clinic("May take you", at=TOWSON)
    text = rung(page(client, "/tonight/?near=21202"), "clinics")
    assert "They say that they are open now" not in text
    assert text.index("May take you") < text.index("Takes nobody")


def test_a_clinic_that_is_open_but_far_is_no_rung_of_tonight(client):
    make_open("Open in Baltimore", at=BALTIMORE)
    assert "They say that they are open now" not in page(client, "/tonight/?near=96720")


def test_who_says_that_a_phone_call_is_enough_is_told_so_and_nobody_else(client):
    services = ["telehealth", "prescribes-buprenorphine"]
    for name, answer in (("By phone", True), ("By video", False), ("Silent", None)):
        clinic = make_clinic(name, state="MD", services=services, at=None)
        stated.state(clinic, {"phone_only": answer}, Source.OWNER)
        clinic.save()
    for prefix, words in (("", "Can start by phone alone"), ("/es", "Se puede empezar solo por teléfono")):
        text = rung(page(client, f"{prefix}/tonight/?near=21202"), "telehealth")
        assert text.count(words) == 1
        assert text.index("By phone") < text.index(words) < text.index("By video")


def test_telehealth_is_that_of_the_readers_state(client):
    services = ["telehealth", "prescribes-buprenorphine"]
    make_clinic("By phone in Maryland", at=TOWSON, services=services)
    assert "By phone in Maryland" in rung(page(client, "/tonight/?near=21202"), "telehealth")
    in_montana = rung(page(client, "/tonight/?near=59011"), "telehealth")
    assert "By phone in Maryland" not in in_montana
    assert (
        "No clinic in our directory says that it gives medicine for opioids by phone or video in Montana."
        in in_montana
    )


def test_who_was_told_in_the_first_step_is_not_told_again_in_the_second(client):
    services = ["telehealth", "prescribes-buprenorphine"]
    for number in range(3):
        make_clinic(f"Near {number}", at=BALTIMORE, services=services)
    alone = rung(page(client, "/tonight/?near=21202"), "telehealth")
    assert "Near 0" in alone
    make_clinic("Elsewhere", at=TOWSON, services=services)
    text = rung(page(client, "/tonight/?near=21202"), "telehealth")
    assert "Elsewhere" in text
    assert "Near" not in text


def test_emergency_departments_are_told_with_may_and_their_source(client):
    HospitalFactory()
    text = rung(page(client, "/tonight/?near=21202"), "emergency")
    assert "Clover Kite Hospital" in text
    assert "CMS, Hospital General Information, 2026-10-15." in text
    assert "may give a person up to a three-day supply" in text
    assert "21 CFR 1306.07(b)" in text
    assert "You can ask in any emergency department." in rung(page(client, "/tonight/?near=96720"), "emergency")


def test_a_states_own_line_is_told_until_its_day(client):
    line = StateLine.objects.get(state="NY")
    assert line.phone in rung(page(client, "/tonight/?near=10001"), "lines")
    assert line.phone not in rung(page(client, "/tonight/?near=21202"), "lines")
    StateLine.objects.update(valid_until=date(2026, 11, 30))
    last_second, next_day = datetime(2026, 12, 1, 4, 59, 59, tzinfo=UTC), datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert line.phone in rung(page(client, "/tonight/?near=10001", last_second), "lines")
    expired = rung(page(client, "/tonight/?near=10001", next_day), "lines")
    assert line.phone not in expired
    assert "1-800-662-4357" in expired


def test_no_step_tells_a_dose(client):
    for path in ("/tonight/?near=10001", "/es/tonight/?near=10001"):
        text = strip_tags(page(client, path))
        assert not re.search(r"\d\s?(mg|ml|milligram|miligramo)", text, re.IGNORECASE)


def test_every_sentence_of_law_or_medicine_has_its_source(client):
    html = page(client, "/tonight/?near=10001")
    shown = re.findall(r'id="rule-([a-z-]+)"', html)
    assert shown == [*rules.OF_TELEHEALTH, *OF_EMERGENCY, *IF_USED_TODAY]
    for rule in Rule.objects.filter(key__in=shown):
        assert rule.source in strip_tags(html).replace("&#x27;", "'")


def test_one_far_away_does_not_hide_the_nearest(client):
    make_open("Open in Washington", at=WASHINGTON)
    make_clinic("Round the corner", at=BALTIMORE)
    text = rung(page(client, "/tonight/?near=21202"), "clinics")
    assert text.index("Open in Washington") < text.index("Others near here.") < text.index("Round the corner")


def test_naltrexone_alone_is_no_help_in_withdrawal(client):
    make_clinic(
        "Naltrexone alone", at=BALTIMORE, services=["naltrexone-injection", "naltrexone-tablets", "telehealth"]
    )
    make_clinic("Both", at=TOWSON, services=["naltrexone-injection", "prescribes-buprenorphine", "telehealth"])
    html = page(client, "/tonight/?near=21202")
    assert "Naltrexone alone" not in html
    assert "Both" in rung(html, "clinics")


def test_over_the_sea_is_not_near(client):
    make_clinic("In Baltimore", at=BALTIMORE)
    make_clinic("In Towson", at=TOWSON)
    text = rung(page(client, "/tonight/?near=96910"), "clinics")  # Guam
    assert ("In Baltimore" in text) + ("In Towson" in text) == 1, "one, so that somebody can be asked"


def test_where_the_numbers_are_from_is_said_above_them(client):
    make_clinic("One", at=BALTIMORE)
    make_clinic("Two", at=TOWSON)
    text = rung(page(client, "/tonight/?near=21202"), "clinics")
    assert text.index("Phones: ") < text.index("One")


def test_of_a_state_nothing_is_called_the_nearest(client):
    make_clinic("Somewhere", at=BALTIMORE)
    text = rung(page(client, "/tonight/?near=Maryland+State"), "clinics")
    assert "Type a ZIP code to see the nearest." in text
    assert "These are the nearest" not in text


def test_an_overdose_is_answered_first(client):
    make_clinic("Somewhere", at=BALTIMORE)
    text = strip_tags(page(client, "/tonight/?near=overdose+21202"))
    assert text.index("911") < text.index("Call a clinic")


@pytest.mark.parametrize("phone", ["211", "12", "877-846-7369 or 211"])
def test_a_line_that_cannot_be_dialled_is_refused_in_the_admin(admin_client, phone):
    line = StateLine.objects.get(state="NY")
    address = f"/admin/clinics/stateline/{line.pk}/change/"
    form = admin_client.get(address).context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields}
    answer = admin_client.post(address, data | {"phone": phone})
    assert "is not a phone number" in answer.content.decode()
    assert admin_client.post(address, data | {"phone": "(800) 555-0100", "source_url": ""}).status_code == 302
    line.refresh_from_db()
    assert line.phone == "800-555-0100"


def test_a_line_that_is_closed_at_night_comes_after_those_that_answer(client):
    StateLineFactory(state="NY", name="A day line", hours_en="weekdays", is_day_and_night=False)
    text = rung(page(client, "/tonight/?near=10001"), "lines")
    assert text.index("HOPEline") < text.index("A day line")


def test_in_spanish(client):
    make_open("Never closed", at=BALTIMORE)
    html = page(client, "/es/tonight/?near=21202")
    assert "Esta noche cerca de Baltimore, MD 21202" in html
    assert "Dicen que están abiertas ahora" in html
    assert "Medicamento en una sala de emergencias" in html


@pytest.mark.parametrize("near", ["00000", "Springfield", "x" * 300, "-", "Texas", "39.29,-76.61"])
def test_whatever_is_typed_there_is_a_way_on(client, near):
    html = page(client, f"/tonight/?near={near}")
    assert rung(html, "lines")
    assert 'href="tel:+18006624357"' in html
    understood = near in ("Texas", "39.29,-76.61")
    assert ('role="alert"' in html) is not understood
    assert ("Springfield, IL" in html) is (near == "Springfield")


def test_it_asks_the_database_a_fixed_number_of_times(client, django_assert_max_num_queries):
    for number in range(8):
        make_open(f"Open {number}", at=BALTIMORE)
    client.get("/tonight/?near=21202")
    with django_assert_max_num_queries(14):
        client.get("/tonight/?near=21202")


def test_every_list_leads_there_with_its_place(client):
    make_clinic("Here", at=BALTIMORE)
    for path in ("/clinics/?near=21202", "/clinics/?near=21202&medication=methadone&radius=5"):
        assert 'href="/tonight/?near=21202#emergency"' in page(client, path)
    assert 'href="/tonight/#emergency"' in page(client, "/clinics/?near=00000")
    assert 'href="/es/tonight/?near=21202#lines"' in page(client, "/es/clinics/?near=21202")


def test_a_search_is_kept_from_robots_and_proxies(client):
    response = client.get("/tonight/?near=21202")
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"].startswith("private")
    assert "Disallow: /tonight/?" in client.get("/robots.txt").content.decode()
    assert client.post("/tonight/").status_code == 405


def test_the_shipped_lines_are_numbers_of_their_states_with_a_source_and_an_end(tmp_path):
    for line in StateLine.objects.all():
        assert re.fullmatch(r"8\d\d-\d{3}-\d{4}", line.phone), line
        assert line.source_url.startswith("https://"), line
        assert line.valid_until <= date(2027, 12, 31), line
    StateLine.objects.filter(state="NY").update(phone="800-555-0100", is_shipped=False)
    call_command("load_rules", verbosity=0)
    assert StateLine.objects.get(state="NY").phone == "800-555-0100", "a corrected number stays alone"
    (tmp_path / "state_lines.csv").write_text(
        state_lines.FILE.read_text(encoding="utf-8").replace(",NY,", ",XX,"), encoding="utf-8"
    )
    with pytest.raises(shipped.Unreadable, match="state"):
        state_lines.load(tmp_path / "state_lines.csv")
