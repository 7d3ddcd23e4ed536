"""The readers on the government's own files. The counts are those of data/README.md, measured independently."""

import gzip
import re
from collections import Counter
from datetime import date

import pytest

from clinics.imports.readers import open_directory
from clinics.imports.rows import FacilityRow, Rejection

pytestmark = pytest.mark.slow

SU, MH = frozenset(["substance-use"]), frozenset(["mental-health"])
DIRECTORY_2024 = "samhsa/national_directory_2024_facilities.csv.gz"
PHONE = re.compile(r"[2-9]\d\d-[2-9]\d\d-\d{4}( x\d{1,7})?")

# file, layout, source, edition, whole edition, facilities, rejections
FILES = [
    (DIRECTORY_2024, "samhsa-directory", "samhsa-directory", "2024", True, 20_519, 5),
    (
        "samhsa/National_Directory_MH_Facilities_2022.xlsx",
        "samhsa-directory",
        "samhsa-directory",
        "2022",
        True,
        9_037,
        0,
    ),
    ("samhsa/locator_substance_use_2020.csv", "samhsa-locator", "samhsa-locator", "2020", False, 14_034, 0),
    ("samhsa/locator_mental_health_2020.csv.gz", "samhsa-locator", "samhsa-locator", "2020", False, 11_375, 0),
    ("samhsa/methadone_directory_2017.csv", "samhsa-methadone-2017", "samhsa-directory", "2017", False, 1_090, 0),
    (
        "samhsa/findtreatment_api_sample_2019-05-23.json",
        "findtreatment-json",
        "findtreatment",
        "2019-05-23",
        False,
        25,
        0,
    ),
    (
        "samhsa/findtreatment_api_sample_2019-05-30.json",
        "findtreatment-json",
        "findtreatment",
        "2019-05-30",
        False,
        30,
        0,
    ),
    ("samhsa/findtreatment_residential_ca_2025.csv.gz", "findtreatment-list", "findtreatment", "2025", False, 478, 0),
    ("otp/TreatmentProgram_20200217.csv", "samhsa-otp", "samhsa-otp", "2020-02-17", True, 1_741, 0),
    ("otp/TreatmentProgram_20200704.csv", "samhsa-otp", "samhsa-otp", "2020-07-04", True, 1_767, 0),
    ("otp/TreatmentProgram_20200704.xls", "samhsa-otp", "samhsa-otp", "2020-07-04", True, 1_767, 0),
    ("otp/OpioidTreatmentProgram_Geocoded.csv", "samhsa-otp-geocoded", "samhsa-otp", "undated", False, 1_831, 0),
    ("otp/OPIOID_TREATMENT_PROGRAM_PROVIDERS_08282023.csv", "cms-otp", "cms-otp", "2023-08-28", True, 1_453, 0),
]


@pytest.fixture(scope="module")
def read(shared_data):
    """Each file is read once: (the opened file, its facilities, its rejections)."""
    cache = {}

    def read_once(name):
        if name not in cache:
            directory = open_directory(shared_data / name)
            rows = list(directory)
            facilities = [row for row in rows if isinstance(row, FacilityRow)]
            cache[name] = directory, facilities, [row for row in rows if isinstance(row, Rejection)]
        return cache[name]

    return read_once


def rows_with(facilities, pattern):
    return [row for row in facilities if any(re.search(pattern, note) for note in row.notes)]


def accented_in(facilities):
    return {text for row in facilities for text in (row.name, row.name_detail) if not text.isascii()}


@pytest.mark.parametrize(("name", "layout", "source", "edition", "complete", "facilities", "rejections"), FILES)
def test_a_file_is_recognised_and_every_row_of_it_is_accounted_for(
    read, name, layout, source, edition, complete, facilities, rejections
):
    directory, rows, rejected = read(name)
    assert (directory.layout, directory.source, directory.edition) == (layout, source, edition)
    assert directory.complete is complete
    assert directory.unknown_columns == []
    assert (len(rows), len(rejected)) == (facilities, rejections)
    assert directory.total_rows == facilities + rejections


@pytest.mark.parametrize("name", [row[0] for row in FILES])
def test_what_a_file_states_is_normalized(read, name):
    _, facilities, _ = read(name)
    for row in facilities:
        assert re.fullmatch(r"\d{5}", row.zip_code), row
        assert re.fullmatch(r"(\d{4})?", row.zip4), row
        assert re.fullmatch(r"[A-Z]{2}", row.state), row
        assert all(PHONE.fullmatch(phone) for phone in (row.phone, *row.intake_phones) if phone), row
        assert re.match(r"https?://[\w-]+\.|$", row.website), row
        assert row.codes is None or len(set(row.codes)) == len(row.codes), row
        for text in (row.name, row.name_detail, row.street, row.street_detail, row.city, row.county):
            assert text == " ".join(text.split()), row
        assert row.name
        assert row.city
    lines = [row.line for row in facilities]
    assert lines == sorted(set(lines))


@pytest.mark.parametrize("name", [row[0] for row in FILES])
def test_a_file_can_be_read_twice(read, name):
    directory, facilities, rejected = read(name)
    assert sum(1 for _ in directory) == len(facilities) + len(rejected)


def test_the_directory_of_2024_holds_both_directories(read):
    directory, facilities, _ = read(DIRECTORY_2024)
    assert Counter(row.treats for row in facilities) == {SU: 12_200, MH: 8_319}
    assert directory.codebook == {"substance-use": "samhsa-su-2024", "mental-health": "samhsa-mh-2024"}
    assert len({row.state for row in facilities if row.treats == SU}) == 54


def test_the_five_junk_rows_of_2024_are_rejected_for_what_they_are(read):
    _, _, rejected = read(DIRECTORY_2024)
    assert [(row.line, row.reason) for row in rejected] == [
        (20_521, "no name, no address: an empty row"),
        (20_522, "no name, no address: an empty row"),
        (20_523, "no name, no address: an empty row"),
        (20_524, "not a facility: no name, and its cells hold meanings of services"),
        (20_525, "not a facility: no name, and its cells hold abbreviations of services"),
    ]
    assert rejected[3].text.startswith("Substance use treatment | Detoxification | Transitional housing")
    assert len(rejected[3].text) == 200
    assert rejected[4].text == "SA | DT | HH | SUMH | HI | OP | RES | HID | HIT | OD | ODT | OIT"


def test_the_codes_of_2024_are_counted_as_stated(read):
    _, facilities, _ = read(DIRECTORY_2024)
    counted = Counter(code for row in facilities if row.treats == SU for code in row.codes)
    stated = {"BU": 7_095, "UB": 5_802, "METH": 1_376, "OTP": 1_463, "VTRL": 5_187, "DT": 2_560, "RES": 2_921}
    stated |= {"MD": 9_455, "SF": 11_169, "SP": 2_722, "NOE": 9_517}
    assert {code: counted[code] for code in stated} == stated
    moud = {"BU", "MU", "UB", "BUM", "MM", "OTP", "BWN", "BWON", "BERI", "METH"}
    assert sum(row.treats == SU and not moud.isdisjoint(row.codes) for row in facilities) == 7_323
    assert "*" not in counted


def test_lost_zeros_of_2024_are_restored_where_zips_begin_with_zero(read):
    _, facilities, _ = read(DIRECTORY_2024)
    restored = rows_with(facilities, "had lost its leading zeros")
    by_state = Counter(row.zip_code[:2] if row.zip_code[:2] == "00" else row.zip_code[0] for row in restored)
    assert by_state == {"0": 1_884, "00": 90}
    assert Counter(row.treats for row in restored)[SU] == 1_139 + 51
    assert {row.state for row in restored} == {"MA", "NJ", "CT", "ME", "NH", "RI", "VT", "PR", "VI"}
    assert all(row.zip_code.startswith("0") for row in facilities if row.state in {"MA", "NJ", "CT", "PR", "VI"})


def test_extensions_and_numbers_in_letters_of_2024(read):
    _, facilities, _ = read(DIRECTORY_2024)
    assert sum(" x" in row.phone for row in facilities) == 1_939
    assert sum(" x" in row.phone for row in facilities if row.treats == SU) == 1_189
    assert max(len(row.phone.partition(" x")[2]) for row in facilities) == 5
    assert len(rows_with(facilities, "in letters")) == 21
    [habilitat] = rows_with(facilities, "800-USA2525")
    assert habilitat.notes == ("intake line '800-USA2525' written in letters",)
    assert "800-872-2525" in habilitat.intake_phones


def test_the_same_columns_without_the_two_derived_ones_are_read_equally(read, shared_data, tmp_path):
    _, expected, _ = read(DIRECTORY_2024)
    plain = tmp_path / "facilities.csv"
    with gzip.open(shared_data / DIRECTORY_2024, "rt", encoding="utf-8", newline="") as packed:
        plain.write_text("".join(line.split(",", 2)[2] for line in packed), encoding="utf-8", newline="")
    directory = open_directory(plain)
    rows = list(directory)
    assert (directory.layout, directory.edition) == ("samhsa-directory", "2024")  # DLC and MWS tell the edition
    assert [row for row in rows if isinstance(row, FacilityRow)] == expected
    assert sum(isinstance(row, Rejection) for row in rows) == 5


def test_the_workbook_of_2022_lists_mental_health_facilities(read):
    directory, facilities, _ = read("samhsa/National_Directory_MH_Facilities_2022.xlsx")
    assert {row.treats for row in facilities} == {MH}
    assert directory.codebook["mental-health"] == "samhsa-mh-2022"
    first = facilities[0]
    assert (first.line, first.name, first.name_detail) == (2, "SpectraCare Health Systems", "Henry County Clinic")
    assert (first.street, first.city, first.state, first.zip_code) == ("219 Dothan Road", "Abbeville", "AL", "36310")
    assert (first.phone, first.codes[:4]) == ("800-951-4357", ("SA", "MH", "SUMH", "OP"))


def test_the_edition_of_a_workbook_without_a_year_in_its_name_is_its_own(shared_data, tmp_path):
    copy = tmp_path / "directory.xlsx"
    copy.write_bytes((shared_data / "samhsa/National_Directory_MH_Facilities_2022.xlsx").read_bytes())
    assert open_directory(copy).edition == "2022"
    assert open_directory(copy, edition="spring 2022").edition == "spring 2022"


def test_the_locator_states_places_and_no_services(read):
    directory, substance, _ = read("samhsa/locator_substance_use_2020.csv")
    assert directory.codebook == {}
    assert all(row.codes is None and row.meanings is None for row in substance)
    assert {row.treats for row in substance} == {SU}
    assert all(17.97 < row.latitude < 71.31 and -169.56 < row.longitude < -65.64 for row in substance)
    assert sum(not row.county for row in substance) == 13
    assert sum(not row.zip4 for row in substance) == 12_698 + 3  # blank, and three that say 0
    assert len(rows_with(substance, "leading zeros")) == 1_382


def test_the_mental_health_locator_says_na_for_no_zip4_and_a_bare_http_for_no_website(read):
    _, mental, _ = read("samhsa/locator_mental_health_2020.csv.gz")
    assert {row.treats for row in mental} == {MH}
    assert sum(not row.zip4 for row in mental) == 9_601 + 1  # NA, and one that says 0
    assert sum(" x" in row.phone for row in mental) == 1_082
    waterbury = mental[0]
    assert (waterbury.line, waterbury.zip_code, waterbury.zip4) == (2, "06708", "2460")
    assert waterbury.intake_phones == ("860-276-3000 x301",)
    assert waterbury.website == "http://www.pcc4me.com"
    assert sum(not row.website for row in mental) == 1_122 + 2  # a bare http://, and two that are no address


def test_the_methadone_directory_of_2017(read):
    directory, facilities, _ = read("samhsa/methadone_directory_2017.csv")
    assert directory.codebook == {"substance-use": "samhsa-su-2017"}
    assert all(row.phone and row.codes for row in facilities)
    assert all("METH" in row.codes or "MM" in row.codes for row in facilities[:100])
    assert len(rows_with(facilities, "leading zeros")) == 142
    [oceanside] = rows_with(facilities, "'Note'")
    assert oceanside.intake_phones == ("760-305-7528 x76030", "760-936-2314")
    nameless = rows_with(facilities, "in the column of its name")
    assert [row.street for row in nameless] == [
        "10850 MacArthur Boulevard",
        "3230 Warning Court",
        "1369 North Westwood Boulevard",
        "1391 Washington Boulevard",
    ]
    assert nameless[0].street_detail == "Suite 200"
    assert all(row.street for row in facilities)


def test_findtreatment_states_meanings_by_category(read):
    directory, facilities, _ = read("samhsa/findtreatment_api_sample_2019-05-23.json")
    first = facilities[0]
    assert directory.codebook["substance-use"] == "findtreatment"
    assert (first.line, first.name, first.zip_code) == (1, "Addiction Allies LLC", "22901")
    assert (first.latitude, first.longitude) == (38.0745616, -78.4980579)
    assert first.codes is None
    assert first.meanings[:2] == (("TC", "Substance use treatment"), ("SET", "Outpatient"))
    assert ("PHR", "Buprenorphine with naloxone (Suboxone®)") in first.meanings
    assert all(meaning and ";" not in meaning for row in facilities for _, meaning in row.meanings)
    _, later, _ = read("samhsa/findtreatment_api_sample_2019-05-30.json")
    assert Counter(row.treats for row in later) == {MH: 16, SU: 14}


def test_residential_facilities_of_2025_have_no_street_and_say_so(read):
    _, facilities, _ = read("samhsa/findtreatment_residential_ca_2025.csv.gz")
    assert all(row.street == "" and "no street address stated" in row.notes for row in facilities)
    assert all(row.latitude is not None for row in facilities)
    assert sum(any("Buprenorphine used" in meaning for _, meaning in row.meanings) for row in facilities) == 327
    assert {row.treats for row in facilities} == {SU}


def test_the_two_downloads_of_one_day_are_equal(read):
    _, from_csv, _ = read("otp/TreatmentProgram_20200704.csv")
    _, from_html, _ = read("otp/TreatmentProgram_20200704.xls")

    def facts(row):
        return [getattr(row, field) for field in FacilityRow.__slots__ if field != "notes"]

    assert [facts(row) for row in from_csv] == [facts(row) for row in from_html]
    assert len(rows_with(from_csv, "leading zeros")) == 216
    assert not rows_with(from_html, "leading zeros")


def test_certification_and_its_day(read):
    _, february, _ = read("otp/TreatmentProgram_20200217.csv")
    directory, july, _ = read("otp/TreatmentProgram_20200704.csv")
    assert Counter(row.certification for row in february) == {"certified": 1_621, "provisional": 120}
    assert Counter(row.certification for row in july)["provisional"] == 108
    assert sum(row.certified_on is None for row in july) == 137
    assert july[0].certified_on == date(2010, 9, 30)
    assert {row.codes for row in july} == {("OTP",)}
    assert directory.codebook == {"substance-use": "samhsa-su-2022"}
    assert sum(not row.phone for row in february) == 13 + 1  # blank, and (203) 129-9632, which nobody has
    assert sum(bool(row.zip4) for row in february) == 80


def test_a_trade_name_is_kept_if_it_says_something_new(read):
    _, facilities, _ = read("otp/TreatmentProgram_20200704.csv")
    same, other = facilities[1], facilities[2]
    assert (same.name, same.name_detail) == ("ARS of Aberdeen LLC", "")
    assert (other.name, other.name_detail) == ("WCHS, Inc.", "Grays Harbor Treatment Solutions")


def test_two_encodings_give_the_same_names(read):
    february, february_rows, _ = read("otp/TreatmentProgram_20200217.csv")
    july, july_rows, _ = read("otp/TreatmentProgram_20200704.csv")
    later, later_rows, _ = read("otp/OpioidTreatmentProgram_Geocoded.csv")
    assert (february.encoding, july.encoding, later.encoding) == ("mac_roman", "utf-8-sig", "windows-1252")
    assert accented_in(july_rows) == {
        "Centro de Tratamiento Integral Asistido con Medicamentos de Bayamón",
        "Clínica de Tratamiento Integral Asistido con Medicamentos Cayey",
        "MedMark Treatment Centers – El Paso",
        "River’s Shore Comprehensive Treatment Center",
    }
    assert accented_in(february_rows) == accented_in(july_rows)
    assert [row.name for row in later_rows if not row.name.isascii()] == [
        "Clínica de Tratamiento Integral Asistido con Medicamentos Cayey"
    ]


def test_the_geocoded_list_has_coordinates(read):
    _, facilities, _ = read("otp/OpioidTreatmentProgram_Geocoded.csv")
    assert all(row.latitude is not None and row.longitude is not None for row in facilities)
    assert sum(bool(row.zip4) for row in facilities) == 85
    assert len(rows_with(facilities, "leading zeros")) == 232


def test_the_cms_list_has_several_npis_in_a_cell(read):
    _, facilities, _ = read("otp/OPIOID_TREATMENT_PROGRAM_PROVIDERS_08282023.csv")
    assert sum(len(row.npis) for row in facilities) == 1_508
    assert sum(len(row.npis) > 1 for row in facilities) == 38
    assert max(len(row.npis) for row in facilities) == 12
    assert facilities[0].npis == ("1003081399", "1013055110")
    assert facilities[0].name == "BAART BEHAVIORAL HEALTH SERVICES IN"
    assert (facilities[0].zip_code, facilities[0].zip4) == ("05602", "8498")
    assert sum(bool(row.zip4) for row in facilities) == 1_429


def test_the_largest_file_is_read_row_by_row(shared_data):
    rows = iter(open_directory(shared_data / DIRECTORY_2024))
    assert next(rows).name
    assert 1 + sum(1 for _row in rows) == 20_524
