"""The coordinates of an old list place our clinics, and none of its own is listed."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clinics.dashboard import last_imports
from clinics.imports.rows import MENTAL_HEALTH, SUBSTANCE_USE
from clinics.imports.undo import undo_last_run
from clinics.models import AddressPoint, Clinic, ImportRun, SourceRecord
from tests.clinics.imports.directories import ELM_STREET, checksum_of_everything, import_rows, import_states, row

pytestmark = pytest.mark.django_db

LOCATOR = {"source": "samhsa-locator", "edition": "2020", "complete": True}
POINTS = LOCATOR | {"points_only": True}
NEXT_DOOR = {"latitude": 42.3663, "longitude": -71.1032}
MILES_AWAY = {"latitude": 42.3862, "longitude": -71.1031}
CENTRAL_MA = {"latitude": 42.2626, "longitude": -71.8023}  # Worcester, 35 miles off
WHERE = ("latitude", "longitude", "point_quality", "point_source", "point_as_of", "point_address", "point_problem")
HEADING = "name1,name2,street1,street2,city,state,zip,zip4,county,latitude,longitude\n"
HOPE = "Old Name,,22 Elm St Ste 4,,Cambridge,MA,2139,,Middlesex,42.3662,-71.1031\n"


def where() -> dict[tuple[str, ...], tuple]:
    """{what tells clinics apart: where they stand}, by name."""
    who = ("name", "name_detail", "street", "street_detail", "city")
    return {row[: len(who)]: row[len(who) :] for row in Clinic.objects.order_by(*who).values_list(*who, *WHERE)}


def test_a_point_of_an_old_list_places_our_clinic_and_changes_nothing_else():
    import_rows(row(phone="617-555-0100"))
    before = Clinic.objects.values().get()
    result = import_rows(
        row(name="Another Name", street="22 Elm St, Suite 4", phone="617-555-0199", **ELM_STREET), **POINTS
    )
    after = Clinic.objects.values().get()
    assert (result.run.created, result.run.updated, result.run.closed) == (1, 0, 0)
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {*WHERE, "position", "updated_at"}
    assert (after["latitude"], after["longitude"]) == tuple(ELM_STREET.values())
    assert (after["point_quality"], after["point_source"], after["point_as_of"]) == (
        "street",
        "samhsa-locator",
        "2020",
    )


def test_no_clinic_of_the_list_is_listed_and_none_of_ours_is_missing_from_it():
    import_rows(row(), **LOCATOR | {"edition": "2019"})
    import_rows(row(name="Only There", street="9 Oak Street", **ELM_STREET), **POINTS)
    [clinic] = Clinic.objects.all()
    assert (clinic.name, clinic.missing_from) == ("Hope Recovery Center", "")
    assert SourceRecord.objects.count() == 1


@pytest.mark.parametrize("points_first", [True, False])
def test_the_order_of_the_two_files_does_not_matter(points_first):
    ours = lambda: import_rows(row(), row(line=3, name="Far Off", street="9 Oak Street"))  # noqa: E731
    theirs = lambda: import_rows(row(**ELM_STREET), **POINTS)  # noqa: E731
    for step in (theirs, ours) if points_first else (ours, theirs):
        step()
    assert [place[:3] for place in where().values()] == [
        (*Clinic.objects.values_list("latitude", "longitude").get(name="Far Off"), "zip"),
        (*ELM_STREET.values(), "street"),
    ]


@pytest.mark.parametrize("locator_first", [True, False])
def test_a_list_that_is_imported_whole_gives_its_points_too_in_any_order(locator_first):
    directory = lambda: import_rows(row(name="New Name at Elm"))  # noqa: E731
    locator = lambda: import_rows(row(name="Other Program", **ELM_STREET), **LOCATOR)  # noqa: E731
    for step in (locator, directory) if locator_first else (directory, locator):
        step()
    assert {place[:4] for place in where().values()} == {(*ELM_STREET.values(), "street", "samhsa-locator")}


def test_a_point_of_a_list_without_a_date_has_none(client):
    import_rows(row())
    import_rows(row(**ELM_STREET), **POINTS | {"edition": "undated"})
    [clinic] = Clinic.objects.all()
    assert (clinic.point_quality, clinic.point_as_of) == ("street", "")
    [found] = client.get("/clinics/?near=02139&format=json&treats=any").json()["results"]
    assert found["location"]["as_of"] is None


def test_a_second_time_nothing_changes():
    import_rows(row())
    import_rows(row(**ELM_STREET), **POINTS)
    before = where(), list(AddressPoint.objects.values())
    run = import_rows(row(**ELM_STREET), **POINTS).run
    assert (run.created, run.updated, run.unchanged) == (0, 0, 1)
    assert (where(), list(AddressPoint.objects.values())) == before


def test_two_points_of_one_address_count_if_they_are_one_door():
    run = import_rows(row(**ELM_STREET), row(line=3, name="Second", **NEXT_DOOR), **POINTS).run
    assert (run.created, run.repeated, run.rejected) == (1, 1, 0)


def test_two_points_of_one_address_that_are_far_apart_are_both_left_out():
    result = import_rows(row(**ELM_STREET), row(line=3, name="Second", **MILES_AWAY), **POINTS)
    assert [(rejection.line, "far apart" in rejection.reason) for rejection in result.rejections] == [
        (2, True),
        (3, True),
    ]
    assert not AddressPoint.objects.exists()


def test_two_rows_of_one_clinic_may_contradict_each_other_too():
    result = import_rows(row(**ELM_STREET), row(line=3, **MILES_AWAY), **POINTS)
    assert [rejection.line for rejection in result.rejections] == [2, 3]


def test_two_lists_of_one_edition_keep_a_point_each_so_their_order_does_not_matter():
    lists = [row(treats=frozenset([SUBSTANCE_USE]), **ELM_STREET), row(treats=frozenset([MENTAL_HEALTH]), **NEXT_DOOR)]
    import_rows(row())
    ends = []
    for order in (lists, lists[::-1]):
        AddressPoint.objects.all().delete()
        for one in order:
            import_rows(one, **POINTS)
        ends.append(where())
    assert ends[0] == ends[1]
    again = [import_rows(one, **POINTS).run for one in lists]
    assert [run.unchanged for run in again] == [1, 1]


def test_a_point_that_contradicts_its_address_is_left_out_and_said():
    result = import_rows(row(**CENTRAL_MA), row(line=3, street="9 Oak Street", **ELM_STREET), **POINTS)
    assert [rejection.line for rejection in result.rejections] == [2]
    assert any("left out" in message for message in result.run.messages)
    assert AddressPoint.objects.values_list("address", flat=True).get() == "9 oak st"


def test_undone_each_point_is_again_what_it_was():
    import_rows(row(), row(line=3, name="Oak", street="9 Oak Street"))
    import_rows(row(**ELM_STREET), **POINTS)
    first = where()
    import_rows(row(**NEXT_DOOR), row(line=3, street="9 Oak Street", **ELM_STREET), **POINTS)
    assert where() != first
    undone = undo_last_run("samhsa-locator")
    assert (undone.removed, undone.restored, where()) == (1, 1, first)
    assert "Points removed: 1, restored: 1" in str(undone)
    undo_last_run("samhsa-locator")
    assert not AddressPoint.objects.exists()
    assert {place[2] for place in where().values()} == {"zip"}


def test_a_rehearsal_leaves_nothing(tmp_path):
    import_rows(row())
    file = tmp_path / "locator_substance_use_2020.csv"
    file.write_text(HEADING + HOPE)
    before = [line for line in checksum_of_everything() if line[0] != "importrun"]
    out = StringIO()
    call_command("import_clinics", file, points_only=True, dry_run=True, stdout=out)
    assert "created      1" in out.getvalue()
    assert "Dry run" in out.getvalue()
    assert [line for line in checksum_of_everything() if line[0] != "importrun"] == before
    assert not AddressPoint.objects.exists()


def test_the_command_prints_its_numbers_and_writes_its_report(tmp_path):
    import_rows(row())
    file, report, out = tmp_path / "locator_substance_use_2020.csv", tmp_path / "report.json", StringIO()
    file.write_text(HEADING + HOPE + HOPE.replace("22 Elm St Ste 4", ""))
    call_command("import_clinics", file, points_only=True, report=report, stdout=out)
    words = " ".join(out.getvalue().split())
    for counted in (
        "created 1 (addresses, none of them as a clinic)",
        "updated 0",
        "unchanged 0",
        "rejected 1",
        "closed 0",
    ):
        assert counted in words
    assert "1 clinic was placed by them" in words
    [told] = json.loads(report.read_text())["files"]
    assert (told["points_only"], told["created"], len(told["rejections"])) == (True, 1, 1)
    assert Clinic.objects.get().point_quality == "street"


def test_a_list_without_coordinates_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "national_directory_2024.csv"
    file.write_text(
        "name1,name2,street1,street2,city,state,zip,phone,intake1,intake2,intake1a,intake2a,service_code_info\n"
        "Hope,,22 Elm St,,Cambridge,MA,02139,617-555-0100,,,,,SA\n"
    )
    with pytest.raises(CommandError, match="states no coordinates"):
        call_command("import_clinics", file, points_only=True)
    assert not AddressPoint.objects.exists()


def test_the_points_of_an_old_list_are_no_news_of_its_source():
    import_rows(row(**ELM_STREET), **POINTS)
    assert last_imports() == {}
    assert ImportRun.objects.get().is_complete is False


@pytest.mark.slow
def test_the_real_lists_place_a_state_the_same_in_any_order(shared_data):
    """Rhode Island: its directory of 2024 and the points of the locator of 2020, one after the other."""
    directory = shared_data / "samhsa" / "national_directory_2024_facilities.csv.gz"
    locator = shared_data / "samhsa" / "locator_substance_use_2020.csv"
    ends = []
    for points_first in (True, False):
        Clinic.objects.all().delete()
        ImportRun.objects.all().delete()
        if points_first:
            import_states(locator, {"RI"}, points_only=True)
        import_states(directory, {"RI"})
        if not points_first:
            import_states(locator, {"RI"}, points_only=True)
        ends.append(where())
    assert ends[0] == ends[1]
    exact = sum(place[2] == "street" for place in ends[0].values())
    assert exact / len(ends[0]) > 0.6
