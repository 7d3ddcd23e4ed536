"""Credentials: none without what a register said and when, none after it expired or the register dropped it."""

import json
import re
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinics.models import Evidence, ImportRun, SourceRecord
from clinics.verification import nppes
from clinics.verification.credentials import check_npis, look_up_npis, match_otp_directory, prove_npi
from tests.factories import make_clinic, make_practitioner

pytestmark = pytest.mark.django_db
NPI = "1295057917"  # of the practice-location file beside a checkout: 326 Washington St, Norwich, CT
PROVED = {"issuer": "NPPES", "proof": "NPI 1234567893: Sample Clinic", "checked_on": date(2026, 3, 1)}
LICENSE = {"kind": "license", "number": "BHA-77", "issuer": "Maryland BHA", "proof": "License BHA-77: active"}


def credentials_of(client, clinic) -> list[str]:
    page = client.get(clinic.get_absolute_url()).content.decode()
    return [kind for kind in Evidence.Kind.values if f"/evidence/#{kind}-" in page]


@pytest.mark.parametrize(
    "facts",
    [
        PROVED | {"kind": "npi", "number": "1234567893", "proof": ""},
        PROVED | {"kind": "npi", "number": "1234567893", "issuer": ""},
        PROVED | {"kind": "npi", "number": "12345"},
        PROVED | {"kind": "otp"},
        LICENSE,
        LICENSE | {"number": "", "expires_on": date(2027, 1, 1)},
    ],
)
def test_the_database_refuses_a_credential_without_proof(facts):
    clinic = make_clinic()
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.create(clinic=clinic, **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.create(
            clinic=clinic, **(PROVED | {"kind": "npi", "number": "1234567893", "checked_on": None})
        )


def test_a_credential_ends_the_day_after_it_expires_and_links_to_its_proof(client):
    clinic = make_clinic()
    Evidence.objects.create(clinic=clinic, expires_on=date(2026, 3, 31), **LICENSE)
    with time_machine.travel("2026-03-31T12:00:00-04:00"):
        assert credentials_of(client, clinic) == ["license"]
        page = client.get(f"{clinic.get_absolute_url()}evidence/").content.decode()
        for told in ("BHA-77", "Maryland BHA", "License BHA-77: active", "March 31, 2026"):
            assert told in page
    with time_machine.travel("2026-04-01T12:00:00-04:00"):
        assert credentials_of(client, clinic) == []
        assert "We hold no badge" in client.get(f"{clinic.get_absolute_url()}evidence/").content.decode()


def otp_row(clinic, edition, line) -> SourceRecord:
    run, _new = ImportRun.objects.get_or_create(
        source="samhsa-otp", edition=edition, is_complete=True, status="applied", layout="samhsa-otp", file_name="otp"
    )
    keys = {"record_key": f"{line}", "content_hash": "", "name_key": "", "street_key": ""}
    row = {"name": clinic.name, "street": clinic.street, "city": clinic.city, "state": clinic.state}
    return SourceRecord.objects.create(
        clinic=clinic, run=run, source="samhsa-otp", edition=edition, line=line, row=row, **keys
    )


def test_clinics_of_the_newest_otp_directory_and_no_others_have_its_credential(client):
    stays, leaves, never = (make_clinic(name) for name in ("Stays", "Leaves", "Never"))
    otp_row(stays, "2020-02-17", 7)
    otp_row(leaves, "2020-02-17", 8)
    assert match_otp_directory() == 2
    otp_row(stays, "2020-07-04", 9)
    assert match_otp_directory() == match_otp_directory() == 1
    assert [credentials_of(client, clinic) for clinic in (stays, leaves, never)] == [["otp"], [], []]
    assert Evidence.objects.get().proof.endswith("SAMHSA OTP directory 2020-07-04, line 9")


def test_a_credential_whose_import_was_undone_is_not_shown(client):
    clinic = make_clinic()
    record = otp_row(clinic, "2020-07-04", 1)
    match_otp_directory()
    SourceRecord.objects.filter(pk=record.pk)._raw_delete("default")  # as an undone import does
    assert credentials_of(client, clinic) == []
    assert match_otp_directory() == 0


def claim(clinic, npi):
    record = otp_row(clinic, "2023-08-28", clinic.pk)
    SourceRecord.objects.filter(pk=record.pk).update(source="cms-otp", row={"npis": [npi]})


@pytest.mark.slow  # reads the whole register twice
def test_a_stated_npi_is_a_credential_only_if_the_register_has_it_at_the_clinics_place(shared_data, client):
    [file] = (shared_data / "nppes").glob("pl_pfile_*.csv")
    there = {"street": "326 Washington Street", "city": "Norwich", "state": "CT", "zip_code": "06360"}
    right = make_clinic("Right", **there)
    elsewhere = make_clinic("Elsewhere")
    by_phone = make_clinic("By phone", street="", state="CT", city="Norwich", zip_code="", phone="860-545-9000 x4")
    unclaimed = make_clinic("Unclaimed", **there)
    for clinic in (right, elsewhere, by_phone):
        claim(clinic, NPI)
    claim(unclaimed, "1295057918")  # fails its check digit
    call_command("check_npis", file)
    found = [credentials_of(client, clinic) for clinic in (right, elsewhere, by_phone, unclaimed)]
    assert found == [["npi"], [], ["npi"], []]
    credential = right.evidence.get()
    assert credential.proof == f"NPI {NPI}: 326 Washington St, Norwich, CT 06360, 860-545-9000"
    assert check_npis(nppes.read_file(file)) == 2
    assert Evidence.objects.count() == 2


def test_a_main_file_is_read_by_its_headings(shared_data, tmp_path):
    layout = (shared_data / "nppes" / "nppes_main_file_layout_2016.csv").read_text().splitlines()[1:]
    headings = [line.split(",")[0].strip() for line in layout]
    cells = dict.fromkeys(headings, "")
    cells |= {"NPI": NPI, "Provider Organization Name (Legal Business Name)": "NORWICH CLINIC"}
    cells |= {"Provider First Line Business Practice Location Address": "326 WASHINGTON ST"}
    prefix = "Provider Business Practice Location Address"
    cells |= {f"{prefix} City Name": "NORWICH", f"{prefix} State Name": "CT", f"{prefix} Postal Code": "063602740"}
    cells |= {f"{prefix} Telephone Number": "8605459000"}
    path = tmp_path / "npidata_pfile.csv"
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in line) for line in (cells, cells.values())))
    [practice] = nppes.read_file(path)
    assert practice == nppes.Practice(
        NPI, "NORWICH CLINIC", "326 WASHINGTON ST", "NORWICH", "CT", "06360", "860-545-9000"
    )


CASE = Path(__file__).parents[2] / "data" / "cases" / "C23_nppes_deactivated.csv"


def test_a_deactivated_npi_earns_no_badge_unless_it_was_reactivated(client):
    streets = {"1999999018": "12 Mill St", "1999999034": "14 Mill St", "1999999042": "16 Mill St"}
    there = {"city": "Cambridge", "state": "MA", "zip_code": "02139", "phone": ""}
    clinics = {npi: make_clinic(f"Of {street}", street=street, **there) for npi, street in streets.items()}
    for npi, clinic in clinics.items():
        claim(clinic, npi)
    call_command("check_npis", CASE)
    assert [credentials_of(client, clinic) for clinic in clinics.values()] == [["npi"], [], ["npi"]]


def test_a_badge_ends_when_the_register_deactivates_its_npi(client):
    clinic = make_clinic("Gone", street="14 Mill St", city="Cambridge", state="MA", zip_code="02139")
    claim(clinic, "1999999034")
    there = nppes.Practice("1999999034", "GONE", "14 MILL ST", "CAMBRIDGE", "MA", "02139", "")
    assert check_npis([there]) == 1
    assert credentials_of(client, clinic) == ["npi"]
    call_command("check_npis", CASE)
    assert credentials_of(client, clinic) == []


@pytest.mark.parametrize(
    ("deactivated", "reactivated", "is_active"),
    [
        ("", "", True),
        ("", "06/02/2020", True),
        ("03/02/2020", "", False),
        ("03/02/2020", "06/02/2020", True),
        ("07/02/2020", "06/02/2020", False),  # again
        ("soon", "06/02/2020", False),
    ],
)
def test_the_later_of_two_days_decides(deactivated, reactivated, is_active):
    assert nppes.is_active(deactivated, reactivated) is is_active


def test_an_answer_of_the_api_is_read_and_a_deactivated_npi_proves_nothing():
    place = {"address_purpose": "LOCATION", "address_1": "100 HOLLIDAY ST", "city": "BALTIMORE", "state": "MD"}
    place |= {"postal_code": "212021234", "telephone_number": "410-555-0100"}
    mailing = place | {"address_purpose": "MAILING", "address_1": "PO BOX 1"}
    result = {"number": 1234567893, "basic": {"organization_name": "SAMPLE", "status": "A"}}
    result["addresses"] = [mailing, place]
    practices = nppes.parse_answer({"results": [result]})
    assert [practice.street for practice in practices] == ["100 HOLLIDAY ST"]
    clinic = make_clinic()
    assert prove_npi(clinic, "1234567893", practices).issuer == "NPPES"
    assert prove_npi(clinic, "1234567890", practices) is None
    result["basic"]["status"] = "D"
    assert nppes.parse_answer({"results": [result]}) == []
    assert nppes.parse_answer({"Errors": [{"description": "CMS deactivated NPI"}]}) == []


def test_another_file_is_refused_in_a_sentence(shared_data):
    with pytest.raises(CommandError, match="neither a main file nor"):
        call_command("check_npis", shared_data / "otp" / "TreatmentProgram_20200704.csv")


class Register(BaseHTTPRequestHandler):
    """NPPES as its API answers, with one practice at 100 Holliday Street."""

    street = "100 HOLLIDAY ST"
    moved, asked = False, 0

    def do_GET(self):
        type(self).asked += 1
        if self.moved:
            self.send_response(302)
            self.send_header("Location", "/elsewhere/?number=1234567893")
            self.end_headers()
            return
        place = {"address_purpose": "LOCATION", "address_1": self.street, "city": "BALTIMORE", "state": "MD"}
        place |= {"postal_code": "212021234", "telephone_number": ""}
        number = parse_qs(urlsplit(self.path).query)["number"][0]
        result = {"number": number, "basic": {"first_name": "ANA", "last_name": "REYES"}, "addresses": [place]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"results": [result]}).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def register(settings):
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Register,), {})) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.NPPES_URL = f"http://127.0.0.1:{server.server_port}/"
        yield server
        server.shutdown()


def test_an_npi_of_an_owner_is_a_credential_while_the_register_has_it_at_the_clinic(register, client, settings):
    here, elsewhere = make_clinic("Here"), make_clinic("Elsewhere", street="9 Elm Street", phone="")
    invented = make_clinic("Invented", is_demo=True)
    for clinic in (here, elsewhere, invented):
        make_practitioner(clinic)
    assert look_up_npis() == "2 NPIs looked up, 1 are at their clinic"
    assert [credentials_of(client, clinic) for clinic in (here, elsewhere, invented)] == [["npi"], [], []]
    assert here.evidence.get().proof.startswith("NPI 1234567893: ANA REYES: 100 HOLLIDAY ST")
    assert look_up_npis() == "1 NPIs looked up, 0 are at their clinic", "what was proved is fresh for 30 days"
    register.RequestHandlerClass.street = "7 OTHER ROAD"
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert look_up_npis() == "2 NPIs looked up, 0 are at their clinic"
    assert credentials_of(client, here) == []
    settings.NPPES_URL = ""
    assert look_up_npis().startswith("0 NPIs")


def test_a_redirect_of_the_register_is_not_followed(register):
    register.RequestHandlerClass.moved = True
    with pytest.raises(nppes.NppesUnavailable, match="status 302"):
        nppes.ask_api("1234567893")
    assert register.RequestHandlerClass.asked == 1


def test_a_file_of_nppes_proves_what_owners_name_too():
    clinic = make_clinic()
    make_practitioner(clinic)
    practice = nppes.Practice("1234567893", "", "100 Holliday St", "Baltimore", "MD", "21202", "")
    assert check_npis([practice]) == 1
    assert clinic.evidence.get().kind == "npi"


def test_an_editor_records_the_license_that_an_owner_stated_as_the_register_has_it(client):
    clinic = make_clinic()
    make_practitioner(clinic)
    client.force_login(User.objects.create_superuser("editor"))
    listed = client.get("/admin/clinics/practitioner/").content.decode()
    [address] = re.findall(r'href="(/admin/clinics/evidence/add/[^"]+)"', listed)
    form = client.get(address.replace("&amp;", "&")).context["adminform"].form
    posted = {name: form[name].value() or "" for name in form.fields}
    assert client.post("/admin/clinics/evidence/add/", posted).status_code == 200, "no credential without proof"
    posted |= {"issuer": "Maryland Board of Physicians", "proof": "License D-77: active"}
    assert client.post("/admin/clinics/evidence/add/", posted).status_code == 302
    credential = clinic.evidence.get()
    assert (credential.number, credential.expires_on) == ("D-77", date(2030, 6, 30))
    assert "a credential" in client.get("/admin/clinics/practitioner/").content.decode()
