"""Who answers for an NPI or a name that an owner types: nobody, the register on this machine, or the API of CMS."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from clinics.checks import lookup_of_npis
from clinics.models import RegisteredPlace, RegisteredProvider
from clinics.verification import npi_lookup, nppes
from clinics.verification.npi_lookup import Match, look_up
from core.page_calls import MOST_PAGES, PLACES, limit_page_calls

pytestmark = pytest.mark.django_db
NPI = "1234567893"
HEADINGS = [
    *("NPI", "Entity Type Code", "Provider Organization Name (Legal Business Name)"),
    *("Provider Last Name (Legal Name)", "Provider First Name", "Provider Credential Text"),
    "Provider First Line Business Practice Location Address",
    "Provider Second Line Business Practice Location Address",
    "Provider Business Practice Location Address City Name",
    "Provider Business Practice Location Address State Name",
    "Provider Business Practice Location Address Postal Code",
    "Provider Business Practice Location Address Telephone Number",
    *("NPI Deactivation Date", "NPI Reactivation Date"),
    *("Healthcare Provider Taxonomy Code_1", "Provider License Number_1", "Provider License Number State Code_1"),
    *("Healthcare Provider Primary Taxonomy Switch_1", "Healthcare Provider Taxonomy Code_2"),
    *("Provider License Number_2", "Provider License Number State Code_2"),
    "Healthcare Provider Primary Taxonomy Switch_2",
]
PLACE = ["100 HOLLIDAY ST", "SUITE 4B", "BALTIMORE", "MD", "212021234", "4105550100"]
PERSON = [NPI, "1", "", "RIVERA", "ANA", "M.D.", *PLACE, "", "", "208D00000X", "X-1", "VA", "N"]
PERSON += ["207RA0401X", "D-77", "MD", "Y"]
ANA = Match(
    npi=NPI, name="Ana Rivera", is_person=True, credentials="MD", taxonomy="207RA0401X", license_number="D-77",
    license_state="MD", street="100 Holliday St", street_detail="Suite 4B", city="Baltimore", state="MD",
    zip_code="21202", phone="410-555-0100",
)  # fmt: skip


def write(path, *rows):
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in (HEADINGS, *rows)))
    return path


def test_a_main_file_answers_by_number_and_by_the_words_of_a_name(tmp_path, settings):
    settings.NPPES_LOOKUP = "table"
    path = write(tmp_path / "main.csv", PERSON)
    call_command("load_npi_register", path)
    call_command("load_npi_register", path)  # safe to run again
    assert (RegisteredProvider.objects.count(), RegisteredPlace.objects.count()) == (1, 1)
    assert look_up(NPI) == look_up("rivera  ana") == look_up("Ana", "MD") == [ANA]
    assert ANA.what_it_does == "Addiction medicine"
    assert look_up("ana", "VA") == look_up("rivero") == look_up("an") == []


def test_a_number_that_was_given_up_leaves_the_register(tmp_path, settings):
    settings.NPPES_LOOKUP = "table"
    call_command("load_npi_register", write(tmp_path / "main.csv", PERSON))
    gone = [*PERSON[:12], "05/01/2026", *PERSON[13:]]
    call_command("load_npi_register", write(tmp_path / "week.csv", gone))
    assert look_up(NPI) == []


@pytest.mark.parametrize("first", ["pl_pfile", "othername_pfile"])
def test_the_files_of_cms_may_come_in_any_order(shared_data, settings, tmp_path, first):
    """Of each file the lines of one provider, whose name is in the one and whose places are in the other."""
    settings.NPPES_LOOKUP = "table"
    number = "1861137408"
    for name in sorted(("pl_pfile", "othername_pfile"), key=lambda name: name != first):
        [whole] = (shared_data / "nppes").glob(f"{name}_*.csv")
        lines = whole.read_text(encoding="utf-8").splitlines()
        part = tmp_path / whole.name
        part.write_text("\n".join([lines[0], *(line for line in lines if number in line)]))
        call_command("load_npi_register", part)
    found = look_up("hope valley", "OH")
    assert {match.npi for match in found} == {number}
    assert "117 E Franklin St" in {match.street for match in found}
    assert {match.name for match in found} == {"Hope Valley Recovery"}


def test_another_file_is_refused_in_a_sentence(shared_data):
    with pytest.raises(CommandError, match="no main, practice-location or other-name file"):
        call_command("load_npi_register", shared_data / "otp" / "TreatmentProgram_20200704.csv")


def test_with_the_setting_off_nobody_is_asked(settings):
    RegisteredProvider.objects.create(npi=NPI, name="HARBOR", searched="HARBOR")
    RegisteredPlace.objects.create(npi=NPI, street="1 Elm St", state="MD")
    assert settings.NPPES_LOOKUP == "off"
    assert look_up(NPI) == []
    settings.NPPES_LOOKUP = "tabel"
    assert [error.id for error in lookup_of_npis()] == ["clinics.E002"]


class Registry(BaseHTTPRequestHandler):
    """The API of NPPES, which knows an organization and a person by their names and the person by its number."""

    def do_GET(self):
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.asked.append(query)
        results = [
            result
            for result in (ORGANIZATION, OF_API)
            if query.get("number") == result["number"]
            or query.get("organization_name", "nobody*")[:-1].upper() in result["basic"].get("organization_name", "")
            or query.get("last_name", "nobody").upper() == result["basic"].get("last_name")
        ]
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.answer or {"results": results}).encode())

    def log_message(self, *args):
        pass


LOCATION = {"address_purpose": "LOCATION", "address_1": PLACE[0], "address_2": PLACE[1], "city": PLACE[2]}
LOCATION |= {"state": "MD", "postal_code": PLACE[4], "telephone_number": "410-555-0100"}
TAXONOMIES = [{"code": "208D00000X", "primary": False}]
TAXONOMIES += [{"code": "207RA0401X", "primary": True, "license": "D-77", "state": "MD"}]
OF_API = {"number": NPI, "basic": {"first_name": "ANA", "last_name": "RIVERA", "credential": "M.D.", "status": "A"}}
OF_API |= {"addresses": [LOCATION | {"address_purpose": "MAILING"}, LOCATION], "taxonomies": TAXONOMIES}
ORGANIZATION = {"number": "1245319599", "basic": {"organization_name": "HARBOR RECOVERY, LLC", "status": "A"}}
ORGANIZATION |= {"addresses": [LOCATION], "practiceLocations": [LOCATION | {"address_1": "9 ELM ST"}]}


@pytest.fixture
def registry(settings):
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        server.asked, server.status, server.answer = [], 200, None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.NPPES_URL, settings.NPPES_LOOKUP = f"http://127.0.0.1:{server.server_port}/", "api"
        yield server
        server.shutdown()


def test_the_api_answers_by_number_and_by_name(registry):
    assert look_up(NPI) == look_up("Ana Rivera", "MD") == [ANA]
    harbor = look_up("harbor recovery")
    assert [(match.name, match.street, match.is_person) for match in harbor] == [
        ("Harbor Recovery, LLC", "100 Holliday St", False),
        ("Harbor Recovery, LLC", "9 Elm St", False),
    ]
    by_number, by_organization, by_person, *_rest = registry.asked
    assert by_number == {"version": "2.1", "number": NPI}
    assert by_organization | {"organization_name": "Ana Rivera*", "state": "MD"} == by_organization
    assert by_person | {"first_name": "Ana*", "last_name": "Rivera", "state": "MD"} == by_person


@pytest.mark.parametrize(("status", "answer"), [(500, None), (200, {"results": [{"basic": []}]}), (200, ["x"])])
def test_a_register_that_fails_is_unavailable_and_names_nobody(registry, status, answer):
    registry.status, registry.answer = status, answer
    with pytest.raises(nppes.NppesUnavailable) as error:
        look_up("Ana Rivera")
    assert "Rivera" not in str(error.value)


def test_an_answer_with_errors_has_no_match():
    assert list(npi_lookup.matches_of({"Errors": [{"description": "No such number"}]})) == []
    deactivated = OF_API | {"basic": OF_API["basic"] | {"status": "D"}}
    assert list(npi_lookup.matches_of({"results": [deactivated]})) == []


def test_while_other_pages_wait_a_page_asks_nobody_and_a_job_asks(registry):
    def ask(_request):
        with pytest.raises(nppes.NppesUnavailable, match="too many ask"):
            nppes.ask({"number": NPI})

    taken = [PLACES.acquire(blocking=False) for _ in range(MOST_PAGES)]
    limit_page_calls(ask)(None)
    assert nppes.ask({"number": NPI})
    PLACES.release(len(taken))
