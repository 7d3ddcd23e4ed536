"""What readers repair, what they leave out, and what they refuse, value by value."""

from datetime import date

import openpyxl
import pytest

from clinics.imports.readers import open_directory
from clinics.imports.readers.cells import (
    joined,
    read_codes,
    read_date,
    read_npis,
    read_website,
    read_zip,
    tidy,
)
from clinics.imports.readers.coordinates import read_coordinates
from clinics.imports.readers.editions import edition_in
from clinics.imports.rows import FacilityRow, Rejection

HEADINGS = "name1,name2,street1,street2,city,state,zip,phone,intake1,intake2,intake1a,intake2a,service_code_info"
TOWSON = {
    "name1": "Towson Clinic",
    "street1": "1 Main Street",
    "city": "Towson",
    "state": "MD",
    "zip": "21204",
    "phone": "410-555-0100",
    "service_code_info": "SA * OP * BU",
}


@pytest.fixture
def read_one(tmp_path):
    """The one row of a directory with Towson's clinic and these changes."""

    def read(**changes):
        cells = TOWSON | changes
        path = tmp_path / "directory.csv"
        path.write_text(f"{HEADINGS}\n" + ",".join(cells.get(key, "") for key in HEADINGS.split(",")) + "\n", "utf-8")
        [row] = open_directory(path)
        return row

    return read


@pytest.mark.parametrize(
    ("written", "zip4", "state", "expected"),
    [
        ("21204", "", "MD", ("21204", "")),
        ("6708", "", "CT", ("06708", "")),
        ("602", "", "PR", ("00602", "")),
        ("801", "", "VI", ("00801", "")),
        ("6390", "", "NY", ("06390", "")),  # Fishers Island
        ("501", "", "NY", ("00501", "")),  # Holtsville
        ("21001-1234", "", "MD", ("21001", "1234")),
        ("5602-8498", "", "VT", ("05602", "8498")),
        ("210011234", "", "MD", ("21001", "1234")),
        ("56028498", "", "VT", ("05602", "8498")),
        ("6021234", "", "PR", ("00602", "1234")),
        ("36310.0", "", "AL", ("36310", "")),
        (" 21204\N{NO-BREAK SPACE}", "NA", "MD", ("21204", "")),
        ("21204", "27", "MD", ("21204", "0027")),
        ("21204-", "", "MD", ("21204", "")),
        ("7500", "", "TX", ("", "")),  # Texas has no ZIP that begins with 0: another digit was lost
        ("602", "", "NJ", ("", "")),
        ("21", "", "MD", ("", "")),
        ("00000", "", "MD", ("", "")),
        ("OP", "", "MD", ("", "")),
        ("212045", "", "MD", ("", "")),
        ("", "1234", "MD", ("", "")),
        ("NA", "", "MD", ("", "")),
    ],
)
def test_zips(written, zip4, state, expected):
    assert read_zip(written, zip4, state, []) == expected


def test_a_zip_that_is_repaired_or_left_out_is_noted():
    notes = []
    read_zip("6708", "", "CT", notes)
    read_zip("7500", "", "TX", notes)
    read_zip("21204", "", "MD", notes)
    assert notes == ["ZIP '6708' had lost its leading zeros", "ZIP '7500' left out: not a ZIP of TX"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        ("39.4015", "-76.6019", (39.4015, -76.6019)),
        (" 39.4015 ", "-76.6019\N{NO-BREAK SPACE}", (39.4015, -76.6019)),
        ("39,4015", "-76,6019", (39.4015, -76.6019)),
        ("39.4015°", "76.6019° W", (39.4015, -76.6019)),
        ("0", "0", (None, None)),
        ("0.0", "0.0", (None, None)),
        ("39.4015", "", (None, None)),
        ("35.5186", "-97.6323", (35.5186, -97.6323)),  # Oklahoma: the state may be wrong, which the judge decides
        ("48.8566", "2.3522", (None, None)),  # Paris
        ("139.4", "-76.6", (None, None)),
        ("nan", "nan", (None, None)),
        ("inf", "-76.6", (None, None)),
        ("north", "west", (None, None)),
        ("", "", (None, None)),
        ("NA", "NA", (None, None)),
    ],
)
def test_coordinates(latitude, longitude, expected):
    notes = []
    assert read_coordinates(latitude, longitude, "MD", notes) == expected
    assert bool(notes) is (expected == (None, None) and latitude not in ("", "NA", "nan"))


@pytest.mark.parametrize(
    ("latitude", "longitude", "state", "expected", "note"),
    [
        ("13.4443", "144.7937", "GU", (13.4443, 144.7937), ""),
        ("-14.2756", "-170.702", "AS", (-14.2756, -170.702), ""),
        ("71.3", "-156.8", "AK", (71.3, -156.8), ""),
        ("39.4015", "76.6019", "MD", (39.4015, -76.6019), "had a wrong sign"),
        ("-76.6019", "39.4015", "MD", (39.4015, -76.6019), "were swapped"),
        ("76.6019", "39.4015", "MD", (39.4015, -76.6019), "were swapped"),
        ("13.4443", "-144.7937", "GU", (13.4443, 144.7937), "had a wrong sign"),
    ],
)
def test_coordinates_are_those_of_the_state(latitude, longitude, state, expected, note):
    notes = []
    assert read_coordinates(latitude, longitude, state, notes) == expected
    assert notes == ([f"coordinates '{latitude}, {longitude}' {note}"] if note else [])


@pytest.mark.parametrize(
    ("written", "website"),
    [
        ("http://www.pcc4me.com", "http://www.pcc4me.com"),
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("HTTPS://example.org", "HTTPS://example.org"),
        ("http://www.boystown.org\\central-florida", "http://www.boystown.org/central-florida"),
        ("http://", ""),
        ("", ""),
        ("www.example.org", ""),
        ("javascript:alert(1)", ""),
        ("ftp://example.org", ""),
        ("http://localhost", ""),
        ("http://www://Amerikare.net", ""),
        ("http://www.mediapolis,com", ""),
        ("http://user:secret@example.org", ""),
        ("http://[::1", ""),
        ("http://example.org:99999", ""),
        ("http://example.org/a b", ""),
        ("http://example.org/" + "x" * 300, ""),
    ],
)
def test_websites(written, website):
    assert read_website(written, []) == website


def test_codes_keep_their_order_without_repeats():
    notes = []
    assert read_codes(" SA MH  SUMH * OP * SA BU ", None, notes) == ("SA", "MH", "SUMH", "OP", "BU")
    assert read_codes("SAF/SA/MM/SA/", "/", notes) == ("SAF", "SA", "MM")
    assert read_codes("", None, notes) == ()
    assert notes == []
    assert read_codes("SA Outpatient BU", None, notes) == ("SA", "BU")
    assert notes == ["left out what is no service code: Outpatient"]


def test_an_npi_with_a_wrong_digit_is_left_out_and_noted():
    notes = []
    assert read_npis("1003081399  1013055111 1003081399", notes) == ("1003081399",)
    assert notes == ["NPI left out: 1013055111 fails the check digit"]
    assert read_npis("", []) == ()


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("9/30/10", date(2010, 9, 30)),
        ("09/30/2010", date(2010, 9, 30)),
        ("1/2/70", date(2070, 1, 2)),
        ("2010-09-30", date(2010, 9, 30)),
        ("2010-09-30 00:00:00", date(2010, 9, 30)),
        ("", None),
        ("30/9/10", None),
        ("soon", None),
    ],
)
def test_dates(written, day):
    assert read_date(written, []) == day


def test_blanks_and_invisible_characters():
    assert tidy("  Towson\t\N{NO-BREAK SPACE} Clinic\n") == "Towson Clinic"
    assert tidy("Tow\N{ZERO WIDTH SPACE}son\x00 \N{SOFT HYPHEN}Clinic\ud800") == "Towson Clinic"
    assert joined("", "Suite 1", " suite 1 ", "Building B") == "Suite 1, Building B"


@pytest.mark.parametrize(
    ("file_name", "edition"),
    [
        ("national_directory_2024_facilities.csv.gz", "2024"),
        ("TreatmentProgram_20200704.xls", "2020-07-04"),
        ("OPIOID_TREATMENT_PROGRAM_PROVIDERS_08282023.csv", "2023-08-28"),
        ("findtreatment_api_sample_2019-05-23.json", "2019-05-23"),
        ("National_Directory_MH_Facilities_2022.xlsx", "2022"),
        ("facilities.csv", ""),
        ("export_99999999_12345.csv", ""),
        ("export_20201345.csv", ""),
        ("report-0042.csv", ""),
        ("export_120200704.csv", ""),
    ],
)
def test_the_edition_in_a_file_name(file_name, edition):
    assert edition_in(file_name) == edition


def test_a_row_is_trimmed_and_its_state_is_upper_case(read_one):
    row = read_one(name1="  Towson \N{NO-BREAK SPACE} Clinic ", state="md", city=" Towson ")
    assert (row.name, row.state, row.city) == ("Towson Clinic", "MD", "Towson")
    assert row.line == 2
    assert row.notes == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name1": ""}, "no name"),
        ({"name1": "\N{NO-BREAK SPACE}"}, "no name"),
        ({"state": ""}, "no state"),
        ({"state": "ON"}, "'ON' is not the postal code of a US state or territory"),
        ({"state": "Atlantis"}, "'ATLANTIS' is not the postal code of a US state or territory"),
        ({"zip": ""}, "no ZIP and no coordinates: it cannot be placed"),
        ({"zip": "2120"}, "no ZIP and no coordinates: it cannot be placed; ZIP '2120' left out: not a ZIP of MD"),
        ({"name1": "x" * 201}, "a name or address of more than 200 characters"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_with_its_reason(read_one, changes, reason):
    row = read_one(**changes)
    assert isinstance(row, Rejection)
    assert row.reason == reason
    assert len(row.text) <= 200


def test_an_odd_value_never_rejects_the_row(read_one):
    row = read_one(phone="NHS", street1="", intake1="410-555-0101", intake2="410-555-0101")
    assert isinstance(row, FacilityRow)
    assert row.phone == ""
    assert row.intake_phones == ("410-555-0101",)
    assert row.notes == ("no street address stated", "phone left out: 'NHS' is not a phone number")


def write_rows(path, *lines):
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_columns_are_found_by_heading_in_any_order_and_case(tmp_path):
    lines = [
        "STATE,Zip, City ,service_code_info,Phone,Street1,NAME1",
        "MD,21204,Towson,SA,410-555-0100,1 Main,Towson Clinic",
    ]
    [row] = open_directory(write_rows(tmp_path / "a.csv", *lines))
    assert (row.name, row.state, row.zip_code, row.name_detail) == ("Towson Clinic", "MD", "21204", "")


@pytest.mark.parametrize("delimiter", ["\t", ";"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_tabs_and_semicolons_separate_cells_too(tmp_path, delimiter, quote):
    cells = [TOWSON.get(key, "") for key in HEADINGS.split(",")]
    lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in line) for line in (HEADINGS.split(","), cells)]
    [row] = open_directory(write_rows(tmp_path / "a.txt", *lines))
    assert row.name == "Towson Clinic"


def test_unknown_columns_are_reported_and_ignored(tmp_path):
    lines = [f"{HEADINGS},Favourite Colour,", ",".join(TOWSON.get(key, "") for key in HEADINGS.split(",")) + ",red,"]
    directory = open_directory(write_rows(tmp_path / "a.csv", *lines))
    assert directory.unknown_columns == ["Favourite Colour", "column 15 (no heading)"]
    assert next(iter(directory)).name == "Towson Clinic"


def test_the_line_is_where_the_row_starts(tmp_path):
    row = ",".join(TOWSON.get(key, "") for key in HEADINGS.split(","))
    lines = [HEADINGS, "", row, row.replace("1 Main Street", '"1 Main\n\nStreet"'), row, "too,short"]
    rows = list(open_directory(write_rows(tmp_path / "a.csv", *lines)))
    assert [row.line for row in rows] == [3, 4, 7, 8]
    assert rows[1].street == "1 Main Street"


def test_lines_may_end_as_on_windows_or_an_old_macintosh(tmp_path):
    row = ",".join(TOWSON.get(key, "") for key in HEADINGS.split(","))
    for ending in ("\r\n", "\r"):
        (tmp_path / "a.csv").write_text(ending.join([HEADINGS, row, row, ""]), "utf-8", newline="")
        directory = open_directory(tmp_path / "a.csv")
        assert [row.line for row in directory] == [2, 3]
        assert directory.total_rows == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "mac_roman"])
def test_names_are_the_same_in_every_encoding(tmp_path, encoding):
    names = ["Clínica Ninos y Adol", "CTIAM Bayamón", "Peña’s House", "MedMark – El Paso"]
    lines = [HEADINGS] + [
        ",".join((TOWSON | {"name1": name}).get(key, "") for key in HEADINGS.split(",")) for name in names
    ]
    (tmp_path / "a.csv").write_bytes("\n".join([*lines, ""]).encode(encoding))
    directory = open_directory(tmp_path / "a.csv")
    assert [row.name for row in directory] == names
    assert directory.encoding == encoding


@pytest.mark.slow
def test_a_character_that_lies_across_two_chunks_is_one_character(tmp_path):
    def line(name):
        return ",".join((TOWSON | {"name1": name}).get(key, "") for key in HEADINGS.split(",")).encode() + b"\n"

    for shift in range(8):
        at = 1024 * 1024 - 6 + shift
        content = f"{HEADINGS}\n".encode()
        content += line("x") * ((at - len(content)) // len(line("x")) - 1)
        content += line("x" * (at - len(content) - len(line(""))))
        assert len(content) == at
        (tmp_path / "a.csv").write_bytes(content + line("é–é"))
        directory = open_directory(tmp_path / "a.csv")
        assert directory.encoding == "utf-8"
        assert list(directory)[-1].name == "é–é"


def test_numbers_of_a_workbook_are_text_again(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Made on 1 July"])
    facilities = book.create_sheet("Facilities List")
    facilities.append(HEADINGS.split(","))
    facilities.append(
        ["Waterbury", None, "60 Westwood", None, "Waterbury", "CT", 6708, 2035550100, None, None, None, None, "SA"]
    )
    facilities.append([])
    facilities.append(["Abbeville", None, 219.0, None, "Abbeville", "AL", 36310.0, "334-555-0100"])
    facilities.append(["Towson"] + [None] * 20 + ["astray"])
    book.save(tmp_path / "book.xlsx")
    waterbury, abbeville, astray = open_directory(tmp_path / "book.xlsx")
    assert (waterbury.zip_code, waterbury.phone) == ("06708", "203-555-0100")
    assert (abbeville.line, abbeville.zip_code, abbeville.street, abbeville.codes) == (4, "36310", "219", ())
    assert astray.reason == "has 22 cells instead of 13"


def test_a_given_edition_wins_and_chooses_the_code_book(tmp_path):
    row = ",".join(TOWSON.get(key, "") for key in HEADINGS.split(","))
    path = write_rows(tmp_path / "directory_2022.csv", HEADINGS, row)
    assert (open_directory(path).edition, open_directory(path, edition="2024").edition) == ("2022", "2024")
    assert open_directory(path).codebook["substance-use"] == "samhsa-su-2022"
    assert open_directory(path, edition="2025-02-01").codebook["substance-use"] == "samhsa-su-2024"
    undated = write_rows(tmp_path / "directory.csv", HEADINGS, row)
    assert open_directory(undated).edition == "undated"
    assert open_directory(write_rows(tmp_path / "directory.csv", HEADINGS, f"{row} DLC")).edition == "2024"


def test_a_short_file_is_not_a_whole_edition(tmp_path):
    row = ",".join(TOWSON.get(key, "") for key in HEADINGS.split(","))
    assert not open_directory(write_rows(tmp_path / "a_2024.csv", HEADINGS, row)).complete
    assert open_directory(write_rows(tmp_path / "a_2024.csv", HEADINGS, *[row] * 8_000)).complete


def test_the_directory_of_a_row(tmp_path):
    def line(codes):
        return ",".join((TOWSON | {"service_code_info": codes}).get(key, "") for key in HEADINGS.split(","))

    rows = open_directory(
        write_rows(tmp_path / "a.csv", HEADINGS, line("PVTN"), line("SA MH"), line("PVTN"), line("SA SAE"))
    )
    assert [set(row.treats) for row in rows] == [set(), {"mental-health"}, {"mental-health"}, {"substance-use"}]


def test_the_name_of_a_locator_export_without_the_column_states_its_directory(tmp_path):
    lines = ["name1,street1,city,state,zip,latitude,longitude", "Towson,1 Main,Towson,MD,21204,39.4,-76.6"]
    for name, treats in [
        ("locator_substance_use.csv", {"substance-use"}),
        ("mental.csv", {"mental-health"}),
        ("a.csv", set()),
    ]:
        [row] = open_directory(write_rows(tmp_path / name, *lines))
        assert set(row.treats) == treats
