import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory

from clinics.models import Clinic, ZipCode
from clinics.presets import PRESETS
from clinics.views import pages
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
    cache.clear()
    clinic = make_clinic("Real")
    assert b"demo-banner" not in client.get("/").content
    Clinic.objects.filter(pk=clinic.pk).update(is_demo=True)
    cache.clear()
    for path in ["/", "/clinics/?near=21202", clinic.get_absolute_url(), "/locations/", "/find/detox/", "/nowhere/"]:
        assert b"DEMO" in client.get(path).content, path
    cache.clear()


def test_healthz_answers_and_readyz_tells_what_is_missing(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    ZipCode.objects.all().delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "ZIP codes" in response.json()["why"]


def test_error_pages_need_no_database():
    cache.clear()

    def refuse(*args):
        raise DatabaseError("the database is down")

    request = RequestFactory().get("/")
    with connection.execute_wrapper(refuse):
        answers = [
            pages.server_error(request),
            pages.not_found(request, None),
            pages.forbidden(request),
            pages.bad_request(request, None),
            pages.home(request),
        ]
        assert pages.readyz(request).status_code == 503
    assert [answer.status_code for answer in answers] == [500, 404, 403, 400, 200]
    for answer in answers:
        text = answer.content.decode()
        assert all(number in text for number in ("911", "988", "1-800-662-4357"))
    cache.clear()


def test_robots_and_sitemap_name_the_pages_for_search_engines(client):
    clinic = make_clinic()
    assert "Disallow: /clinics/?" in client.get("/robots.txt").content.decode()
    assert "sitemap-clinics.xml" in client.get("/sitemap.xml").content.decode()
    assert clinic.get_absolute_url() in client.get("/sitemap-clinics.xml").content.decode()
    assert "/locations/md/baltimore/" in client.get("/sitemap-cities.xml").content.decode()
    assert client.get("/sitemap-pages.xml").status_code == client.get("/sitemap-presets.xml").status_code == 200


def test_security_txt_says_nothing_invented(client, settings):
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.CONTACT_EMAIL = "help@example.org"
    assert b"mailto:help@example.org" in client.get("/.well-known/security.txt").content


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
