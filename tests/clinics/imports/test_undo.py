"""The last import of a source, taken back: what is left is what was there before it."""

import dataclasses
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from clinics.imports.readers import open_directory
from clinics.imports.rows import FacilityRow
from clinics.imports.run import LOCK, ImportFailed, only_one_import
from clinics.imports.undo import undo_last_run
from clinics.models import (
    Clinic,
    Confirmation,
    Correction,
    FactGroup,
    ImportDifference,
    ImportRun,
    PossibleDuplicate,
    Source,
    SourceRecord,
)
from tests.clinics.imports.directories import import_rows, import_states, row
from tests.factories import CAMBRIDGE, make_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LOCATOR = {"source": Source.SAMHSA_LOCATOR, "edition": "2020", "complete": True}
DIRECTORY = {"source": Source.SAMHSA_DIRECTORY, "edition": "2024", "complete": True}
OTP = {"source": Source.SAMHSA_OTP, "edition": "2020-02-17", "complete": True}
JULY = OTP | {"edition": "2020-07-04"}
CERTIFIED = {"codes": ("OTP",), "certification": "certified"}
FILES = {
    "locator": "samhsa/locator_substance_use_2020.csv",
    "february": "otp/TreatmentProgram_20200217.csv",
    "july": "otp/TreatmentProgram_20200704.csv",
    "directory": "samhsa/national_directory_2024_facilities.csv.gz",
}
STATES = {"VT", "RI", "NM"}
STATE = {
    "clinic": "to_jsonb(t) - '{created_at,updated_at}'::text[]",
    "sourcerecord": "to_jsonb(t) - '{id}'::text[]",
    "confirmation": "to_jsonb(t) - '{id}'::text[]",
    "possibleduplicate": "to_jsonb(t) - '{id,created_at}'::text[]",
    "importdifference": "to_jsonb(t) - '{id,created_at}'::text[]",
}


def state() -> dict[str, tuple]:
    """Each table of the directory but for times and the numbers of rows that were written anew."""
    found = {}
    with connection.cursor() as cursor:
        for table, cells in STATE.items():
            cursor.execute(
                f"SELECT count(*), md5(string_agg(cells, '|' ORDER BY cells COLLATE \"C\")) "
                f"FROM (SELECT ({cells})::text AS cells FROM clinics_{table} t) AS rows"
            )
            found[table] = cursor.fetchone()
    return found


def import_changed(path) -> None:
    """The same edition again: every other row has another phone, every fifth is missing, some are new."""
    real = open_directory(path)
    rows = [row for row in real if isinstance(row, FacilityRow) and row.state in STATES]
    changed = [
        dataclasses.replace(row, phone="802-555-0199", latitude=None, longitude=None) if number % 2 else row
        for number, row in enumerate(rows)
        if number % 5
    ]
    new = [dataclasses.replace(row, name=f"{row.name} Annex", street="1 New Road") for row in rows[::7]]
    import_rows(
        *changed, *new, source=real.source, edition=real.edition, complete=real.complete, codebook=dict(real.codebook)
    )


# On real lists


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (["locator"], "directory"),
        (["directory"], "locator"),
        (["locator", "february"], "july"),
        (["locator", "february", "july"], "directory"),
        (["directory", "july"], "february"),
    ],
    ids=str,
)
def test_after_undo_it_is_as_if_the_import_had_never_run(shared_data, first, last):
    for name in first:
        import_states(shared_data / FILES[name], STATES)
    before = state()
    run = import_states(shared_data / FILES[last], STATES).run
    assert state() != before
    undo_last_run(run.source)
    assert state() == before
    run.refresh_from_db()
    assert run.status == ImportRun.Status.UNDONE


@pytest.mark.parametrize("name", ["locator", "directory", "february"])
def test_undoing_a_changed_edition_restores_what_it_stated_before(shared_data, name):
    other = "directory" if name == "locator" else "locator"
    import_states(shared_data / FILES[other], STATES)
    first = import_states(shared_data / FILES[name], STATES).run
    before = state()
    import_changed(shared_data / FILES[name])
    assert state() != before
    result = undo_last_run(first.source)
    assert result.restored > 0 < result.deleted
    assert state() == before


def test_all_imports_are_undone_one_after_another(shared_data):
    states = [state()]
    for name in FILES:
        import_states(shared_data / FILES[name], STATES)
        states.append(state())
    import_changed(shared_data / FILES["directory"])
    for source in (Source.SAMHSA_DIRECTORY,) * 2 + (Source.SAMHSA_OTP,) * 2 + (Source.SAMHSA_LOCATOR,):
        undo_last_run(source)
        assert state() == states.pop()
    assert not Clinic.objects.exists()


# What each rule means


def test_only_the_last_applied_run_of_the_source_is_undone():
    first = import_rows(row(), **OTP).run
    import_rows(row(3, name="Elm Clinic", street="40 Elm St"), **LOCATOR)
    second = import_rows(row(2, phone="617-555-0101"), **OTP).run
    with pytest.raises(ImportFailed, match="Only the last import of SAMHSA OTP directory that is in effect"):
        undo_last_run(Source.SAMHSA_OTP, expected=first.pk)
    assert undo_last_run(Source.SAMHSA_OTP).run == second
    assert undo_last_run(Source.SAMHSA_OTP).run == first
    with pytest.raises(ImportFailed, match="there is nothing to undo"):
        undo_last_run(Source.SAMHSA_OTP)
    assert Clinic.objects.get().name == "Elm Clinic"


def test_a_run_that_did_not_keep_what_it_replaced_is_refused():
    run = import_rows(row(), **OTP).run
    ImportRun.objects.filter(pk=run.pk).update(can_be_undone=False)
    with pytest.raises(ImportFailed, match="what it replaced was not kept"):
        undo_last_run(Source.SAMHSA_OTP)
    assert SourceRecord.objects.count() == 1


def test_two_changes_are_undone_step_by_step():
    for phone in ("617-555-0101", "617-555-0102", "617-555-0103"):
        import_rows(row(phone=phone), **LOCATOR)
    for phone in ("617-555-0102", "617-555-0101"):
        undo_last_run(Source.SAMHSA_LOCATOR)
        assert Clinic.objects.get().phone == phone
    assert SourceRecord.objects.get().previous is None
    undo_last_run(Source.SAMHSA_LOCATOR)
    assert not Clinic.objects.exists()


def test_an_import_undone_and_repeated_gives_the_same_directory():
    import_rows(row(phone="617-555-0101"), **LOCATOR)
    import_rows(row(phone="617-555-0102"), row(3, name="Elm Clinic", street="40 Elm St"), **DIRECTORY)
    facts = sorted(Clinic.objects.values_list("name", "phone", "missing_from"))
    undo_last_run(Source.SAMHSA_DIRECTORY)
    run = import_rows(row(phone="617-555-0102"), row(3, name="Elm Clinic", street="40 Elm St"), **DIRECTORY).run
    assert (run.created, run.updated) == (1, 1)
    assert sorted(Clinic.objects.values_list("name", "phone", "missing_from")) == facts


def test_a_clinic_that_was_missing_from_the_list_is_in_it_again():
    import_rows(row(), row(3, name="Elm Clinic", street="40 Elm St"), **OTP)
    import_rows(row(), **JULY)
    assert Clinic.objects.filter(missing_from="SAMHSA OTP directory 2020-07-04").count() == 1
    undo_last_run(Source.SAMHSA_OTP)
    assert not Clinic.objects.exclude(missing_from="").exists()


@pytest.mark.parametrize("action", ["confirm", "report", "unlist", "merge"])
def test_a_clinic_that_people_worked_on_stays(action):
    import_rows(row(phone="617-555-0101"), **LOCATOR)
    clinic = Clinic.objects.get()
    if action == "confirm":
        clinic.confirmations.filter(fact_group=FactGroup.CONTACT).update(source=Source.EDITOR, edition="")
    elif action == "report":
        Correction.objects.create(clinic=clinic, problem=Correction.Problem.WRONG_NUMBER)
    elif action == "unlist":
        Clinic.objects.update(is_listed=False)
    else:
        make_clinic("Hope", at=CAMBRIDGE).merge_into(clinic)
    result = undo_last_run(Source.SAMHSA_LOCATOR)
    assert (result.deleted, result.kept) == (0, 1)
    kept = Clinic.objects.get(pk=clinic.pk)
    assert (kept.phone, kept.missing_from) == ("617-555-0101", "")
    assert {c.source for c in kept.confirmations.all()} == ({Source.EDITOR} if action == "confirm" else set())


def test_a_clinic_of_our_own_that_a_list_mentioned_stays():
    ours = make_clinic("Hope Recovery Center", at=CAMBRIDGE, street="22 Elm Street", zip_code="02139", state="MA")
    Confirmation.objects.create(clinic=ours, fact_group=FactGroup.CONTACT, source=Source.OWNER)
    run = import_rows(row(phone="617-555-0199", codes=("OP",)), **LOCATOR).run
    assert run.updated == 1
    assert ImportDifference.objects.exists()
    undo_last_run(Source.SAMHSA_LOCATOR)
    assert [c.source for c in Clinic.objects.get().confirmations.all()] == [Source.OWNER]
    assert not ImportDifference.objects.exists()


def test_a_difference_belongs_to_the_list_that_is_left():
    first = import_rows(row(phone="617-555-0101"), **LOCATOR).run
    Confirmation.objects.filter(fact_group=FactGroup.CONTACT).update(source=Source.OWNER, edition="")
    Clinic.objects.update(phone="617-555-0100")
    import_rows(row(phone="617-555-0102"), **LOCATOR)
    assert ImportDifference.objects.get().theirs == "617-555-0102"
    undo_last_run(Source.SAMHSA_LOCATOR)
    assert ImportDifference.objects.get().theirs == "617-555-0101"
    assert ImportDifference.objects.get().run == first
    assert Clinic.objects.get().phone == "617-555-0100"


def test_possible_matches_of_deleted_clinics_are_deleted():
    import_rows(row(name="Hope Recovery Center"), **LOCATOR)
    import_rows(row(name="Hope Health Center"), **DIRECTORY)
    assert PossibleDuplicate.objects.count() == 1
    undo_last_run(Source.SAMHSA_DIRECTORY)
    assert not PossibleDuplicate.objects.exists()
    assert Clinic.objects.get().name == "Hope Recovery Center"


def test_a_record_returns_to_the_clinic_that_its_own_was_merged_into():
    import_rows(row(phone="617-555-0101"), **LOCATOR)
    clinic, survivor = Clinic.objects.get(), make_clinic("Hope", at=CAMBRIDGE, street="9 Oak St")
    import_rows(row(phone="617-555-0102"), **LOCATOR)
    clinic.merge_into(survivor)
    undo_last_run(Source.SAMHSA_LOCATOR)
    record = SourceRecord.objects.get()
    assert (record.clinic, record.row["phone"]) == (survivor, "617-555-0101")
    assert Clinic.objects.get(pk=clinic.pk).merged_into == survivor


def test_undo_is_refused_while_an_import_runs(monkeypatch):
    monkeypatch.setattr("clinics.imports.run.LOCK_SECONDS", 0)
    import_rows(row(), **LOCATOR)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            with pytest.raises(ImportFailed, match="Another import is running"):
                undo_last_run(Source.SAMHSA_LOCATOR)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])  # the server learns of a closed connection later
    finally:
        other.close()
    with only_one_import():
        pass


# From the command line


def test_the_command_undoes_and_reports():
    import_rows(row(), **LOCATOR)
    output = StringIO()
    call_command("import_clinics", undo=Source.SAMHSA_LOCATOR, stdout=output)
    assert "was undone. Records removed: 1, restored: 0; clinics deleted: 1" in output.getvalue()
    with pytest.raises(CommandError, match="there is nothing to undo"):
        call_command("import_clinics", undo=Source.SAMHSA_LOCATOR)


def test_the_command_undoes_or_imports_but_not_both():
    with pytest.raises(CommandError, match="--undo"):
        call_command("import_clinics", "somewhere.csv", undo=Source.SAMHSA_LOCATOR)
