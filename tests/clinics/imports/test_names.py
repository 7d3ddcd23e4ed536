"""Names as people say them: only what is sure is mended, and nothing that a person typed."""

import csv
from pathlib import Path

import pytest

from clinics.imports.names import LONGEST_NAME, Kind, display_name, is_shouted, is_unfinished, rules
from clinics.imports.readers import open_directory
from clinics.imports.rederive import rederive
from clinics.imports.rows import FacilityRow
from clinics.models import Clinic, FactChange, ImportDifference, Source, SourceRecord
from tests.bench.names import counts
from tests.clinics.imports.directories import import_rows, row

# 100 changes of seven real lists, drawn at random and each read by a person.
CHECKED = Path(__file__).resolve().parents[2] / "data" / "names.csv"


def test_a_hundred_changes_are_those_that_a_person_read():
    with CHECKED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 100
    wrong = [
        (row, shown)
        for row in rows
        if (shown := display_name(row["name"], row["name_detail"], row["city"]))
        != (row["shown_name"], row["shown_detail"])
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        ("Alcohol and Drug Services of", "Gallatin County", ("Alcohol and Drug Services of Gallatin County", "")),
        ("Childs Hosp", "of Chicago/Div of Adolescent Med", None),
        (
            "Finger Lakes Area Counseling and",
            "Recovery Agency/FLACRA OP 1",
            ("Finger Lakes Area Counseling and Recovery Agency", "FLACRA Outpatient 1"),
        ),
        (
            "Drug Abuse Foundation of",
            "Palm Bch Cnty/Detox Prog",
            ("Drug Abuse Foundation of Palm Beach County", "Detox Program"),
        ),
        ("Riverside County Latino Commission on", "", ("Riverside County Latino Commission", "")),
        ("Outside In", "Pathway to Recovery", ("Outside In", "Pathway to Recovery")),
        ("Trehab D and A", "", ("Trehab D and A", "")),
        ("Hope Services of", "DBA Hope House", ("Hope Services", "DBA Hope House")),
    ],
)
def test_a_name_that_its_source_broke_off_is_joined(name, detail, expected):
    shown = display_name(name, detail)
    assert shown == (expected or ("Children's Hospital of Chicago/Division of Adolescent Medicine", ""))


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("Alc/Drug Trt Servs", "Alcohol/Drug Treatment Services"),
        ("Comm MH Ctr", "Community Mental Health Center"),
        ("Collin County MH/MR Center", "Collin County MH/MR Center"),
        ("Queens Village Comm for MH", "Queens Village Committee for Mental Health"),
        ("Chenango Co Behavioral Hlth", "Chenango County Behavioral Health"),
        ("Co-Occurring Trt", "Co-Occurring Treatment"),
        ("Add Life Recovery Center", "Add Life Recovery Center"),
        ("Comprehensive Trt of Add Inc", "Comprehensive Treatment of Addiction Inc"),
        ("SERV Centers of NJ", "SERV Centers of NJ"),
        ("New Found Life", "New Found Life"),
        ("Charlotte Merritt Ottley Trans Women", "Charlotte Merritt Ottley Trans Women"),
        ("Lehigh Valley Med Ctr", "Lehigh Valley Medical Center"),
        ("Trinity Behav Med Ctr", "Trinity Behavioral Medicine Center"),
        ("Habit OPCO LLC", "Habit OPCO LLC"),
        ("Boise VAMC", "Boise VA Medical Center"),
        ("St Louis Rehab", "St Louis Rehab"),
    ],
)
def test_abbreviations_are_written_out_where_they_are_sure(printed, shown):
    assert display_name(printed, "") == (shown, "")
    assert display_name("Hope", printed) == ("Hope", shown)


@pytest.mark.parametrize(
    ("printed", "city", "shown"),
    [
        ("Boston Childrens Hospital", "Boston", "Boston Children's Hospital"),
        ("St. Josephs Mens Home", "Yonkers", "St. Joseph's Men's Home"),
        ("Saint Marys Hospital", "Waterbury", "Saint Mary's Hospital"),
        ("Camden Center Saint Marys", "Saint Marys", "Camden Center Saint Marys"),
        ("Saint Johns County Clinic", "Saint Augustine", "Saint Johns County Clinic"),
        ("Johns Place", "Statesboro", "Johns Place"),
        ("Ellen OBrien Gaiser Center", "Butler", "Ellen O'Brien Gaiser Center"),
        ("Coeur d Alene Clinic", "Coeur d Alene", "Coeur d'Alene Clinic"),
        ("Veterans Affairs", "Boise", "Veterans Affairs"),
    ],
)
def test_apostrophes_come_back_where_no_other_word_is_meant(printed, city, shown):
    assert display_name(printed, "", city) == (shown, "")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("HOPE OF MCDOWELL COUNTY, INC.", "Hope of McDowell County, Inc."),
        ("BHG XLII, LLC", "BHG XLII, LLC"),
        ("BAART PROGRAMS TURK STREET", "BAART Programs Turk Street"),
        ("ABHS", "ABHS"),
        ("ADAPT", "ADAPT"),
        ("KIDS TLC", "KIDS TLC"),
        ("ST. JOSEPH'S HOSPITAL YONKERS", "St. Joseph's Hospital Yonkers"),
        ("THE LIFE CHANGE CENTER", "The Life Change Center"),
        ("LANE CTY HLTH SVCS", "Lane County Health Services"),
        ("BRIGHTVIEW", "BrightView"),
        ("2ND CHANCE CLINIC", "2nd Chance Clinic"),
        ("DISCOVERY HOUSE OF CENTRAL MAINE IN", "Discovery House of Central Maine Inc"),  # CMS: 35 characters
        ("MEDMARK TREATMENT CENTERS OF LOUISI", "MedMark Treatment Centers of Louisiana"),
        ("PINNACLE TREATMENT CENTERS OH-III,", "Pinnacle Treatment Centers OH-III,"),
        ("MIDDLE TENNESSEE TREATMENT CENTERS,", "Middle Tennessee Treatment Centers"),
    ],
)
def test_only_abbreviations_stay_in_capitals(printed, shown):
    assert display_name(printed, "")[0] == shown.rstrip(",")


def test_a_trade_name_that_says_nothing_new_is_left_out():
    assert display_name("Hope Clinic", "N/A") == ("Hope Clinic", "")
    assert display_name("Ultimate Solutions, Inc.", "ULTIMATE SOLUTIONS, INC") == ("Ultimate Solutions, Inc.", "")


def test_a_name_that_would_grow_too_long_stays_as_printed():
    printed = "Behav Hlth " * (LONGEST_NAME // len("Behav Hlth ")) + "Ctr"
    assert display_name(printed, "") == (printed, "")


def test_on_a_real_list_no_name_stays_cut_off_or_shouted_and_a_name_that_is_right_stays(shared_data):
    rows = [
        row
        for row in open_directory(shared_data / "samhsa" / "locator_mental_health_2020.csv.gz")
        if isinstance(row, FacilityRow)
    ]
    before = [(row.name, row.name_detail) for row in rows]
    after = [display_name(row.name, row.name_detail, row.city) for row in rows]
    assert counts(before)["cut off"] > 250
    assert not any(is_unfinished(name) or is_shouted(name) for name, _ in after)
    assert counts(after)["abbreviated"] < 0.1 * counts(before)["abbreviated"]
    assert counts(after)["no apostrophe"] < 0.01 * counts(before)["no apostrophe"]
    assert [display_name(*shown, row.city) for shown, row in zip(after, rows, strict=True)] == after


def test_every_word_of_the_table_is_used_as_it_says():
    for kind, words in rules().items():
        for written, found in words.items():
            assert written, kind
            assert all(rule.read for rule in found), written
    assert len(rules()[Kind.ABBREVIATION]) >= 60


BROKEN = {"name": "Alc and Drug Servs of", "name_detail": "Gallatin Cnty"}
WHOLE = ("Alcohol and Drug Services of Gallatin County", "")


def names() -> tuple[str, str]:
    return Clinic.objects.values_list("name", "name_detail").get()


@pytest.mark.django_db
def test_readers_see_the_mended_name_and_the_record_keeps_the_sources():
    import_rows(row(**BROKEN))
    assert names() == WHOLE
    record = SourceRecord.objects.get()
    assert {key: record.row[key] for key in BROKEN} == BROKEN
    assert import_rows(row(**BROKEN)).run.unchanged == 1


@pytest.mark.django_db
@pytest.mark.parametrize("person", [Source.OWNER, Source.EDITOR, Source.CALLED])
def test_a_name_that_a_person_typed_is_never_changed(person):
    import_rows(row(**BROKEN))
    Clinic.objects.update(name="Gallatin Servs", name_detail="OP")
    Clinic.objects.get().confirmations.filter(fact_group="contact").update(source=person)
    rederive()
    assert names() == ("Gallatin Servs", "OP")
    assert set(ImportDifference.objects.values_list("field", "theirs")) == {("name", WHOLE[0])}


@pytest.mark.django_db
def test_a_name_that_a_person_confirmed_as_the_list_printed_it_is_mended():
    import_rows(row(**BROKEN))
    Clinic.objects.update(**BROKEN)  # as an older release left it
    FactChange.objects.all().delete()
    Clinic.objects.get().confirmations.filter(fact_group="contact").update(source=Source.CALLED)
    rederive()
    assert names() == WHOLE
    assert not ImportDifference.objects.exists()


@pytest.mark.django_db
def test_a_name_that_an_editor_sets_back_to_the_lists_spelling_stays():
    import_rows(row(**BROKEN))
    Clinic.objects.update(**BROKEN)
    Clinic.objects.get().confirmations.filter(fact_group="contact").update(source=Source.EDITOR)
    rederive()
    assert names() == tuple(BROKEN.values())


@pytest.mark.django_db
def test_a_name_that_an_owner_typed_as_a_list_prints_it_stays():
    import_rows(row(**BROKEN))
    Clinic.objects.update(**BROKEN)
    FactChange.objects.all().delete()  # it was so from the start
    Clinic.objects.get().confirmations.filter(fact_group="contact").update(source=Source.OWNER)
    rederive()
    assert names() == tuple(BROKEN.values())


@pytest.mark.django_db
def test_a_list_that_only_abbreviates_our_name_does_not_contradict_it():
    import_rows(row(name="Hope Recov Ctr"))
    Clinic.objects.update(name="Hope Recovery Ctr")
    Clinic.objects.get().confirmations.filter(fact_group="contact").update(source=Source.OWNER)
    rederive()
    assert names()[0] == "Hope Recovery Ctr"
    assert not ImportDifference.objects.exists()
