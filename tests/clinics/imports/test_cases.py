"""Small files that once failed (tests/data/cases), each for its kind: every name, number and address is invented.

TESTED_IN says where each of them is read; most of them here, through the command as an editor uses it.
"""

import csv
import gzip
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from clinics.geo import Coordinates, miles_between
from clinics.models import Clinic, SourceRecord, ZipCode

pytestmark = pytest.mark.django_db

TESTS = Path(__file__).parents[2]
CASES = TESTS / "data" / "cases"
TESTED_IN = {
    "C01_coordinates_other_state.csv": "clinics/imports/test_cases.py",
    "C02_phone_forms.csv": "clinics/imports/test_readers_phones.py",
    "C03_tail_of_commas.csv": "clinics/imports/test_cases.py",
    "C07_utf16.csv": "clinics/imports/test_cases.py",
    "C07b_utf16_tab_excel_unicode_text.txt": "clinics/imports/test_cases.py",
    "C10_same_address.csv": "clinics/imports/test_cases.py",
    "C11_hotline_in_contact_2012.csv": "clinics/imports/test_readers_phones.py",
    "C12_freely_associated_states.csv": "clinics/imports/test_cases.py",
    "C13_printed_directory_no_year_in_name.csv": "clinics/imports/test_cases.py",
    "C14_ca_dhcs_licensed.csv": "clinics/imports/test_cases.py",
    "C15_physician_locator_2020.csv": "clinics/imports/test_cases.py",
    "C22_formula_name.csv": "clinics/imports/test_cases.py",
    "C23_nppes_deactivated.csv": "clinics/verification/test_credentials.py",
    "C24_hours_typed.csv": "clinics/test_typed_hours.py",
    "generic_headings.csv": "clinics/imports/test_cases.py",
    "semicolon.csv": "clinics/imports/test_cases.py",
    "state_license_list.csv": "clinics/imports/test_cases.py",
}


@pytest.mark.parametrize(("case", "module"), TESTED_IN.items())
def test_every_case_is_read_by_a_test(case, module):
    assert (CASES / case).is_file()
    text = (TESTS / module).read_text()
    assert text.count(case) > (module == "clinics/imports/test_cases.py")  # beside its line in the table


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_no_case_is_forgotten(case):
    assert case in TESTED_IN


def imported(case: str | Path, **options) -> list[str]:
    """The lines of the report; the same that a rehearsal printed before it."""
    reports = []
    for dry_run in (True, False):
        output = StringIO()
        call_command("import_clinics", CASES / case, dry_run=dry_run, stdout=output, stderr=StringIO(), **options)
        reports.append(output.getvalue().splitlines())
    rehearsed, report = reports
    assert rehearsed == [*report, "Dry run: nothing was written."]
    return report


def refused(case: str | Path, **options) -> str:
    """The one sentence of a file that cannot be imported."""
    with pytest.raises(CommandError) as caught:
        call_command("import_clinics", CASES / case, stdout=StringIO(), stderr=StringIO(), **options)
    sentence = str(caught.value)
    assert not Clinic.objects.exists()
    assert "\n" not in sentence
    return sentence.partition("cannot be imported. ")[2]


def numbers(report: list[str]) -> dict[str, int]:
    return {words[0]: int(words[1]) for line in report if len(words := line.split()) > 1 and words[1].isdigit()}


def written(tmp_path, *lines: str, name="list.csv") -> Path:
    path = tmp_path / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def point_of_zip(code: str) -> tuple[float, float]:
    return ZipCode.objects.values_list("latitude", "longitude").get(code=code)


def test_a_point_in_another_state_is_left_out_and_said():
    report = imported("C01_coordinates_other_state.csv")
    assert "coordinates left out: not in OH: 1 facility (line 2)" in report
    assert "coordinates left out: not in ME: 1 facility (line 3)" in report
    for zip_code in ("43302", "04950"):
        clinic = Clinic.objects.get(zip_code=zip_code)
        assert (clinic.coordinates, clinic.is_approximate) == (point_of_zip(zip_code), True)
    record = SourceRecord.objects.get(zip_code="43302")
    assert record.row["notes"] == ["coordinates '35.5186, -97.6323' left out: not in OH"]


def test_a_lost_minus_is_put_back():
    report = imported("C01_coordinates_other_state.csv")
    assert "coordinates had a wrong sign: 1 facility (line 4)" in report
    fargo = Clinic.objects.get(zip_code="58102")
    assert (fargo.latitude, fargo.longitude, fargo.is_approximate) == (46.8772, -96.7898, False)


LOCATOR = "name1,street1,city,state,zip,latitude,longitude"


@pytest.mark.parametrize(
    ("stated", "point", "said"),
    [
        ("Houston,TX,77011,29.4271,-98.5207", None, "coordinates left out: far from its address"),  # San Antonio
        ("Houston,TX,77011,29.7446,-95.3060", (29.7446, -95.3060), ""),
        ("Houston,TX,77011,-95.3060,29.7446", (29.7446, -95.3060), "coordinates were swapped"),
        ("Houston,TX,77011,95.3060,29.7446", (29.7446, -95.3060), "coordinates were swapped"),
        ("Houston,TX,77011,-29.7446,95.3060", (29.7446, -95.3060), "coordinates had a wrong sign"),
        ("Houston,TX,77011,29.7446 N,95.3060 W", (29.7446, -95.3060), ""),
        ("Tamuning,GU,96913,13.4875,-144.7825", (13.4875, 144.7825), "coordinates had a wrong sign"),
        ("Pago Pago,AS,96799,14.2793,-170.7001", (-14.2793, -170.7001), "coordinates had a wrong sign"),
        ("Barrow,AK,99723,71.2999,-156.7588", (71.2999, -156.7588), ""),  # 70 miles from the middle of its ZIP code
        ("Middletown,CT,05457,41.5578,-72.6212", (41.5578, -72.6212), ""),  # the ZIP is wrong, it is one of Vermont
        ("Jacksonville,NC,27540,34.7478,-77.3879", (34.7478, -77.3879), ""),  # and here too, but the city is right
        ("Marion,OH,43302,39.8283,-98.5795", None, "coordinates left out: not in OH"),  # the middle of the country
    ],
)
def test_a_point_must_be_where_the_row_says(tmp_path, stated, point, said):
    report = imported(written(tmp_path, LOCATOR, f"Cedar Bend,12 Maple Avenue,{stated}"))
    clinic = Clinic.objects.get()
    assert (clinic.coordinates, clinic.is_approximate) == (point or point_of_zip(clinic.zip_code), point is None)
    assert [line for line in report if "coordinates" in line] == ([f"{said}: 1 facility (line 2)"] if said else [])


def test_a_tail_of_commas_is_one_line():
    report = imported("C03_tail_of_commas.csv")
    assert numbers(report)["created"] == 1
    assert numbers(report)["rejected"] == 0
    assert "500 empty rows (lines 3 to 502), passed over" in report


def test_a_tail_of_too_few_commas_or_blanks_is_one_line_too(tmp_path):
    path = written(tmp_path, LOCATOR, "Cedar Bend,12 Maple Avenue,Marion,OH,43302,,", ",,,", " , ,,,,,", ",,,,,,,,,")
    assert "3 empty rows (lines 3 to 5), passed over" in imported(path)


def test_the_freely_associated_states_are_places_like_the_territories(client):
    report = imported("C12_freely_associated_states.csv")
    assert numbers(report)["created"] == 3
    assert not [line for line in report if "coordinates" in line]
    for state, city in (("fm", "kolonia"), ("pw", "koror"), ("mh", "majuro")):
        clinic = Clinic.objects.get(state=state.upper())
        assert not clinic.is_approximate
        assert client.get(f"/locations/{state}/").status_code == 200
        assert client.get(f"/locations/{state}/{city}/").status_code == 200
        found = client.get(f"/clinics/?near={clinic.zip_code}&treats=any").content.decode()
        assert clinic.name in found
        assert miles_between(clinic.coordinates, Coordinates(*point_of_zip(clinic.zip_code))) < 1
        assert client.get(clinic.get_absolute_url()).status_code == 200


def test_a_decimal_comma_is_read():
    imported("semicolon.csv")
    clinic = Clinic.objects.get()
    assert (clinic.latitude, clinic.longitude, clinic.is_approximate) == (42.3647, -71.1042, False)


@pytest.mark.parametrize("case", ["C07_utf16.csv", "C07b_utf16_tab_excel_unicode_text.txt"])
def test_utf16_is_read(case):
    assert numbers(imported(case))["created"] == 1
    clinic = Clinic.objects.get()
    assert (clinic.name, clinic.zip_code, clinic.phone) == ("Harbor Light Recovery", "02139", "617-555-0112")


@pytest.mark.parametrize(
    "codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "windows-1252", "gzipped utf-16-le"]
)
def test_an_encoding_is_found_without_its_mark(tmp_path, codec):
    lines = [LOCATOR, *(f"Clínica {n},{n} Maple Avenue,Marion,OH,43302,," for n in range(1, 2000))]
    content = "\r\n".join(lines).encode(codec.removeprefix("gzipped "))
    path = tmp_path / "list.txt"
    path.write_bytes(gzip.compress(content) if codec.startswith("gzipped") else content)
    assert numbers(imported(path))["created"] == 1999
    assert Clinic.objects.filter(name="Clínica 1999").exists()


def test_a_list_without_a_year_is_undated_and_says_so():
    report = imported("C13_printed_directory_no_year_in_name.csv")
    assert numbers(report)["created"] == 3
    assert {record.edition for record in SourceRecord.objects.all()} == {"undated"}
    assert [line for line in report if "states no date" in line and "--edition" in line]


def test_the_year_of_a_list_is_asked_of_whoever_imports_it():
    report = imported("C13_printed_directory_no_year_in_name.csv", edition="2012")
    assert {record.edition for record in SourceRecord.objects.all()} == {"2012"}
    assert not [line for line in report if "states no date" in line]


def test_the_columns_of_a_states_list_are_read_by_their_meaning():
    report = imported("C14_ca_dhcs_licensed.csv")
    clinic = Clinic.objects.get()
    assert (clinic.street, clinic.city, clinic.state, clinic.zip_code) == (
        "38 INVENTED AVENUE",
        "OAKLAND",
        "CA",
        "94609",
    )
    assert (clinic.phone, clinic.county) == ("510-555-0190", "Alameda County")
    assert (clinic.latitude, clinic.is_approximate) == (37.8273, False)
    [read_as] = [line for line in report if line.startswith("columns read by their meaning: ")]
    assert "'facility_name' as name, 'address_line1' as street" in read_as
    assert "unknown column 'license_number', ignored" in report
    record = SourceRecord.objects.get()
    assert (record.source, record.row["codes"], record.row["treats"]) == ("other-list", None, [])


def test_a_license_list_and_common_headings_are_read():
    assert numbers(imported("state_license_list.csv"))["created"] == 1
    clinic = Clinic.objects.get()
    assert (clinic.name, clinic.street, clinic.phone) == ("Harbor Light Recovery", "12 Mill Street", "617-555-0112")
    assert clinic.county == "Middlesex"
    report = numbers(imported("generic_headings.csv"))
    assert (report["created"], report["updated"]) == (1, 1)  # the same place, under another name of its program
    assert set(Clinic.objects.values_list("zip_code", flat=True)) == {"02139", "02118"}


def test_a_license_that_is_over_is_no_clinic(tmp_path):
    path = written(
        tmp_path,
        "Facility Name,Address Line 1,City,State,Zip_Code,License Status",
        "Cedar Bend,12 Maple Avenue,Marion,Ohio,43302,Active",
        "Elm Bend,14 Maple Avenue,Marion,OH,43302,Revoked",
    )
    report = imported(path)
    assert (numbers(report)["created"], numbers(report)["rejected"]) == (1, 1)
    assert "line 3 rejected: its license is 'Revoked'" in report
    assert Clinic.objects.get().state == "OH"


def test_a_list_of_people_is_refused_with_the_true_reason():
    sentence = refused("C15_physician_locator_2020.csv")
    assert sentence.startswith("Its rows are people, not places; a practitioner is listed only who asks for it.")


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        ("Provider Name,First Name,Last Name,Address,City,State,Zip", "Its rows are people, not places; "),
        ("Physician,Address,City,State,Zip", "Its rows are people, not places; "),
        ("NPI,Entity Type Code,Name,Address,City,State,Zip", "This is the register of NPIs (NPPES), "),
        ("Facility Name,Address,City,State,Phone", "As a list of places it has no column for the zip; add it"),
        ("Facility Name,City,State,Phone", "As a list of places it has no column for the street and the zip; add"),
        ("Pet,Color,Owner,Age", "Its columns ('Pet', 'Color', 'Owner', 'Age') are those of no directory we know; "),
        ("name1,street1,city,state,zip,phone", "As a SAMHSA directory it lacks the column 'service_code_info'; "),
        ("name1,street1,city,state,zip,service_code_info", "As a SAMHSA directory it lacks the column 'phone'; "),
        ("Name,Address,Address,City,State,Zip", "The column 'address' appears twice; "),
    ],
)
def test_a_list_that_cannot_be_read_says_why(tmp_path, headings, sentence):
    assert refused(written(tmp_path, headings, "a,b,c,d,e,f,g")).startswith(sentence)


def test_a_known_list_under_other_words_keeps_its_services(tmp_path):
    path = written(
        tmp_path,
        "Facility Name,Street Address,City,State,Zip Code,Telephone,service_code_info",
        "Cedar Bend,12 Maple Avenue,Marion,OH,43302,740-555-0141,SA * OP * BU",
    )
    imported(path)
    record = SourceRecord.objects.get()
    assert (record.source, record.row["codes"]) == ("samhsa-directory", ["SA", "OP", "BU"])


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_name_like_a_formula_is_guarded_and_a_number_stays_one(tmp_path, ending):
    imported("C22_formula_name.csv")
    path = tmp_path / f"clinics.{ending}"
    call_command("export_clinics", path, stdout=StringIO())
    if ending == "csv":
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["longitude"] for row in rows] == ["-105.2424", "-105.2424"]
    else:
        headings, *lines = load_workbook(path).worksheets[0].iter_rows(values_only=True)
        rows = [dict(zip(headings, line, strict=True)) for line in lines]
        assert [row["longitude"] for row in rows] == [-105.2424, -105.2424]
        assert {row["zip_code"] for row in rows} == {"81212"}
    names = {'\'=HYPERLINK("http://evil.example";"x")', "'+1-800 Recovery"}
    assert {row["name"] for row in rows} == names
    before = list(Clinic.objects.order_by("pk").values("pk", "name", "latitude", "longitude"))
    Clinic.objects.update(name="Other", longitude=0)
    imported(path)
    assert list(Clinic.objects.order_by("pk").values("pk", "name", "latitude", "longitude")) == before


def test_one_place_is_one_entry_and_its_programs_stay_programs(client):
    """The same center with North and a room is one entry of the list; what has another name at the address is not."""
    assert numbers(imported("C10_same_address.csv"))["created"] == 4
    asked = {"near": "43219", "treats": "any"}
    answer = client.get("/clinics/", asked | {"format": "json"}).json()
    assert answer["count"] == 4
    page = client.get("/clinics/", asked).content.decode()
    entries = page.partition("<ol")[2].partition("</ol>")[0].split("<li>")[1:]
    assert len(entries) == 3
    for clinic in Clinic.objects.all():
        assert len([entry for entry in entries if f"/clinics/{clinic.pk}/" in entry]) == 1
        assert client.get(clinic.get_absolute_url()).status_code == 200
    [center] = [entry for entry in entries if "Maple Ambulatory Center" in entry]
    assert "2 programs here" in center
    assert "Room 1A-052" in center
