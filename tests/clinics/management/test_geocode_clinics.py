import csv
import io

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from clinics.geo import Coordinates
from clinics.locations import census
from clinics.models import AddressLookup, AddressPoint, Clinic
from tests.clinics.locations.census_server import CensusServer, Known, as_csv
from tests.factories import ClinicFactory

pytestmark = pytest.mark.django_db
DOOR = Coordinates(39.2951, -76.6102)
TABLE = {
    ("21202", "10 market st"): Known(DOOR),
    ("21202", "5 co rd 12"): Known(Coordinates(39.3, -76.61), "Non_Exact"),
}


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("geocode_clinics", *map(str, arguments), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def refusal(*arguments: object) -> str:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


@pytest.fixture
def clinics():
    for street in ("10 Market Street", "5 County Road 12", "7 Nowhere Road", "PO Box 12"):
        ClinicFactory(street=street, zip_code="21202", point_quality="zip")


@pytest.fixture
def elsewhere(tmp_path):
    """Another machine, which has internet: gives back the file with the answer to a file."""
    server = CensusServer(TABLE)

    def send(path):
        rows = list(csv.reader(path.read_text().splitlines()))
        answer = tmp_path / f"answer to {path.name}"
        answer.write_bytes(as_csv([server.line_for(*row) for row in rows]))
        return answer

    yield send
    server.server_close()


def state() -> list:
    lookups = AddressLookup.objects.order_by("address").values_list("address", "outcome", "times_asked", "sent")
    return [*lookups, *AddressPoint.objects.order_by("address").values_list("address", "latitude", "longitude")]


def test_it_prints_what_came_of_the_addresses(service, clinics):
    service.table = TABLE
    said = run()
    assert "match        2   (found)" in said
    assert "no-match     1   (not found)" in said
    assert run() == "Nothing was due.\n"


def test_a_dry_run_asks_nobody_and_writes_nothing(service, clinics):
    said = run("--dry-run")
    assert "3 addresses are due." in said
    assert "1 more cannot be asked for" in said
    assert (service.files, service.probes) == ([], 0)
    assert not AddressLookup.objects.exists()


def test_a_dry_run_needs_no_geocoder(settings, clinics):
    settings.GEOCODER = ""
    assert "3 addresses are due." in run("--dry-run", "--state", "md")
    assert "0 addresses are due." in run("--dry-run", "--state", "NY")
    assert "2 addresses are due." in run("--dry-run", "--limit", 2)


def test_without_a_geocoder_it_says_how_to_switch_it_on(settings, clinics):
    settings.GEOCODER = ""
    assert "GEOCODER=census asks the US Census Geocoder" in refusal()


def test_a_service_that_is_down_is_a_sentence(service, clinics):
    service.is_down = True
    assert refusal() == "The Census Geocoder answered with status 503. What is due stays due."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--state", "Ohio"], "'OHIO' is not a state we know"),
        (["--limit", 0], "--limit takes a number from 1"),
        (["--dry-run", "--write-file", "out.csv"], "Give one of"),
        (["--read-file", "/nowhere/answer.csv"], "could not be used"),
        (["--read-file", "/nowhere/answer.csv", "--state", "NY"], "leave out --state and --limit"),
        (["--read-file", "/nowhere/answer.csv", "--limit", 3], "leave out --state and --limit"),
        (["--write-file", "/nowhere/out.csv"], "could not be used"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(service, clinics, arguments, words):
    assert words in refusal(*arguments)
    assert service.files == []


def test_a_limit_counts_the_addresses_that_can_be_sent(clinics, tmp_path):
    ClinicFactory(street="PO Box 1", zip_code="21201", point_quality="zip")  # comes first
    said = run("--write-file", tmp_path / "due.csv", "--limit", 3)
    assert "3 addresses are in" in said
    assert f"curl -F addressFile=@due.csv -F benchmark=Public_AR_Current {settings.CENSUS_GEOCODER_URL}" in said


def test_files_go_out_and_their_answers_come_back(settings, clinics, elsewhere, tmp_path):
    settings.GEOCODER = ""
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    assert "3 addresses are in" in run("--write-file", first)
    assert [row[1:] for row in csv.reader(first.read_text().splitlines())] == [
        ["10 Market Street", "Baltimore", "MD", "21202"],
        ["5 County Road 12", "Baltimore", "MD", "21202"],
        ["7 Nowhere Road", "Baltimore", "MD", "21202"],
    ]
    answer = elsewhere(first)
    assert "match        1" in run("--read-file", answer)
    assert Clinic.objects.get(street="10 Market Street").coordinates == DOOR
    before = state()
    assert "known already 3" in run("--read-file", answer)
    assert state() == before
    assert "1 addresses are in" in run("--write-file", second)
    assert "match        1" in run("--read-file", elsewhere(second))
    before = state()
    run("--read-file", answer)
    run("--read-file", tmp_path / "answer to second.csv")
    assert state() == before
    assert "No address is due" in run("--write-file", tmp_path / "third.csv")
    assert not (tmp_path / "third.csv").exists()
    assert max(times for _address, _outcome, times, _sent in state()[:3]) == 1


def test_files_end_as_asking_does(service, clinics, elsewhere, tmp_path):
    service.table = TABLE
    run()
    asked = state()
    AddressLookup.objects.all().delete()
    AddressPoint.objects.all().delete()
    Clinic.objects.update(point_quality="zip")
    for name in ("first.csv", "second.csv"):
        run("--write-file", tmp_path / name)
        run("--read-file", elsewhere(tmp_path / name))
    assert [row for row in state() if row[0] != "po box 12"] == [row for row in asked if row[0] != "po box 12"]


def test_a_large_file_is_written_in_parts(clinics, tmp_path, monkeypatch):
    monkeypatch.setattr(census, "MOST_ROWS", 2)
    run("--write-file", tmp_path / "out.csv")
    assert [len((tmp_path / name).read_text().splitlines()) for name in ("out.csv", "out-2.csv")] == [2, 1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no answer"),
        (b"<html><body>Not available</body></html>", "holds no answer"),
        (b"\x1f\x8b\x08\x00\xff\xfe\x00binary", "is not a text file"),
        (b'"' + b"9" * 5000 + b'-1","12 Elm St","No_Match"\n', "is to an address of ours"),
        (b'"1","10 Market St","Tie"\n"9-abc","1 Elm St","No_Match"\n', "No answer in"),
    ],
)
def test_a_bad_file_is_a_sentence_and_changes_nothing(clinics, tmp_path, content, words):
    run("--write-file", tmp_path / "out.csv")
    before = state()
    (tmp_path / "bad.csv").write_bytes(content)
    assert words in refusal("--read-file", tmp_path / "bad.csv")
    assert state() == before


def test_an_answer_to_another_address_is_not_taken(clinics, elsewhere, tmp_path):
    """As of a file that was written by another site, or before the clinic moved."""
    run("--write-file", tmp_path / "out.csv")
    answer = elsewhere(tmp_path / "out.csv")
    Clinic.objects.filter(street="10 Market Street").update(street="10 Market Street", city="Towson")
    said = run("--read-file", answer)
    assert "not an address of ours 1" in said
    assert not AddressPoint.objects.exists()
