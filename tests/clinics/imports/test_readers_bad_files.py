"""Files that cannot be imported: each fails with one plain sentence, and never ends early in silence."""

import gzip
import json
import os
import random
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from clinics.imports.readers import (
    DirectoryError,
    UnknownLayout,
    UnreadableFile,
    html_tables,
    json_answers,
    open_directory,
    text_files,
    workbooks,
)
from clinics.imports.rows import FacilityRow, Rejection

REPOSITORY = Path(__file__).parents[3]
HEADINGS = "name1,name2,street1,street2,city,state,zip,phone,intake1,intake2,intake1a,intake2a,service_code_info"
ROW = "Towson Clinic,,1 Main Street,,Towson,MD,21204,410-555-0100,,,,,SA * OP * BU"


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="directory.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def sentence(path, kind=UnreadableFile):
    """What opening and reading `path` to its end says."""
    with pytest.raises(DirectoryError) as caught:
        list(open_directory(path))
    assert type(caught.value) is kind
    text = str(caught.value)
    assert text[0].isupper()
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_a_good_file_is_good(write):
    [row] = open_directory(write(f"{HEADINGS}\n{ROW}\n"))
    assert (row.name, row.codes) == ("Towson Clinic", ("SA", "OP", "BU"))


def test_a_missing_file(tmp_path):
    assert "no such file" in sentence(tmp_path / "missing.csv")
    assert "no such file" in sentence(tmp_path / "nul\0byte.csv")


def test_a_folder(tmp_path):
    assert "folder" in sentence(tmp_path)


def test_a_pipe_is_not_waited_on(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    assert "no such file" in sentence(tmp_path / "pipe.csv")


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_an_empty_file(write, content):
    assert "empty" in sentence(write(content))


@pytest.mark.parametrize("content", ["\n\n\n", " ", "\ufeff"])
def test_a_blank_file(write, content):
    with pytest.raises(DirectoryError):
        list(open_directory(write(content)))


def test_a_file_without_permission(write, monkeypatch):
    path = write(f"{HEADINGS}\n{ROW}\n")

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root, as in a container, may read anything
    assert "permissions" in sentence(path)


def test_headings_without_rows(write):
    assert "no rows" in sentence(write(f"{HEADINGS}\n"))
    assert "no rows" in sentence(write(f"{HEADINGS}\n\n\n"))
    assert "no facilities" in sentence(write('{"rows": []}', "answer.json"))


@pytest.mark.parametrize(
    ("start", "named"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old or password-protected Excel workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
        (gzip.compress(gzip.compress(b"name1\nx\n", mtime=0), mtime=0), "packed twice"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
        (b"\x7fELF" + bytes(100), "NUL"),
        ("name1,name2\nä,b\n".encode("utf-16")[:-1], "UTF-16"),
        (b"\xff\xfe" + "name1,name2\n".encode("utf-16-le") + b"\x00\xd8" + "a".encode("utf-16-le"), "UTF-16"),
        ("name1,name2\na,b\0\n".encode("utf-16"), "NUL"),
        ("name1,name2\na,b\n".encode("utf-32"), "NUL"),
    ],
)
def test_another_kind_of_file_renamed(write, start, named):
    assert named in sentence(write(start))


def test_a_csv_of_something_else(write):
    headings = [f"column_{number}" for number in range(200)]
    text = sentence(write(f"{','.join(headings)}\n{','.join('1' * 200)}\n"), UnknownLayout)
    assert "'column_0', 'column_1'" in text
    assert "195 more" in text
    assert len(text) < 300


def test_a_list_of_service_codes_is_referred_to_its_own_command(write):
    codes = (
        "category_code,category_name,service_code,service_name,service_description\nTC,Type of Care,SA,Treatment,x\n"
    )
    assert "load_codebook" in sentence(write(codes), UnknownLayout)


@pytest.mark.parametrize("layout", [None, "other-list"])
def test_an_export_in_another_form_is_no_list_of_an_authority(write, layout):
    path = write("clinic;name;street;city;state;zip_code;evidence_1\n1;Hope;1 Main;Towson;MD;21204;[]\n")
    with pytest.raises(UnknownLayout, match="an export of this directory"):
        open_directory(path, layout=layout)


def test_missing_columns_are_named(write):
    text = sentence(write("name1,name2,street1,city,state,phone,service_code_info\na,b,c,d,MD,e,SA\n"), UnknownLayout)
    assert text == "As a SAMHSA directory it lacks the column 'zip'; download it again with all columns."
    headings = "Program Name,DBA,Street,City,State,Certification"
    assert "the columns 'phone', 'zipcode'" in sentence(write(f"{headings}\na,b,c,d,MD,Certified\n"), UnknownLayout)


def test_a_column_that_appears_twice(write):
    assert "'phone' appears twice" in sentence(write(f"{HEADINGS},Phone\n{ROW},410-555-0199\n"), UnknownLayout)


def test_a_layout_can_be_named(write):
    path = write(f"{HEADINGS}\n{ROW}\n")
    assert open_directory(path, layout="samhsa-directory").layout == "samhsa-directory"
    with pytest.raises(UnknownLayout, match="'provider name'"):
        open_directory(path, layout="cms-otp")
    with pytest.raises(UnknownLayout, match="There is no layout 'sahmsa'"):
        open_directory(path, layout="sahmsa")


def test_common_headings_are_not_taken_for_treatment_programs(write):
    text = (
        "ID,ADDRESS,CITY,STATE,POSTAL,Latitude,Longitude,Kind\nTowson Bakery,1 Main,Towson,MD,21204,39.4,-76.6,bread\n"
    )
    sentence(write(text), UnknownLayout)


@pytest.mark.parametrize("length", [20, 100, 1_000, 50_000])
def test_a_gzip_file_that_was_cut_off(shared_data, write, length):
    whole = (shared_data / "samhsa/national_directory_2024_facilities.csv.gz").read_bytes()
    assert "cut off" in sentence(write(whole[:length], "directory.csv.gz"))
    assert "cut off" in sentence(write(whole[:-length], "directory.csv.gz"))


def test_a_gzip_file_with_a_wrong_byte(shared_data, write):
    content = bytearray((shared_data / "samhsa/findtreatment_residential_ca_2025.csv.gz").read_bytes())
    content[30_000] ^= 0xFF
    assert "damaged" in sentence(write(bytes(content), "directory.csv.gz"))


def test_a_file_that_is_cut_off_while_it_is_read_does_not_end_silently(shared_data, write):
    whole = (shared_data / "samhsa/national_directory_2024_facilities.csv.gz").read_bytes()
    path = write(whole, "directory.csv.gz")
    directory = open_directory(path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFile):
        list(directory)


def test_a_gzip_bomb(write, monkeypatch):
    monkeypatch.setattr(text_files, "LARGEST_BYTES", 20 * text_files.MIB)
    bomb = gzip.compress(f"{HEADINGS}\n".encode() + f"{ROW}\n".encode() * 400_000)
    assert len(bomb) < 200_000
    assert "20 MiB" in sentence(write(bomb, "directory.csv.gz"))


def test_a_csv_that_is_cut_off_inside_a_quoted_cell(write):
    text = sentence(write(f'{HEADINGS}\n{ROW}\n{ROW}\n"Towson Clin'))
    assert "line 4" in text
    assert "cut off" in text


def test_a_csv_that_is_cut_off_inside_a_row_loses_that_row_only(write):
    rows = list(open_directory(write(f"{HEADINGS}\n{ROW}\nTowson Clinic,,1 Main")))
    assert isinstance(rows[0], FacilityRow)
    assert rows[1] == Rejection(3, "has 3 cells instead of 13", "Towson Clinic | 1 Main")


def test_a_quotation_mark_that_is_never_closed(write):
    text = sentence(write(f'{HEADINGS}\n{ROW}\n"{ROW}\n' + f"{ROW}\n" * 5_000))
    assert "Line 3" in text
    assert "never closed" in text


def test_a_quotation_mark_in_the_wrong_place(write):
    assert "Line 3" in sentence(write(f'{HEADINGS}\n{ROW}\n"Towson" Clinic{ROW[13:]}\n'))


def test_a_megabyte_in_one_cell(write):
    for size in (100_001, 1_000_000, 3_000_000):
        assert "Line 3" in sentence(write(f"{HEADINGS}\n{ROW}\n{'x' * size}{ROW}\n{ROW}\n"))


def test_nul_bytes(write):
    assert "Line 3 holds NUL" in sentence(write(f"{HEADINGS}\n{ROW}\nTowson\0{ROW}\n"))


def test_two_encodings_in_one_file(write):
    latin, utf8 = ROW.replace("Towson C", "Peña C").encode("windows-1252"), ROW.replace("Towson C", "Peña C").encode()
    text = sentence(write(b"\n".join([HEADINGS.encode(), ROW.encode(), utf8, ROW.encode(), latin, b""])))
    assert "Line 5" in text
    assert "line 3" in text
    assert "Line 4" in sentence(write(b"\n".join([HEADINGS.encode(), latin, ROW.encode(), utf8, b""])))
    assert "Line 2" in sentence(write(b"\xef\xbb\xbf" + b"\n".join([HEADINGS.encode(), latin, b""])))


def test_bytes_that_are_not_text(write):
    assert "Line 2" in sentence(
        write(HEADINGS.encode() + b"\n" + bytes(range(0x80, 0xA0)) * 20 + ROW.encode() + b"\n")
    )


def test_json_that_is_cut_off_or_damaged(shared_data, write):
    whole = (shared_data / "samhsa/findtreatment_api_sample_2019-05-23.json").read_bytes()
    assert "cut off" in sentence(write(whole[:-10], "answer.json"))
    for length in (1, 2, 300, 5_000, 50_000):
        assert "JSON" in sentence(write(whole[:length], "answer.json"))
    assert "Line 1 is not proper JSON" in sentence(write('{"rows": [}', "answer.json"))
    assert "damaged" in sentence(write('{"rows": ' + "[" * 200_000, "answer.json"))


@pytest.mark.parametrize(
    "answer",
    [[], {}, {"rows": 5}, {"rows": {"name1": "x"}}, {"results": []}, {"rows": [1, 2]}, {"rows": [{"a": 1}]}, [[]]],
)
def test_json_of_another_shape(write, answer):
    sentence(write(json.dumps(answer), "answer.json"), UnknownLayout)


def test_json_rows_of_another_shape_are_rejected_one_by_one(write):
    good = {"name1": "Towson", "street1": "1 Main", "city": "Towson", "state": "MD", "zip": "21204", "phone": None}
    good |= {"latitude": "39.4", "longitude": "-76.6", "services": [{"f1": "Type", "f2": "TC", "f3": "Outpatient"}]}
    rows = [
        good,
        None,
        good | {"services": "Outpatient"},
        good | {"services": [{"f3": 5}]},
        {},
        good | {"name1": ["x"]},
    ]
    read = list(open_directory(write(json.dumps({"rows": rows}), "answer.json")))
    assert [row.line for row in read] == [1, 2, 3, 4, 5, 6]
    assert [isinstance(row, FacilityRow) for row in read] == [True, False, False, False, False, True]
    assert read[0].meanings == (("TC", "Outpatient"),)
    assert read[0].phone == ""


def test_an_answer_too_large_to_hold(write, monkeypatch):
    monkeypatch.setattr(json_answers, "LARGEST_ANSWER_BYTES", 1_000)
    assert "page by page" in sentence(write(json.dumps({"rows": [{"name1": "x" * 2_000}]}), "answer.json"))


def test_a_page_that_is_cut_off(shared_data, write, monkeypatch):
    whole = (shared_data / "otp/TreatmentProgram_20200704.xls").read_bytes()
    assert "cut off" in sentence(write(whole[:-60], "list.xls"))
    assert "cut off" in sentence(write(whole[:200_000], "list.xls"))
    assert "without a table" in sentence(write("<!doctype html><title>Sign in</title><p>Please sign in", "list.xls"))
    assert "no rows" in sentence(write("<table><tr><th>Program Name</th></tr></table>", "list.xls"))
    monkeypatch.setattr(html_tables, "LARGEST_PAGE_BYTES", 1_000)
    assert "larger than" in sentence(write(whole, "list.xls"))


def save_workbook(path, *sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_that_is_damaged(shared_data, write, tmp_path):
    whole = (shared_data / "samhsa/National_Directory_MH_Facilities_2022.xlsx").read_bytes()
    assert "cut off" in sentence(write(whole[:500_000], "directory.xlsx"))
    broken = bytearray(whole)
    for at in range(20_000, 1_300_000, 50_000):
        broken[at] ^= 0xFF
    assert "damaged" in sentence(write(bytes(broken), "directory.xlsx"))
    index = bytearray(whole)
    index[whole.index(b"PK\x01\x02") + 6] = 218  # the version of ZIP that is needed to unpack it
    assert "damaged" in sentence(write(bytes(index), "directory.xlsx"))


def test_a_workbook_of_something_else(tmp_path):
    other = save_workbook(tmp_path / "other.xlsx", [["a", "b"], [1, 2]])
    sentence(other, UnknownLayout)
    assert "no rows" in sentence(save_workbook(tmp_path / "headings.xlsx", [HEADINGS.split(",")]))
    assert "empty" in sentence(save_workbook(tmp_path / "empty.xlsx", []))


def test_a_zip_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "directory.zip", "w") as archive:
        archive.writestr("directory.csv", f"{HEADINGS}\n{ROW}\n")
    assert "unpack it" in sentence(tmp_path / "directory.zip")
    packed = tmp_path / "directory.xlsx.gz"
    packed.write_bytes(gzip.compress((tmp_path / "directory.zip").read_bytes()))
    assert "unpack it" in sentence(packed)


def test_a_workbook_that_unpacks_without_end(tmp_path, monkeypatch):
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/sharedStrings.xml", bytes(30 * 1024 * 1024))
    assert bomb.stat().st_size < 100_000
    assert "200 times" in sentence(bomb)
    monkeypatch.setattr(workbooks, "LARGEST_UNPACKED_BYTES", 10 * 1024 * 1024)
    assert "unpacks to 30 MiB" in sentence(bomb)


def test_entities_that_multiply_are_not_expanded(tmp_path):
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    cells = '<row><c t="str"><v>&a9;</v></c></row>'
    sheet = f'<!DOCTYPE x [<!ENTITY a0 "ha">{levels}]><worksheet><sheetData>{cells}</sheetData></worksheet>'
    good = save_workbook(tmp_path / "good.xlsx", [["a"], ["b"]])
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(tmp_path / "laughs.xlsx", "w") as target:
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, sheet if part.startswith("xl/worksheets/") else content)
    sentence(tmp_path / "laughs.xlsx")


def test_a_sheet_that_understates_its_size_is_read_to_its_end(tmp_path):
    good = save_workbook(tmp_path / "good.xlsx", [HEADINGS.split(","), *[ROW.split(",")] * 5])
    lying = tmp_path / "lying.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(lying, "w") as target:
        for part in source.namelist():
            target.writestr(part, source.read(part).replace(b'<dimension ref="A1:M6"', b'<dimension ref="A1:M3"'))
    assert len(list(open_directory(lying))) == 5


@pytest.mark.parametrize(
    "name",
    [
        "samhsa/findtreatment_api_sample_2019-05-23.json",
        "samhsa/findtreatment_residential_ca_2025.csv.gz",
        "otp/TreatmentProgram_20200217.csv",
        "otp/TreatmentProgram_20200704.xls",
    ],
)
def test_damage_of_any_kind_ends_in_a_sentence_or_in_rows(shared_data, write, name):
    whole = (shared_data / name).read_bytes()[:120_000]
    chance = random.Random(name)
    for _ in range(25):
        content = bytearray(whole[: chance.randrange(1, len(whole))] if chance.random() < 0.5 else whole)
        for _ in range(chance.choice([0, 1, 5, 50])):
            content[chance.randrange(len(content))] = chance.choice([0, 10, 34, 44, 60, 123, 128, 237, 255])
        with suppress(DirectoryError):
            rows = list(open_directory(write(bytes(content), Path(name).name)))
            assert all(isinstance(row, FacilityRow | Rejection) for row in rows)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(write, tmp_path):
    """The peak of a fresh process that reads 100,000 rows is that of one that reads 2,000, within 5 MB."""
    script = (
        "import resource, sys; from clinics.imports.readers import open_directory\n"
        "print(sum(1 for _ in open_directory(sys.argv[1])), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak_kib(rows):
        path = write(f"{HEADINGS}\n" + f"{ROW}\n" * rows)
        command = [sys.executable, "-c", script, path]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        read, peak = map(int, done.stdout.split())
        assert read == rows
        return peak

    assert peak_kib(100_000) - peak_kib(2_000) < 5_000
