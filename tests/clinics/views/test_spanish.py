"""The pages under /es/: in Spanish throughout, the same for everybody, and side by side with the English ones."""

import re
from html.parser import HTMLParser

import pytest
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory

from clinics.models import Clinic, Confirmation, FactGroup, Pharmacy, Rule, Service, Source, StateLine
from clinics.search import facets
from clinics.search.places import locate
from core import translations, views
from tests.browser.stack import READER_PAGES
from tests.clinics.factories import PharmacyFactory, PharmacyReportFactory
from tests.factories import BOSTON, CAMBRIDGE, NEW_YORK, make_clinic

pytestmark = pytest.mark.django_db

CATALOGUE = [message for message in translations.read() if message.id]
NOINDEX = {"results", "results-filtered", "results-of-a-state", "results-page-2", "nothing-found", "which-place"}
NOINDEX |= {"unknown-place", "malformed", "report", "thanks", "not-found"}
NOINDEX |= {"results-far", "map", "call-sheet", "empty-call-sheet", "pharmacy-report", "pharmacy-thanks"}
# The same in both languages.
NAMES = {
    "DEMO",
    "Waypost",
    "English",
    "Español",
    "JSON",
    "GeoJSON",
    "CSV",
    "SAMHSA",
    "NY",
    "MA",
    "OH",
    "HELP4U",
    "GeoNames.org",
}
ON_A_MAP = re.compile(r'<text class="map-(?:town|miles)".*?</text>')  # names of towns, and miles as "5 mi"
SHORT = 12  # characters; a shorter English text may stand inside a Spanish one by chance


class Texts(HTMLParser):
    """All that a page says: its text, its title, and what stands in attributes that are read out or shown."""

    def __init__(self, html: str):
        super().__init__()
        self.found, self.silent = [], 0
        self.feed(ON_A_MAP.sub("", html))

    def handle_starttag(self, tag, attributes):
        self.silent += tag in ("script", "style", "code", "pre")
        attributes = dict(attributes)
        wanted = ["aria-label", "placeholder", "alt"] + ["content"] * (attributes.get("name") == "description")
        wanted += ["value"] * (tag == "input" and attributes.get("type") == "submit")
        self.found += [attributes[name] for name in wanted if attributes.get(name)]

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style", "code", "pre")

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.found.append(" ".join(data.split()))


@pytest.fixture
def directory():
    """Clinics for every type of page; addresses as READER_PAGES want them."""
    caches["process"].clear()
    services = [service.slug for service in Service.objects.all() if not service.denies]
    in_full = make_clinic(
        "Zzyzx", at=CAMBRIDGE, city="Cambridge", state="MA", zip_code="02139", name_detail="Qwert", services=services
    )
    in_full.intake_phones, in_full.other_services = ["617-555-0198"], ["XYZ"]
    in_full.website, in_full.point_quality, in_full.is_demo = "https://zzyzx.example", "zip", True
    in_full.missing_from = "SAMHSA directory 2024"
    in_full.save()
    closed = make_clinic("Shut", at=BOSTON, city="Boston", state="MA", is_listed=False, closed_on="2026-01-31")
    for number in range(25):
        make_clinic(f"Xyzzy {number}", at=NEW_YORK, city="New York", state="NY", zip_code="10001", street="1 Foo Bar")
    make_clinic("Nothing", at=NEW_YORK, city="", state="NY", zip_code="", street="", phone="")
    for group, source, day in [
        (FactGroup.CONTACT, Source.SAMHSA_DIRECTORY, None),
        (FactGroup.SERVICES, Source.CALLED, "2026-01-31"),
    ]:
        Confirmation.objects.create(clinic=in_full, fact_group=group, source=source, edition="2024", confirmed_on=day)
    pharmacy = PharmacyFactory(city="New York", state="NY", zip_code="10001")
    for _reader in range(2):
        PharmacyReportFactory(pharmacy=pharmacy)
    ids = "&".join(f"id={pk}" for pk in Clinic.objects.listed().order_by("pk").values_list("pk", flat=True)[:4])
    yield {"clinic": in_full.get_absolute_url(), "closed": closed.get_absolute_url(), "ids": ids}
    caches["process"].clear()


def address(name: str, directory: dict) -> str:
    return READER_PAGES[name].format(**directory)


def all_data() -> list[str]:
    """What the directory itself holds, longest first: the same in every language."""
    fields = ["name", "name_detail", "street", "city", "state", "zip_code", "phone", "website"]
    values = {value for row in Clinic.objects.values_list(*fields) for value in row if value}
    others = [Rule.objects.values_list("source"), StateLine.objects.values_list("source", "name")]
    others += [Pharmacy.objects.values_list("name", "street")]
    told = {value for rows in others for row in rows for value in row} | {"CDC", "Health Affairs"}
    return sorted(values | NAMES | told | {"XYZ"}, key=len, reverse=True)


@pytest.mark.parametrize("name", READER_PAGES)
def test_what_a_spanish_page_shares_with_the_english_one_is_a_name(client, directory, name):
    """Finds what was never wrapped for translation: it reads the same in both."""
    path = address(name, directory)
    english = set(Texts(client.get(path).content.decode()).found)
    spanish = Texts(client.get(f"/es{path}").content.decode()).found
    unchanged = {text for m in CATALOGUE for text in translations.texts(m.id) if text in translations.texts(m.string)}
    data = re.compile("|".join(map(re.escape, all_data())))
    shared = [text for text in spanish if text in english and text not in unchanged]
    assert [text for text in shared if re.search(r"[^\W\d_]{2}", data.sub("", text)) and not is_place(text)] == []
    assert len(spanish) > 20


def is_place(text: str) -> bool:
    """ "Springfield, IL": a suggestion."""
    return bool(re.fullmatch(r"[A-Z][\w .'-]+, [A-Z]{2}", text))


@pytest.mark.parametrize("name", READER_PAGES)
def test_no_english_sentence_of_the_catalogue_is_on_a_spanish_page(client, directory, name):
    said = " | ".join(Texts(client.get(f"/es{address(name, directory)}").content.decode()).found)
    left = [
        text
        for message in CATALOGUE
        for text in translations.texts(message.id)
        if len(text) > SHORT
        and text in said
        and not any(text in spanish for spanish in translations.texts(message.string))
    ]
    assert left == []


@pytest.mark.parametrize("name", READER_PAGES)
def test_both_languages_name_each_other_and_the_switch_keeps_the_search(client, directory, name):
    path = address(name, directory)
    for here, there, language, other in [(path, f"/es{path}", "en", "es"), (f"/es{path}", path, "es", "en")]:
        response = client.get(here)
        page = response.content.decode()
        assert f'<html lang="{language}">' in page
        assert response["Content-Language"] == language
        assert not response.cookies or name in ("report", "pharmacy-report")
        assert "Accept-Language" not in response.get("Vary", "")
        links = dict(re.findall(r'rel="alternate" hreflang="([\w-]+)" href="http://testserver([^"]+)"', page))
        if name in NOINDEX:
            assert links == {}
        else:
            bare = path.partition("?")[0]
            assert links == {"en": bare, "es": f"/es{bare}", "x-default": bare}
            assert f'rel="canonical" href="http://testserver{here.partition("?")[0]}"' in page
        [switch] = re.findall(rf'<a href="([^"]+)" lang="{other}" hreflang="{other}"', page)
        wanted = {"en": "/", "es": "/es/"}[other] if name == "not-found" else there
        assert switch.replace("&amp;", "&") == wanted


def test_the_browser_s_languages_and_cookies_change_no_page():
    spanish_reader = Client(headers={"accept-language": "es"})
    spanish_reader.cookies["django_language"] = "es"
    assert b'<html lang="en">' in spanish_reader.get("/").content
    assert b'<html lang="es">' in Client(headers={"accept-language": "en"}).get("/es/").content


def test_an_unknown_language_is_a_page_we_do_not_have(client):
    assert [client.get(path).status_code for path in ("/fr/", "/en/", "/es-mx/", "/es/es/")] == [404] * 4
    assert client.get("/es")["Location"] == "/es/"


def test_what_machines_ask_for_has_no_language(client):
    for path in ("/healthz", "/readyz", "/robots.txt", "/sitemap.xml", "/admin/login/"):
        assert client.get(path).status_code == 200
        assert client.get(f"/es{path}").status_code == 404
    assert "Disallow: /es/clinics/?" in client.get("/robots.txt").content.decode()


def test_the_sitemap_names_both_languages_of_a_page(client):
    path = make_clinic().get_absolute_url()
    text = client.get("/sitemap-clinics.xml").content.decode()
    assert text.count(f"<loc>http://testserver{path}</loc>") == 1
    assert text.count(f"<loc>http://testserver/es{path}</loc>") == 1
    for language, there in [("en", path), ("es", f"/es{path}"), ("x-default", path)]:
        assert text.count(f'hreflang="{language}" href="http://testserver{there}"') == 2


def test_an_error_under_es_is_told_in_spanish_even_without_a_database():
    caches["process"].clear()

    def refuse(*args):
        raise DatabaseError("the database is down")

    client = Client(raise_request_exception=False)
    with connection.execute_wrapper(refuse):
        answers = {
            404: client.get("/es/no/such/page/"),
            500: client.get("/es/clinics/?near=02139"),
            405: client.post("/es/"),
            400: client.get("/es/", headers={"host": "not ours"}),
        }
    answers[403] = Client(enforce_csrf_checks=True).post(f"/es{make_clinic().get_absolute_url()}report/")
    said = {404: "No tenemos esa página", 500: "Algo falló de nuestro lado", 405: "Esta página es solo para leer"}
    said |= {400: "No pudimos leer esa solicitud", 403: "No se pudo aceptar ese formulario"}
    for status, response in answers.items():
        page = response.content.decode()
        assert response.status_code == status
        assert f"<h1>{said[status]}</h1>" in page
        assert '<html lang="es">' in page
        assert 'href="/" lang="en"' in page
        assert "1-800-662-4357" in page
    caches["process"].clear()


def test_an_error_page_outside_every_address_is_in_english():
    assert "Something broke on our side" in views.server_error(RequestFactory().get("/")).content.decode()


def test_an_old_address_leads_on_in_its_own_language(client):
    clinic = make_clinic("Old Name")
    merged = make_clinic("Same Place")
    merged.merge_into(clinic)
    for old in (f"/clinics/{clinic.pk}/x/", f"/clinics/{merged.pk}/same-place-baltimore/"):
        assert client.get(f"/es{old}?near=21202")["Location"] == f"/es{clinic.get_absolute_url()}?near=21202"
        assert client.get(f"{old}?near=21202")["Location"] == f"{clinic.get_absolute_url()}?near=21202"
    assert client.get("/es/locations/md/saint-leonard/")["Location"] == "/es/locations/md/st-leonard/"


def test_the_data_of_a_search_is_the_same_with_spanish_addresses(client):
    clinic = make_clinic(services=["buprenorphine-with-naloxone"])
    Confirmation.objects.create(
        clinic=clinic, fact_group=FactGroup.CONTACT, source=Source.SAMHSA_DIRECTORY, edition="2024"
    )
    for query in ("near=21202&medication=buprenorphine", "near=Maryland", "near=estado de Nueva York"):
        english = client.get(f"/clinics/?{query}&format=json").json()
        spanish = client.get(f"/es/clinics/?{query}&format=json").json()
        for result in spanish["results"] + spanish["beyond"]:
            assert result["url"].startswith("http://testserver/es/clinics/")
            assert result["source"] == "SAMHSA directory 2024"
            result["url"] = result["url"].replace("/es/", "/", 1)
        assert spanish == english
        csv = [client.get(f"{prefix}/clinics/?{query}&format=csv").content.decode() for prefix in ("", "/es")]
        assert csv[0] == csv[1].replace("/es/", "/")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("estado de Nueva York", "New York State"),
        ("pensilvania", "Pennsylvania"),
        ("Nuevo México", "New Mexico"),
        ("Dakota del Norte", "North Dakota"),
        ("hawai", "Hawaii"),
        ("Albany, Nueva York", "Albany, NY"),
    ],
)
def test_a_state_is_found_by_its_spanish_name(text, label):
    assert locate(text).label == label


def test_numbers_dates_miles_and_states_are_written_as_spanish_readers_here_write_them(client, directory):
    closed = client.get(f"/es{directory['closed']}").content.decode()
    assert "Cerrada, según se informó el 31 de enero de 2026." in closed
    clinic = client.get(f"/es{directory['clinic']}?near=10001").content.decode()
    assert re.search(r"<strong>A unas 1[89]0 millas</strong> desde New York, NY 10001 en línea recta", clinic)
    assert "confirmado por una llamada a la clínica 2024 el 31 de enero de 2026, hace" in " ".join(clinic.split())
    assert "No aparece en el directorio de SAMHSA 2024" in clinic
    assert 'href="tel:+14105550100"' in clinic
    assert ">Llamar al <span>617-555-0198</span>" in clinic
    assert "Número principal: <a" in " ".join(clinic.split())
    reno = {"city": "Reno", "city_slug": "reno", "state": "NV", "latitude": 39.53, "longitude": -119.81}
    Clinic.objects.bulk_create([Clinic(name="Many", treatment_bits=facets.MEDICINE.mask, **reno) for _ in range(1200)])
    assert "1,227 clínicas" in client.get("/es/locations/").content.decode()
    assert "1,200 clínicas en Nevada" in client.get("/es/clinics/?near=Nevada").content.decode()
    assert "clínicas en Nueva York" in client.get("/es/clinics/?near=New York State").content.decode()


def test_the_choices_of_a_report_and_its_sentences_are_in_spanish(client):
    clinic = make_clinic()
    page = client.post(f"/es{clinic.get_absolute_url()}report/", {"note": "x" * 1001}).content.decode()
    for text in ("Elija qué está mal.", "No acepta pacientes nuevos", "1000 caracteres", "Enviar el aviso"):
        assert text in page
    answer = client.post(f"/es{clinic.get_absolute_url()}report/", {"problem": "closed"})
    assert answer["Location"].partition("?")[0] == f"/es{clinic.get_absolute_url()}report/thanks/"


def test_names_of_clinics_are_read_out_as_english(client):
    """A voice that reads Spanish would say them as Spanish."""
    clinic = make_clinic("Harbor Recovery", name_detail="Women's Program", at=CAMBRIDGE, services=["methadone"])
    named = re.compile(r'<(\w+)[^>]* lang="en"[^>]*>(?:<a[^>]*>)?\s*(?:Harbor Recovery|Women&#x27;s Program|\d+)')
    pages = {
        "/es/clinics/?near=02139": 2,
        f"/es/clinics/{clinic.pk}/{clinic.slug}/": 2,
        f"/es/clinics/compare/?id={clinic.pk}": 2,
        f"/es/clinics/{clinic.pk}/{clinic.slug}/report/": 1,
    }
    for address, least in pages.items():
        html = client.get(address).content.decode()
        assert len(named.findall(html)) >= least, address
        assert (
            ' lang="en"'
            not in client.get(address.removeprefix("/es"))
            .content.decode()
            .replace('hreflang="en" lang="en"', "")
            .partition("<main")[2]
            .partition("</main>")[0]
        ), address
