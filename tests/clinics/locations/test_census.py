"""The client of the batch service, against a server of our own that speaks its format."""

import io
import time

import pytest

from clinics.geo import Coordinates
from clinics.locations import census
from clinics.locations.address_forms import Address
from clinics.locations.answers import Answer, GeocoderUnavailable
from clinics.models import AddressLookup
from tests.clinics.locations.census_server import CensusServer, Known

Outcome = AddressLookup.Outcome
MARKET = Address("10 Market St", "Baltimore", "MD", "21202")
PLAZA = Address('12 "Harbor", Plaza', "Baltimore", "MD", "21202")
ELM = Address("1 Elm St", "Baltimore", "MD", "21202")
PARK = Address("5 Park Ave", "Baltimore", "MD", "21202")
ROWS = [("1", MARKET), ("2", PLAZA), ("3", ELM), ("4", PARK)]


@pytest.fixture
def server(settings):
    table = {
        ("21202", "10 market st"): Known(Coordinates(39.29, -76.61)),
        ("21202", "12 harbor plz"): Known(
            Coordinates(39.28, -76.6), "Non_Exact", "12 HARBOR PLZ, BALTIMORE, MD, 21202"
        ),
        ("21202", "1 elm st"): Known(None),
    }
    with CensusServer(table) as server:
        settings.CENSUS_GEOCODER_URL = server.url
        settings.CENSUS_TIMEOUT_SECONDS = 5
        yield server


def ask(rows=ROWS):
    """(the answers that came, the sentence of the failure)."""
    answers = []
    try:
        for answer in census.ask(rows):
            answers.append(answer)
    except GeocoderUnavailable as error:
        return answers, str(error)
    return answers, ""


def test_a_file_is_sent_and_every_line_of_the_answer_is_read(server):
    answers, failure = ask()
    assert not failure
    assert answers == [
        Answer("1", Outcome.MATCH, "", "10 MARKET ST, BALTIMORE, MD, 21202", Coordinates(39.29, -76.61)),
        Answer("2", Outcome.MATCH, census.NOT_EXACT, "12 HARBOR PLZ, BALTIMORE, MD, 21202", Coordinates(39.28, -76.6)),
        Answer("3", Outcome.TIE, census.SEVERAL),
        Answer("4", Outcome.NO_MATCH, census.NOWHERE),
    ]
    assert server.files == [[[row, *address] for row, address in ROWS]]
    assert server.benchmarks == {"Public_AR_Current"}


@pytest.mark.parametrize("fault", ["shuffled", "doubled", "with_lines_of_others"])
def test_the_order_and_what_else_is_sent_do_not_matter(server, fault):
    server.faults = [fault]
    answers, failure = ask()
    assert not failure
    points = {answer.row: answer.point for answer in answers}
    assert points == {"1": (39.29, -76.61), "2": (39.28, -76.6), "3": None, "4": None}


@pytest.mark.parametrize(
    ("fault", "whole_rows", "words"),
    [
        ("cut_off", "12", "did not answer to the end"),
        ("cut_off_unnoticed", "12", ""),
        ("with_every_second_missing", "13", ""),
        ("page_after_half", "12", ""),
        ("page", "", "sent no answers but: “<!DOCTYPE html>"),
        ("status_500", "", "answered with status 500"),
        ("redirect", "", "answered with status 302"),
        ("reset", "", "did not answer to the end"),
    ],
)
def test_whole_rows_count_and_what_is_missing_is_said_in_a_sentence(server, fault, whole_rows, words):
    server.faults = [fault]
    answers, failure = ask()
    assert "".join(answer.row for answer in answers) == whole_rows
    assert words in failure
    assert bool(words) == bool(failure)


@pytest.mark.parametrize("fault", ["endless_line", "endless_lines"])
def test_an_answer_without_end_is_left(server, fault):
    server.faults = [fault]
    answers, failure = ask()
    assert failure == "The Census Geocoder sent more than answers to what it was asked."
    assert {answer.row for answer in answers} <= {"1", "2", "3", "4"}


def test_an_answer_that_goes_on_for_too_long_is_left(server, monkeypatch):
    monkeypatch.setattr(census, "ANSWER_SECONDS", -60)
    assert ask() == ([], "The Census Geocoder was not done after -1 minutes.")


def test_rows_that_were_not_asked_are_no_answers(server):
    server.faults = ["with_lines_of_others"]
    answers, _failure = ask()
    assert [answer.row for answer in answers] == ["1", "2", "3", "4"]


def test_a_service_that_says_nothing_is_left_after_the_timeout(server, settings):
    settings.CENSUS_TIMEOUT_SECONDS = 0.2
    server.faults = ["never"]
    start = time.monotonic()
    answers, failure = ask()
    assert (answers, failure) == ([], "The Census Geocoder did not answer to the end: ReadTimeout.")
    assert time.monotonic() - start < 30


def test_nobody_at_the_address_is_a_sentence(server):
    server.server_close()
    assert ask() == ([], "The Census Geocoder did not answer to the end: ConnectionError.")


@pytest.mark.parametrize(
    "line",
    [
        '"1","10 Market St","Match","Exact","10 MARKET ST, BALTIMORE, MD","-76.61,39',
        '"1","10 Market St","Match","Exact","10 MARKET ST, BALTIMORE, MD","-76.61"',
        '"1","10 Market St","Match","Exact","10 MARKET ST, BALTIMORE, MD","nan,39.29","1","L"',
        '"1","10 Market St","Match","Exact","10 MARKET ST, BALTIMORE, MD","-76.61,139.29","1","L"',
        '"1","10 Market St","Match","Exact"',
        '"1","10 Market St","No_Mat',
        '"1","10 Market St","Perhaps"',
        '"1"',
        "",
    ],
)
def test_half_a_line_is_no_answer(line):
    whole = '"2","1 Elm St","Tie"'
    assert [answer.row for answer in census.read_answers([line, whole])] == ["2"]


def test_an_answer_without_a_house_number_is_refused():
    [answer] = census.read_answers(
        ['"1","10 Main St","Match","Non_Exact","BALTIMORE, MD, 21202","-76.6,39.2","1","L"']
    )
    assert (answer.outcome, answer.reason, answer.point) == (Outcome.REFUSED, census.NO_HOUSE, None)


def test_an_answer_that_a_spreadsheet_saved_again_is_read():
    [answer] = census.read_answers(
        ['1,"10 Market St, Baltimore",Match,Exact,"10 MARKET ST, MD","-76.61,39.29",63,L\r\n']
    )
    assert (answer.row, answer.point) == ("1", (39.29, -76.61))


def test_a_file_has_at_most_as_many_addresses_as_the_service_takes(settings):
    settings.CENSUS_BATCH_SIZE = 50_000
    assert census.service().batch_size == census.MOST_ROWS


def test_a_field_with_a_comma_is_quoted():
    file = io.StringIO()
    census.write_rows(file, [("1", PLAZA)])
    assert file.getvalue() == '1,"12 ""Harbor"", Plaza",Baltimore,MD,21202\n'
