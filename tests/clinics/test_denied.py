"""A stated no, from the list to the reader: never an unknown, never an offer, never a match."""

import json

import pytest
from django.urls import reverse

from articles import blocks
from clinics.admin.differences import take_over
from clinics.imports.rows import FacilityRow
from clinics.models import Clinic, Confirmation, ImportDifference, Service, ServiceCode, Source
from clinics.presets import PRESETS
from clinics.search import facets
from clinics.search.places import locate
from clinics.verification.provenance import confirm
from tests.clinics.imports.directories import CODEBOOK, MENTAL, import_rows, row
from tests.factories import BOSTON, CAMBRIDGE, make_clinic

pytestmark = pytest.mark.django_db

# What the lists state and what the clinic is then. test_statements.py audits every service; this is every code.
NO_OPIOIDS = [
    *(("samhsa-su-2024", "NOOP"), ("samhsa-su-2022", "NOOP")),
    ("findtreatment", "Does not treat opioid addiction"),
    ("findtreatment", "Does not treat opioid use disorders"),
]
NO_MEDICINE = [
    *(("samhsa-su-2024", "NMOA"), ("samhsa-su-2022", "NMOA"), ("samhsa-su-2017", "NMOA")),
    ("findtreatment", "Do not use medication for opioid addiction"),
    ("findtreatment", "Does not use MAT for opioid use disorders"),
]
ABOUT_ALCOHOL = [
    *(("samhsa-su-2024", code) for code in ("NAUT", "NMAUT")),
    *(("samhsa-su-2022", code) for code in ("NAUT", "NMAUT")),
    ("findtreatment", "Does not treat alcohol use disorder"),
    ("findtreatment", "Does not use medication assisted treatment for alcohol use disorder"),
]
SAYS_NO_OPIOIDS = "Says it does not treat opioid use disorder"
SAYS_NO_MEDICINE = "Says it does not use medication for opioid use disorder"
OTP_2026 = {"source": Source.CMS_OTP, "edition": "2026-01-01", "complete": True}
CERTIFIED = {"codes": ("OTP",), "certification": "certified"}


def stating(codebook: str, code: str, *others: str, line=2, **stated) -> FacilityRow:
    """A facility whose list states this code, and `others` of the same code book."""
    codes = (code, *others)
    if codebook == "findtreatment":
        return row(line, meanings=tuple(("Services", text) for text in codes), **stated)
    return row(line, codes=codes, **stated)


def imported(codebook: str, code: str, *others: str, **stated) -> Clinic:
    source = Source.FINDTREATMENT if codebook == "findtreatment" else Source.SAMHSA_DIRECTORY
    import_rows(
        stating(codebook, code, *others, **stated),
        source=source,
        codebook=dict.fromkeys(CODEBOOK, codebook),
        edition="2024",
    )
    return Clinic.objects.get()


def main_of(client, clinic: Clinic) -> str:
    text = client.get(clinic.get_absolute_url()).content.decode()
    return " ".join(text[text.index("<main") : text.index("</main>")].split())


def json_of(client, **query) -> dict:
    return client.get(reverse("clinics:clinic_list"), query | {"format": "json"}).json()


# From every list.


def test_every_denying_code_of_every_edition_is_named_here():
    stated = ServiceCode.objects.exclude(service__denies="").values_list("edition", "code")
    named = [*NO_OPIOIDS, *NO_MEDICINE, *ABOUT_ALCOHOL]
    assert {(book, code.lower() if book == "findtreatment" else code) for book, code in named} == set(stated)


@pytest.mark.parametrize(("codebook", "code"), NO_OPIOIDS)
def test_a_clinic_that_says_it_does_not_treat_opioid_use_is_denied_and_its_page_says_so_first(client, codebook, code):
    make_clinic("Helps", at=CAMBRIDGE, services=["buprenorphine-in-treatment"], city="Cambridge", state="MA")
    make_clinic("Unknown", at=CAMBRIDGE, city="Cambridge", state="MA", gives_medicine=False)
    import_rows(
        stating(codebook, code),
        source=Source.FINDTREATMENT if codebook == "findtreatment" else Source.SAMHSA_DIRECTORY,
        codebook=dict.fromkeys(CODEBOOK, codebook),
    )
    clinic = Clinic.objects.get(name="Hope Recovery Center")
    assert clinic.treatment_bits & facets.TREATS.mask == facets.DENIES.mask
    assert clinic.service_ids == []
    text = main_of(client, clinic)
    first = text.index(SAYS_NO_OPIOIDS)
    assert first < text.index("Call")
    assert text.index("</h1>") < first < text.index("Helps") < text.index("<h2>Where?</h2>")
    assert "Unknown" not in text  # of the nearest, those that give medicine
    read, _opened, texted = text.partition('id="take-words"')
    assert read.count(SAYS_NO_OPIOIDS) == 1  # the first answer, and not once more among the others
    assert texted.count(SAYS_NO_OPIOIDS) == 1  # what is texted says it too
    assert "All it says it offers" not in text
    assert "Does not treat opioid use disorder" in text[text.index("It says it does not offer (1)") :]
    assert "Ask them:" not in text


@pytest.mark.parametrize(("codebook", "code"), NO_MEDICINE)
def test_a_clinic_that_gives_no_medicine_for_opioid_use_may_treat_it_otherwise_and_says_so_first(
    client, codebook, code
):
    clinic = imported(codebook, code)
    assert clinic.treatment_bits & facets.TREATS.mask == facets.NOT_STATED.mask
    assert clinic.denied_bits & facets.MEDICINE.mask
    text = main_of(client, clinic)
    assert text.index("</h1>") < text.index(SAYS_NO_MEDICINE) < text.index("Call")
    assert SAYS_NO_OPIOIDS not in text


@pytest.mark.parametrize(("codebook", "code"), ABOUT_ALCOHOL)
def test_a_no_about_alcohol_says_nothing_of_opioids(client, codebook, code):
    naltrexone = "Naltrexone (oral)" if codebook == "findtreatment" else "NXN"
    clinic = imported(codebook, code, naltrexone)
    assert clinic.treatment_bits & facets.TREATS.mask == facets.MEDICINE.mask
    assert clinic.denied_bits == 0
    text = main_of(client, clinic)
    assert "opioid use disorder" not in text[: text.index("All it says it offers")]
    assert "It says it does not offer (1)" in text


def test_a_source_is_named_with_its_edition(client):
    text = main_of(client, imported("samhsa-su-2024", "NOOP"))
    assert "Who says so: from SAMHSA&#x27;s 2024 directory" in text


def test_the_page_of_a_clinic_that_does_not_treat_is_no_offer_to_search_engines(client):
    clinic = imported("samhsa-su-2024", "NOOP")
    text = client.get(clinic.get_absolute_url()).content.decode()
    assert "application/ld+json" not in text
    assert f'<meta name="description" content="{SAYS_NO_OPIOIDS}.' in text


def test_both_halves_of_a_list_are_one_source_and_the_no_wins():
    import_rows(row(2, codes=("NOOP",)), row(3, treats=MENTAL, codes=("NXN",)), include_mental_health=True)
    clinic = Clinic.objects.get()
    assert clinic.treatment_bits & facets.TREATS.mask == facets.DENIES.mask
    assert clinic.facet_slugs["medication"] == []


# In the other forms.


def test_the_call_sheet_and_its_text_message_say_it(client):
    clinic = imported("samhsa-su-2024", "NOOP", phone="617-555-0101")
    text = client.get(reverse("clinics:clinic_compare"), {"id": clinic.pk}).content.decode()
    assert text.index(SAYS_NO_OPIOIDS) < text.index("tel:+16175550101")
    assert "Says%20it%20does%20not%20treat%20opioid%20use%20disorder" in text
    medication = text[text.index("<dt>Medication</dt>") :]
    assert "not stated" not in medication[: medication.index("</div>")]


def test_json_csv_and_geojson_say_no_beside_what_is_offered(client):
    clinic = imported("samhsa-su-2024", "NMOA", "OP", **CAMBRIDGE._asdict())
    query = {"near": "02139", "treats": "opioids"}
    [result] = json_of(client, **query)["results"]
    assert result["id"] == clinic.pk
    assert result["services"]["setting"] == ["outpatient"]
    assert result["services"]["medication"] == []
    assert result["denied"]["treats"] == ["medicine"]
    assert "buprenorphine" in result["denied"]["medication"]
    address = reverse("clinics:clinic_list")
    [feature] = json.loads(client.get(address, query | {"format": "geojson"}).content)["features"]
    assert feature["properties"]["denied"] == result["denied"]
    lines = client.get(address, query | {"format": "csv"}).content.decode().splitlines()
    cells = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert cells["denied"].split()[:1] == ["treats/medicine"]
    assert "medication/methadone" in cells["denied"].split()


def test_a_clinic_that_says_no_to_nothing_has_an_empty_list_of_nos(client):
    make_clinic(services=["buprenorphine-in-treatment"])
    [result] = json_of(client, near="21202")["results"]
    assert result["denied"] == {}


# Sources that disagree.


def test_a_certification_does_not_undo_a_no_and_the_disagreement_is_shown_and_queued(client):
    import_rows(row(codes=("NOOP",)))
    import_rows(row(**CERTIFIED), **OTP_2026)
    clinic = Clinic.objects.get()
    assert clinic.treatment_bits & facets.TREATS.mask == facets.DENIES.mask
    assert clinic.facet_slugs["kind"] == []
    [queued] = ImportDifference.objects.all()
    assert (queued.field, queued.source, queued.edition) == ("denied", Source.CMS_OTP, "2026-01-01")
    assert queued.ours == "Does not treat opioid use disorder"
    assert queued.theirs == "Methadone clinic (certified program, OTP)"
    assert "Not all sources agree: CMS enrolled OTPs 2026-01-01 says otherwise." in main_of(client, clinic)


def test_an_older_list_of_another_source_that_says_yes_disagrees(client):
    import_rows(row(codes=("BU",)), source=Source.FINDTREATMENT, edition="2023-01-01")
    assert not ImportDifference.objects.exists()
    import_rows(row(codes=("NMOA",)))
    assert ImportDifference.objects.get().source == Source.FINDTREATMENT
    import_rows(row(codes=("OP",)), edition="2025")  # the list no longer says no
    assert not ImportDifference.objects.exists()


def test_a_newer_yes_replaces_an_older_no():
    import_rows(row(codes=("NOOP",)), edition="2022", codebook=dict.fromkeys(CODEBOOK, "samhsa-su-2022"))
    import_rows(row(codes=("BU",)))
    assert Clinic.objects.get().treatment_bits & facets.TREATS.mask == facets.MEDICINE.mask
    assert not ImportDifference.objects.exists()


@pytest.mark.parametrize(
    ("codes", "is_queued"),
    [
        (("NOOP", "BU"), True),
        (("NMOA", "METH"), True),
        (("NOOP", "NXN", "OMB"), False),  # for alcohol
        (("NOOP", "NAUT", "NXN"), True),
        (("NMAUT", "ACM"), False),  # nothing that somebody with opioid use looks for
        (("NOOP", "OP"), False),
    ],
)
def test_a_list_that_contradicts_itself_is_queued_too_and_its_page_says_so(client, codes, is_queued):
    import_rows(row(codes=codes))
    assert ImportDifference.objects.exists() is is_queued
    text = main_of(client, Clinic.objects.get())
    assert ("The same list also states the opposite." in text) is is_queued
    assert "Not all sources agree" not in text


def test_what_an_editor_decided_stays_decided_and_is_no_longer_shown_as_open(client, desk):
    import_rows(row(codes=("NOOP", "BU")))
    difference = ImportDifference.objects.get()
    decision = {"action": "keep_ours", "_selected_action": [difference.pk]}
    desk.post(reverse("admin:clinics_importdifference_changelist"), decision)
    import_rows(row(codes=("NOOP", "BU", "OP")))
    difference.refresh_from_db()
    assert difference.status == ImportDifference.Status.OURS
    text = main_of(client, Clinic.objects.get())
    assert SAYS_NO_OPIOIDS in text
    assert "Not all sources agree" not in text


def test_an_editor_who_finds_that_it_does_treat_takes_the_no_away_for_good(client, editor):
    import_rows(row(codes=("NOOP", "BU")))
    difference = ImportDifference.objects.get()
    take_over(difference, difference.clinic)
    difference.clinic.save()
    confirm(difference.clinic, ["services"], Source.EDITOR, editor, phone_changed=False)
    import_rows(row(codes=("NOOP", "BU", "OP")))
    clinic = Clinic.objects.get()
    assert clinic.treatment_bits & facets.TREATS.mask == facets.MEDICINE.mask
    assert SAYS_NO_OPIOIDS not in main_of(client, clinic)


# People.


def test_what_an_owner_states_replaces_the_no_of_a_list_which_stays_in_its_record():
    import_rows(row(codes=("NOOP",)))
    clinic = Clinic.objects.get()
    clinic.set_services(Service.objects.filter(slug="buprenorphine-in-treatment"))
    clinic.save()
    Confirmation.objects.update_or_create(
        clinic=clinic, fact_group="services", defaults={"source": Source.OWNER, "edition": ""}
    )
    import_rows(row(codes=("NOOP", "OP")))
    clinic.refresh_from_db()
    assert clinic.denied_service_ids == []
    assert clinic.treatment_bits & facets.TREATS.mask == facets.MEDICINE.mask
    assert "NOOP" in clinic.source_records.get().row["codes"]
    assert not ImportDifference.objects.filter(field="denied").exists()


# No list, count, sitemap or block holds such a clinic, unless it is asked for by name (treats=any).

NEAR = "near=Cambridge%2C+MA"
LISTS = [
    f"/clinics/?{NEAR}",
    f"/clinics/?{NEAR}&treats=opioids",
    f"/clinics/?{NEAR}&radius=any&payment=medicaid",
    "/clinics/?near=Massachusetts",
    "/clinics/",
    "/clinics/?q=Refuser",
    "/clinics/?q=617-555-0177",
    *(f"/clinics/?{NEAR}&format={name}" for name in ("json", "geojson", "csv")),
    f"/clinics/?{NEAR}&treats=opioids&format=json",
    f"/clinics/?{NEAR}&radius=5&language=yupik",  # nothing there: those beyond
    "/clinics/?q=Refuser&format=json",
    f"/es/clinics/?{NEAR}",
    "/locations/",
    "/locations/ma/",
    "/locations/ma/cambridge/",
    "/locations/ma/cambridge/?treats=opioids",
    "/locations/ma/boston/",
    *(f"/find/{preset.slug}/" for preset in PRESETS),
    "/sitemap-cities.xml",
    "/sitemap-clinics.xml",
    "/",
]


@pytest.fixture
def refuser():
    """A clinic in Cambridge, of a city of its own for lists of cities, with all that the filters of LISTS ask for."""
    everything = [service.slug for service in Service.objects.filter(denies="")]
    make_clinic("Silent", at=BOSTON, city="Boston", state="MA", zip_code="02108", gives_medicine=False)
    make_clinic("Giver", at=CAMBRIDGE, city="Cambridge", state="MA", zip_code="02139", services=["methadone"])
    return make_clinic(
        "Refuser",
        at=CAMBRIDGE,
        city="Refusal",
        state="MA",
        zip_code="02139",
        phone="617-555-0177",
        services=[*everything, "does-not-treat-opioid-use-disorder"],
    )


@pytest.mark.parametrize("path", LISTS)
def test_it_is_in_no_list(client, refuser, path):
    response = client.get(path)
    assert response.status_code == 200
    text = response.content.decode()
    assert refuser.get_absolute_url() not in text
    assert "refusal" not in text
    assert refuser.phone not in text or refuser.phone in path


def test_it_is_in_no_count(client, refuser):
    for query in ({"near": "02139"}, {"near": "Massachusetts"}, {}):
        answer = json_of(client, **query)
        assert (answer["count"], answer["facets"]["treats"]["opioids"]) == (1, 2)
        assert answer["facets"]["language"]["yupik"] == answer["facets"]["medication"]["naltrexone"] == 0
    cities = client.get("/locations/ma/").context["cities"]
    assert [(city["name"], city["count"]) for city in cities] == [("Cambridge", 1)]
    assert client.get("/locations/").context["states"] == [{"code": "MA", "name": "Massachusetts", "count": 1}]
    assert client.get("/find/telehealth/").context["total"] == 0


def test_it_is_in_no_block_of_an_article(client, refuser):
    found = blocks.nearest(["suboxone-clinics", "telehealth", "inpatient"], locate("02139"))
    assert {clinic.name for clinics, _fits in found.values() for clinic in clinics} == {"Giver"}


def test_it_is_nobodys_nearest(client, refuser):
    closed = make_clinic("Shut", at=CAMBRIDGE, city="Cambridge", state="MA", is_listed=False, closed_on="2026-01-31")
    text = main_of(client, closed)
    assert "Giver" in text
    assert "Refuser" not in text


def test_who_asks_for_it_finds_it_marked(client, refuser):
    text = client.get(f"/clinics/?{NEAR}&treats=any").content.decode()
    assert refuser.get_absolute_url() in text
    assert SAYS_NO_OPIOIDS in text
    [found] = [each for each in json_of(client, near="02139", treats="any")["results"] if each["id"] == refuser.pk]
    assert found["treats"] == "denied"
    by_name = client.get("/clinics/?q=Refuser").content.decode()
    assert "1 more says that it does not treat opioid use" in " ".join(by_name.split())
    assert refuser.get_absolute_url() in client.get("/clinics/?q=Refuser&treats=any").content.decode()
