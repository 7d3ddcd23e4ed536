import datetime
import re

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client

from clinics import urls as clinics_urls
from clinics.models import Clinic, ConfirmationRequest
from clinics.presets import PAGES, PRESETS
from clinics.states import neighbors_of, state_names
from clinics.verification.confirmation_links import link_path
from tests.factories import NEW_YORK, TOWSON, make_clinic

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.slug)
def test_a_preset_leads_to_its_own_clinics(client, preset):
    page = client.get(f"/find/{preset.slug}/").content.decode()
    for name, value in preset.filters:
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    answer = client.get("/clinics/", [*preset.filters, ("near", "21202"), ("format", "json")])
    assert answer.status_code == 200


def test_the_presets_of_the_contract_exist():
    wanted = ["suboxone-clinics", "methadone-clinics", "inpatient", "outpatient", "detox", "doctors", "telehealth"]
    assert [preset.slug for preset in PRESETS] == wanted


def test_an_unknown_preset_is_a_404_with_a_way_on(client):
    response = client.get("/find/miracles/")
    assert response.status_code == 404
    assert b'name="near"' in response.content


def test_states_and_cities_lead_down_to_the_clinics(client):
    make_clinic("In St. Louis", at=NEW_YORK, city="Saint Louis", state="MO", zip_code="63101")
    assert b"/locations/mo/" in client.get("/locations/").content
    assert b"/locations/mo/st-louis/" in client.get("/locations/mo/").content
    assert b"In St. Louis" in client.get("/locations/mo/st-louis/").content
    assert client.get("/locations/mo/saint-louis/")["Location"] == "/locations/mo/st-louis/"


def test_a_city_without_clinics_shows_the_nearest_around_it(client):
    make_clinic("Towson Clinic", at=TOWSON, city="Towson")
    text = client.get("/locations/md/baltimore/").content.decode()
    assert "no clinic in this city" in text
    assert "Towson Clinic" in text


def test_the_pages_of_a_place_say_how_many_clinics_it_has_and_what_they_offer(client):
    for number, services in enumerate([["methadone-in-treatment", "medicaid"], ["medicaid"], []]):
        make_clinic(f"Clinic {number}", services=services)
    make_clinic("Elsewhere", at=NEW_YORK, city="New York", state="NY", services=["methadone-in-treatment"])
    make_clinic("Closed", is_listed=False, services=["medicaid"])
    for path, near, figures in [
        ("/locations/", "", ["4 clinics", "2</strong> Methadone", "2</strong> Medicaid"]),
        ("/locations/md/", "near=Maryland", ["3 clinics", "1</strong> Methadone", "2</strong> Medicaid"]),
        ("/locations/md/baltimore/", "near=Baltimore", ["3 clinics", "1</strong> Methadone", "2</strong> Medicaid"]),
    ]:
        text = client.get(path).content.decode()
        for figure in [*figures, f'href="/clinics/?{near}', "0</strong> Buprenorphine"]:
            assert figure in text, (path, figure)
        assert 'name="near"' in text


def test_a_kind_of_clinic_says_how_many_there_are_in_each_state(client):
    make_clinic(services=["methadone-in-treatment"])
    make_clinic("Second", services=["methadone-in-treatment"])
    make_clinic("Elsewhere", state="NY", services=["medicaid"])
    text = client.get("/find/methadone-clinics/").content.decode()
    assert "2 clinics say they do this" in text
    assert ">Maryland</a>" in text
    assert ">New York</a>" not in text
    assert "No clinic says yet that it does this." in client.get("/find/detox/").content.decode()


def test_a_state_leads_to_those_beside_it_and_an_island_to_none(client):
    text = client.get("/locations/md/").content.decode()
    assert all(f'href="/locations/{state}/"' in text for state in ("dc", "de", "pa", "va", "wv"))
    assert "Next to it" not in client.get("/locations/hi/").content.decode()


def test_whoever_is_next_to_a_state_has_it_for_a_neighbor():
    for state in state_names():
        assert all(state in neighbors_of(other) for other in neighbors_of(state)), state
    assert [len(neighbors_of(state)) for state in ("TN", "MO", "ME", "AK", "PR")] == [8, 8, 1, 0, 0]


def test_a_city_names_the_places_around_it_that_have_clinics(client):
    make_clinic("Here")
    make_clinic("There", at=TOWSON, city="Towson")
    text = client.get("/locations/md/baltimore/").content.decode()
    assert "/locations/md/towson/" in text
    assert "miles" in text.split("Other places nearby")[1]


def test_a_state_without_clinics_shows_a_way_on(client):
    assert b"1-800-662-4357" in client.get("/locations/gu/").content


@pytest.mark.parametrize("path", ["/locations/xx/", "/locations/md/atlantis/", "/locations/maryland/"])
def test_an_unknown_place_is_a_404(client, path):
    assert client.get(path).status_code == 404


def test_list_pages_need_the_same_few_queries_however_many_clinics(client, django_assert_max_num_queries):
    for number in range(40):
        make_clinic(f"Clinic {number}")
    client.get("/")
    paths = {"/": 0, "/find/detox/": 1, "/locations/": 2, "/locations/md/": 2, "/locations/md/baltimore/": 4}
    for path, most in paths.items():
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200


def test_a_demo_directory_says_so_on_every_page_and_a_real_one_does_not(client):
    caches["process"].clear()
    clinic = make_clinic("Real")
    assert b"demo-banner" not in client.get("/").content
    Clinic.objects.filter(pk=clinic.pk).update(is_demo=True)
    caches["process"].clear()
    for path in ["/", "/clinics/?near=21202", clinic.get_absolute_url(), "/locations/", "/find/detox/", "/nowhere/"]:
        assert b"DEMO" in client.get(path).content, path
    caches["process"].clear()


def test_the_sitemap_names_the_pages_for_search_engines(client):
    clinic = make_clinic()
    assert "sitemap-clinics.xml" in client.get("/sitemap.xml").content.decode()
    assert clinic.get_absolute_url() in client.get("/sitemap-clinics.xml").content.decode()
    assert "/locations/md/baltimore/" in client.get("/sitemap-cities.xml").content.decode()
    assert client.get("/sitemap-pages.xml").status_code == client.get("/sitemap-presets.xml").status_code == 200


def test_the_explained_json_names_every_filter(client):
    text = client.get("/api/").content.decode()
    assert all(f"<code>{slug}</code>" in text for slug in ("near", "radius", "medication", "buprenorphine", "otp"))


@pytest.mark.parametrize("path", ["/", "/clinics/", "/locations/", "/find/detox/", "/healthz", "/privacy/"])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_page_that_is_only_read_refuses_everything_else_with_a_way_on(path, method):
    response = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert b"1-800-662-4357" in response.content


@pytest.mark.parametrize("city", ["-", "_", "---"])
def test_a_city_without_a_name_is_a_404_and_breaks_no_list(client, city):
    make_clinic(city="")
    assert client.get(f"/locations/md/{city}/").status_code == 404
    assert client.get("/locations/md/").status_code == client.get("/sitemap-cities.xml").status_code == 200


# What a tab, a bookmark or a list of visited pages must not tell whoever looks over a shoulder.
TELLING = re.compile(
    "opioid|opiate|suboxone|buprenorphine|methadone|naltrexone|naloxone|drug|substance|addict|abuse|relapse|recovery"
    "|rehab|detox|overdose|withdrawal|treatment|doctor|medic|02139|canary",
    re.IGNORECASE,
)


def test_no_title_tells_what_someone_looks_for(client, settings):
    settings.MAP_TILE_URL = "https://tiles.example.org/{z}/{x}/{y}.png"
    clinic = make_clinic("Canary Opioid Addiction Treatment", at=NEW_YORK)
    closed = make_clinic("Canary Detox", is_listed=False, closed_on=datetime.date(2026, 3, 1))
    searches = ["near=02139", "near=02139&medication=methadone", "near=Canary", "care=detox&page=9&radius=02139"]
    for path in [
        "/",
        *(f"/clinics/?{search}" for search in searches),
        clinic.get_absolute_url(),
        f"{clinic.get_absolute_url()}?near=02139",
        f"{clinic.get_absolute_url()}report/",
        f"{clinic.get_absolute_url()}report/thanks/",
        closed.get_absolute_url(),
        f"/clinics/compare/?id={clinic.pk}&near=02139",
        "/clinics/map/?near=02139",
        "/clinics/map/tiles/?near=02139",
        *(f"/find/{slug}/" for slug in PAGES),
        *(f"/find/{slug}/?near=02139" for slug in PAGES),
        "/tonight/",
        "/locations/md/telehealth/",
        "/tonight/?near=02139",
        "/pharmacies/",
        "/pharmacies/?near=02139",
        "/pharmacies/report/?near=02139",
        "/pharmacies/report/thanks/?near=02139",
        "/locations/",
        "/locations/md/",
        "/locations/md/baltimore/",
        f"{clinic.get_absolute_url()}evidence/",
        f"/reports/{clinic.corrections.create(problem='other').follow_key}/",
        link_path(ConfirmationRequest.objects.create(clinic=clinic, email=clinic.contact_email)),
        f"/clinics/{clinic.pk}/confirm/canary/",
        "/accuracy/",
        "/privacy/",
        "/accessibility/",
        "/api/",
        "/no/such/canary/02139/",
    ]:
        [title] = re.findall(r"<title>(.*?)</title>", client.get(path, follow=True).content.decode(), re.DOTALL)
        assert not TELLING.search(title), (path, title)
        assert title.endswith("Waypost")
        assert len(title) > len("Waypost"), path
    assert clinic.name in client.get(clinic.get_absolute_url()).content.decode().split("<h1>")[1]


def test_every_address_of_the_site_has_its_title_looked_at():
    """A page that is added is added above, or has no title: `list_as_text`, `clinic_code`, and what programs read."""
    names = {pattern.name for pattern in clinics_urls.urlpatterns}
    assert names == {
        "home", "clinic_list", "clinic_compare", "clinic_map", "tile_map", "clinic_detail",
        "clinic_report", "clinic_report_thanks", "clinic_credentials", "clinic_confirm", "correction_detail",
        "accuracy", "accuracy_csv", "open_data", "preset", "state_list", "city_list", "city_detail", "privacy",
        "accessibility", "api", "list_as_text", "clinic_code", "tonight", "telehealth_list",
        "pharmacy_list", "pharmacy_report", "pharmacy_report_thanks",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/clinics/?near=21202", "/privacy/", "/no/such/page/"])
def test_every_page_has_a_way_to_leave_it(client, path):
    text = client.get(path).content.decode()
    assert re.search('<a [^>]*href="https://www.weather.gov/" rel="noreferrer" data-leave>Leave this page</a>', text)
    assert 'href="/privacy/#history"' in text


def test_what_leaving_does_not_do_is_said(client):
    text = client.get("/privacy/").content.decode().split('id="history"')[1]
    assert "stay in the history of your browser" in text
    assert "private window" in text


def test_the_accessibility_statement_says_how_to_reach_us_only_if_one_can(client, settings):
    assert "What is not perfect" in client.get("/accessibility/").content.decode()
    assert "mailto:" not in client.get("/accessibility/").content.decode()
    settings.CONTACT_EMAIL = "help@example.org"
    assert "mailto:help@example.org" in client.get("/accessibility/").content.decode()


def test_all_scripts_of_the_site_together_stay_small():
    scripts = list((settings.BASE_DIR / "static" / "js").glob("**/*.js"))
    assert scripts
    assert sum(script.stat().st_size for script in scripts) <= 10 * 1024
