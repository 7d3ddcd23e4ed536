"""Where clinics stand, and the page on which an editor pins those that nobody could find."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinics.locations.placing import place_clinics
from clinics.models import AddressLookup, AddressPoint, Clinic
from tests.clinics.admin.admin_client import INLINE, history
from tests.clinics.imports.directories import ELM_STREET, import_rows, row

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:clinics_geocoding")
MOST_QUERIES = 16  # two of them are the session and the user
NEAR_ELM = "42.3664, -71.1030"
IN_OHIO = "39.9612, -82.9988"
Outcome = AddressLookup.Outcome


def look_up(address: str, outcome: str = Outcome.NO_MATCH, *, zip_code="02139", **fields) -> AddressLookup:
    return AddressLookup.objects.create(
        geocoder="census", zip_code=zip_code, address=address, outcome=outcome, times_asked=1, **fields
    )


@pytest.fixture
def elm() -> Clinic:
    """A clinic whose address the geocoder does not know."""
    import_rows(row())
    look_up("22 elm st", reason="not in its tables")
    return Clinic.objects.get()


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_it_says_how_many_stand_where_by_state(desk):
    import_rows(
        row(name="Exact", **ELM_STREET),
        row(name="Rough", street="9 Oak Street"),
        row(name="Towson", street="1 York Road", city="Towson", state="MD", zip_code="21204"),
    )
    page = text_of(desk.get(PAGE))
    assert "1 of 3 listed clinics (33%) stand at their own address; 2 at the middle of their ZIP code." in page
    by_state = desk.get(PAGE).context["by_state"]
    assert {state: qualities.in_order for state, qualities in by_state.items()} == {
        "MA": [0, 1, 1, 0],
        "MD": [0, 0, 1, 0],
    }
    assert not INLINE.search(desk.get(PAGE).content)


def test_it_says_what_the_geocoder_answered_and_why(desk, elm, settings):
    look_up("1 york rd", Outcome.TIE, zip_code="21204", reason="two places in Towson")
    import_rows(row(), row(line=3, name="Not asked for yet", street="9 Oak Street"))
    page = text_of(desk.get(PAGE))
    assert "No <code>GEOCODER</code> is set" in page
    for words in ("not in its tables (1)", "two places in Towson (1)", "1 address is due", "None was asked yet"):
        assert words in page
    settings.GEOCODER = "census"
    assert "<code>GEOCODER=census</code>" in text_of(desk.get(PAGE))


def test_a_pasted_point_is_a_pin_and_the_clinic_leaves_the_list(desk, elm):
    assert [found.clinic for found in desk.get(PAGE).context["rows"]] == [elm]
    response = desk.post(PAGE, {f"point-{elm.pk}": NEAR_ELM}, follow=True)
    assert f"{elm} is pinned at 42.36640, -71.10300." in text_of(response)
    elm.refresh_from_db()
    assert (elm.latitude, elm.longitude, elm.point_quality, elm.point_source) == (
        42.3664,
        -71.1030,
        "rooftop",
        "editor",
    )
    assert response.context["rows"] == []
    assert history(elm) == ["Pinned at 42.36640, -71.10300."]


def test_several_points_are_saved_at_once_and_a_wrong_one_is_not_lost(desk, elm):
    import_rows(row(), row(line=3, name="Oak", street="9 Oak Street"))
    look_up("9 oak st")
    oak = Clinic.objects.get(name="Oak")
    response = desk.post(PAGE, {f"point-{elm.pk}": NEAR_ELM, f"point-{oak.pk}": IN_OHIO})
    assert Clinic.objects.get(pk=elm.pk).point_source == "editor"
    [left] = response.context["rows"]
    assert (left.clinic, left.typed) == (oak, IN_OHIO)
    assert "39.96120, -82.99880 is " in left.error
    assert "mend it on the clinic" in text_of(response)
    assert Clinic.objects.get(pk=oak.pk).point_quality == "zip"


@pytest.mark.parametrize("typed", ["nowhere", "02139", "https://maps.app.goo.gl/AbCdEf"])
def test_what_holds_no_point_is_said_and_stays(desk, elm, typed):
    response = desk.post(PAGE, {f"point-{elm.pk}": typed})
    assert "There is no point in that." in text_of(response)
    assert f'value="{typed}"' in response.content.decode()
    assert not AddressPoint.objects.exists()


def test_a_clinic_that_is_right_as_it_is_gets_its_point_as_a_pin(desk):
    import_rows(row(**ELM_STREET))
    Clinic.objects.update(point_problem="Its ZIP code is of another town.")
    clinic = Clinic.objects.get()
    assert "It is right as it is" in text_of(desk.get(PAGE))
    desk.post(PAGE, {"keep": clinic.pk})
    clinic.refresh_from_db()
    assert (clinic.coordinates, clinic.point_source) == (tuple(ELM_STREET.values()), "editor")
    assert desk.get(PAGE).context["rows"] == []


def test_what_a_person_pinned_is_asked_no_more_even_if_its_zip_code_contradicts_it(desk):
    import_rows(row(**ELM_STREET))
    Clinic.objects.update(point_problem="Its ZIP code is of another town.", point_source="owner")
    assert desk.get(PAGE).context["rows"] == []


def test_the_middle_of_a_zip_code_is_never_right_as_it_is(desk, elm):
    assert "It is right as it is" not in text_of(desk.get(PAGE))
    desk.post(PAGE, {"keep": elm.pk})
    assert not AddressPoint.objects.exists()


def test_an_address_that_got_a_point_by_another_way_is_no_longer_shown(desk, elm):
    import_rows(row(**ELM_STREET), source="samhsa-locator", edition="2020", points_only=True)
    assert desk.get(PAGE).context["rows"] == []


def test_clinics_at_one_address_are_one_row(desk, elm):
    import_rows(row(), row(line=3, name="Also There"))
    [found] = desk.get(PAGE).context["rows"]
    assert [clinic.name for clinic in found.clinics] == ["Also There", "Hope Recovery Center"]
    desk.post(PAGE, {found.field: NEAR_ELM})
    assert set(Clinic.objects.values_list("point_source", flat=True)) == {"editor"}


def test_it_is_asked_by_state_and_by_what_is_wrong(desk, elm):
    import_rows(row(), row(line=3, name="Towson", street="1 York Road", city="Towson", state="MD", zip_code="21204"))
    look_up("1 york rd", Outcome.TIE, zip_code="21204")
    names = lambda query: [found.clinic.name for found in desk.get(PAGE + query).context["rows"]]  # noqa: E731
    assert names("?state=MD") == ["Towson"]
    assert names("?state=MA") == ["Hope Recovery Center"]
    assert names("?state=MA&why=tie") == []
    assert names("?why=tie") == ["Towson"]
    assert names("?why=nonsense&state=XX&page=nine") == ["Towson"]


def test_its_pages_cost_the_same_however_many_wait(desk):
    streets = [f"{number} Oak Street" for number in range(1, 61)]
    import_rows(*(row(line=number, name=f"Clinic {number}", street=street) for number, street in enumerate(streets)))
    look_up("1 oak st")
    desk.get(PAGE)  # what is looked up once a process
    with CaptureQueriesContext(connection) as few:
        desk.get(PAGE)
    for number in range(2, 61):
        look_up(f"{number} oak st")
    with CaptureQueriesContext(connection) as many:
        response = desk.get(PAGE)
    assert len(response.context["rows"]) == 25
    assert len(many) == len(few) <= MOST_QUERIES
    assert "Page 1 of 3" in text_of(response)
    assert len(desk.get(f"{PAGE}?page=3").context["rows"]) == 10


def test_who_may_only_look_pins_nothing(viewer_desk, elm):
    assert "Save" not in text_of(viewer_desk.get(PAGE)).partition("look-at-these")[2]
    assert viewer_desk.post(PAGE, {f"point-{elm.pk}": NEAR_ELM}).status_code == 403
    assert not AddressPoint.objects.exists()


def test_the_first_page_of_the_admin_leads_there(desk, elm):
    place_clinics()
    page = text_of(desk.get(reverse("admin:index")))
    assert PAGE in page
    assert "0 of 1 listed clinics (0%) stand at their own address" in page
