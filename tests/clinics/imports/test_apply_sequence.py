"""Four real lists, one after another: matched, given coordinates, and marked when a list drops them."""

import csv
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from clinics.imports.run import import_file
from clinics.models import Clinic, Confirmation, PossibleDuplicate, SourceRecord
from tests.clinics.imports.directories import import_states

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAIRS = Path(__file__).resolve().parents[2] / "data" / "pairs.csv"
FILES = {
    "locator": "samhsa/locator_substance_use_2020.csv",
    "february": "otp/TreatmentProgram_20200217.csv",
    "july": "otp/TreatmentProgram_20200704.csv",
    "directory": "samhsa/national_directory_2024_facilities.csv.gz",
}


@pytest.fixture(scope="module")
def imported(module_db, shared_data):
    """The runs, and how many rows of each table the planner counts on after the last of them.

    Asked at once: what another test imports and takes back would stay in what the planner believes.
    """
    runs = SimpleNamespace(**{name: import_file(shared_data / file).run for name, file in FILES.items()})
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'")
        return runs, dict(cursor.fetchall())


@pytest.fixture(scope="module")
def runs(imported):
    return imported[0]


def test_the_totals_add_up_in_each_list(runs):
    assert all(run.adds_up for run in vars(runs).values())
    assert runs.locator.created == 14_027
    assert [run.rejected for run in vars(runs).values()] == [0, 0, 0, 2]


def test_most_programs_are_matched_and_few_are_possible_matches(runs):
    assert runs.february.updated >= 1_000
    assert runs.july.updated >= 1_700  # of 1,767
    assert runs.directory.updated >= 7_000
    assert PossibleDuplicate.objects.count() == sum(run.queued for run in vars(runs).values()) < 2_000


@pytest.mark.parametrize("model", [Clinic, SourceRecord, Confirmation])
def test_the_planner_knows_how_full_the_tables_are(imported, model):
    """Thought empty, which a rehearsal can make them, they cost an import ten times as long."""
    _runs, counted_on = imported
    assert counted_on[model._meta.db_table] == pytest.approx(model.objects.count(), rel=0.2)


def test_two_rows_of_one_list_are_never_one_clinic(runs):
    for run in vars(runs).values():
        assert run.records.count() == run.records.values("clinic").distinct().count()


def test_coordinates_of_the_locator_are_used_for_the_directory(runs):
    listed = Clinic.objects.filter(source_records__run=runs.directory).distinct()
    exact = listed.filter(point_quality="street").count()
    assert exact > 7_900  # 7,112 were matched, the others share a street address with one of the locator's


def test_programs_that_left_the_list_of_july_are_marked_not_deleted(runs):
    missing = Clinic.objects.filter(missing_from="SAMHSA OTP directory 2020-07-04")
    assert runs.july.closed >= missing.count() > 30
    assert all(clinic.is_listed for clinic in missing)


def test_each_fact_group_names_its_newest_list(runs):
    assert set(Confirmation.objects.values_list("source", "edition").distinct()) == {
        ("samhsa-locator", "2020"),
        ("samhsa-otp", "2020-02-17"),
        ("samhsa-otp", "2020-07-04"),
        ("samhsa-directory", "2024"),
    }


def test_the_same_programs_in_another_layout_are_unchanged(runs, shared_data):
    run = import_file(shared_data / "otp" / "TreatmentProgram_20200704.xls").run
    assert (run.created, run.updated, run.unchanged) == (0, 0, 1_767)


FACTS = [
    *("name", "name_detail", "street", "street_detail", "city", "zip_code", "phone", "website", "intake_phones"),
    *(
        "latitude",
        "longitude",
        "point_quality",
        "point_source",
        "point_as_of",
        "point_problem",
        "service_ids",
        "treatment_bits",
        "patient_bits",
        "missing_from",
    ),
]


@pytest.mark.parametrize(("first", "second"), [("locator", "directory"), ("july", "directory")])
def test_the_order_of_imports_does_not_matter(module_db, shared_data, first, second):
    found = []
    for order in ([first, second], [second, first]):
        Clinic.objects.all().delete()
        for name in order:
            import_states(shared_data / FILES[name], {"VT", "RI", "NM"})
        found.append(sorted(map(str, Clinic.objects.values_list(*FACTS))))
    assert found[0] == found[1]


def test_sixty_hard_pairs_are_matches_only_where_a_person_agrees(runs):
    """Precision of what is merged without asking, on pairs chosen because they are hard."""
    run_of = {file: getattr(runs, name) for name, file in FILES.items()}
    with PAIRS.open(newline="") as lines:
        pairs = list(csv.DictReader(lines))
    right = wrong = missed = 0
    for pair in pairs:
        one, other = (run_of[pair[f"{side}_file"]].records.get(line=pair[f"{side}_line"]) for side in ("one", "other"))
        is_merged, is_same = one.clinic_id == other.clinic_id, pair["same_place"] == "yes"
        right += is_merged and is_same
        wrong += is_merged and not is_same
        missed += is_same and not is_merged
    print(f"{len(pairs)} pairs: {right} merged rightly, {wrong} wrongly, {missed} left to a person")
    assert len(pairs) == 60
    assert right / (right + wrong) >= 0.99
    assert right / (right + missed) >= 0.65  # recall, on the hardest pairs; the others are questions, not losses
