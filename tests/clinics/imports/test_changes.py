"""What a rehearsal says would change, beside what readers still see."""

from types import SimpleNamespace

import pytest

from clinics.imports import changes
from clinics.imports.changes import changes_since, states_of
from clinics.imports.run import rehearsal
from clinics.models import Clinic, Source
from tests.clinics.imports.directories import ELM_STREET, checksum_of_everything, import_rows, import_states, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("second_connection")]

LOCATOR = {"source": Source.SAMHSA_LOCATOR, "edition": "2020"}
JULY = {"source": Source.SAMHSA_OTP, "edition": "2020-07-04", "complete": True}
BEFORE = [
    row(2, phone="617-555-0101", codes=("OTP",), **ELM_STREET),
    row(3, name="Elm Clinic", street="40 Elm St"),
    row(4, name="Hope Vermont", street="1 Main St", city="Burlington", state="VT", zip_code="05401"),
]


def rehearse(*rows, **directory) -> SimpleNamespace:
    """The report of an import that is taken back."""
    with rehearsal():
        run = import_rows(*rows, dry_run=True, **directory).run
        return SimpleNamespace(**changes_since(run.started_at).as_report())


def differences(report) -> list[tuple]:
    return [(one["clinic"], one["field"], one["before"], one["after"]) for one in report.differences]


def test_counts_by_state_and_each_difference():
    import_rows(*BEFORE, **(JULY | {"edition": "2020-02-17"}))
    before = checksum_of_everything()
    report = rehearse(
        row(2, phone="617-555-0102", website="https://hope.example", codes=("OTP", "MM"), **ELM_STREET),
        row(3, name="Elm Clinic", street="40 Elm St"),
        row(4, name="New Clinic", street="7 Oak Street", city="Albany", state="NY", zip_code="12207"),
        **JULY,
    )
    assert report.by_state == [
        {"state": "MA", "created": 0, "updated": 1, "missing": 0},
        {"state": "NY", "created": 1, "updated": 0, "missing": 0},
        {"state": "VT", "created": 0, "updated": 0, "missing": 1},
    ]
    assert list(states_of(vars(report)))[-1] == ("all", 1, 1, 1)
    hope = "Hope Recovery Center"
    assert differences(report) == [
        (hope, "phone", "617-555-0101", "617-555-0102"),
        (hope, "website", "", "https://hope.example"),
        *[one for one in differences(report) if one[1] == "services"],
        ("Hope Vermont", "missing from", "", "SAMHSA OTP directory 2020-07-04"),
        ("New Clinic", "new clinic", "", "7 Oak Street, Albany, NY 12207"),
    ]
    assert checksum_of_everything() == before


def test_services_are_named_if_they_are_added_or_removed():
    import_rows(row(codes=("OP", "DT", "BU")))
    [difference] = differences(rehearse(row(codes=("OP", "DT", "METH"))))
    assert difference[1] == "services"
    assert "uprenorphine" in difference[2]
    assert "ethadone" in difference[3]
    assert "etox" not in difference[2] + difference[3]


def test_an_unchanged_row_has_no_differences():
    import_rows(*BEFORE)
    report = rehearse(*BEFORE)
    assert (report.by_state, report.differences) == ([], [])


def test_differences_of_existing_clinics_come_first(monkeypatch):
    monkeypatch.setattr(changes, "SHOWN_DIFFERENCES", 3)
    monkeypatch.setattr(changes, "BATCH_ROWS", 2)
    import_rows(*BEFORE)
    new = [row(10 + n, name=f"New {n}", street=f"{n} Oak Street") for n in range(5)]
    moved = [row(2, phone="617-555-0109", **ELM_STREET), row(3, name="Elm Clinic", street="40 Elm St", county="X")]
    report = rehearse(*new, *moved)
    assert [one["field"] for one in report.differences][:2] == ["phone", "services"]
    assert len(report.differences) == 3
    assert report.by_state[0]["created"] == 5
    assert report.by_state[0]["updated"] == 2


def test_on_a_real_list_the_counts_are_those_of_the_tables(shared_data):
    import_states(shared_data / "samhsa/locator_substance_use_2020.csv", {"VT", "RI", "DE"})
    before = {pk: (name, phone) for pk, name, phone in Clinic.objects.values_list("pk", "name", "phone")}
    with rehearsal():
        run = import_states(shared_data / "samhsa/national_directory_2024_facilities.csv.gz", {"VT", "RI", "DE"}).run
        report = changes_since(run.started_at).as_report()
        created = Clinic.objects.exclude(pk__in=before).count()
    total = list(states_of(report))[-1]
    assert total[1] == created == run.created > 10
    assert total[2] <= run.updated
    assert len(report["differences"]) == 200
    assert not Clinic.objects.exclude(pk__in=before).exists()
