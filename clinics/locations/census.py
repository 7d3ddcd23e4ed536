"""The batch service of the US Census Geocoder: thousands of addresses in a file, free and without a key.

Source: US Census Bureau, "Geocoding Services Web Application Programming Interface (API)", chapter "Batch Geocoding",
https://geocoding.geo.census.gov/geocoder/Geocoding_Services_API.html. A form with `benchmark` and the file
`addressFile` is sent: a line an address, without headings, of unique ID, house number and street, city, state and ZIP.
A line of the answer, in any order, has the ID, the address as it was sent, Match, No_Match or Tie; of a match also
Exact or Non_Exact, the address found, "longitude,latitude", TIGER/Line ID and side of the street. Points are
interpolated along the house numbers of a block.
"""

import csv
import io
import math
import time
from collections.abc import Iterable, Iterator
from typing import TextIO

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from clinics.geo import Coordinates
from clinics.locations.address_forms import Address
from clinics.locations.answers import Answer, Geocoder, GeocoderUnavailable
from clinics.models import AddressLookup

NAME = "census"
MOST_ROWS = 10_000  # of one file, says the Census Bureau
BENCHMARK = "Public_AR_Current"  # the newest state of the streets
CONNECT_SECONDS = 10
RECEIVED_AT_ONCE = 64 * 1024  # bytes
BYTES_A_ROW, BYTES_BESIDE, LONGEST_LINE = 500, 1_000_000, 10_000  # a line of an answer has about 150
ANSWER_SECONDS = 30 * 60  # for one file, well within the time of a job
NOT_EXACT = "found in another spelling"
NO_HOUSE = "the answer has no house number"
SEVERAL, NOWHERE = "several places have this address", "no such house number and street"

Outcome = AddressLookup.Outcome


def service() -> Geocoder:
    return Geocoder(NAME, ask, min(settings.CENSUS_BATCH_SIZE, MOST_ROWS), settings.CENSUS_PAUSE_SECONDS)


def ask(rows: Iterable[tuple[str, Address]]) -> Iterator[Answer]:
    """Send one file and read the answers as they come. Raises GeocoderUnavailable, perhaps after some of them."""
    file, sent = io.StringIO(), dict(rows)
    write_rows(file, sent.items())
    try:
        with requests.post(
            settings.CENSUS_GEOCODER_URL,
            data={"benchmark": BENCHMARK},
            files={"addressFile": ("addresses.csv", file.getvalue().encode(), "text/csv")},
            timeout=(CONNECT_SECONDS, settings.CENSUS_TIMEOUT_SECONDS),
            headers={"Accept-Encoding": "identity"},  # a short answer that unpacks to a long one is none of ours
            stream=True,
            allow_redirects=False,  # the owner of the site decides who is sent addresses
        ) as response:
            if response.status_code != requests.codes.ok:
                raise GeocoderUnavailable(f"The Census Geocoder answered with status {response.status_code}.")
            most_bytes = len(sent) * BYTES_A_ROW + BYTES_BESIDE
            answers = read_answers(_lines(response, most_bytes))
            yield from (answer for answer in answers if answer.row in sent)
    except (requests.RequestException, HTTPError) as error:
        raise GeocoderUnavailable(f"The Census Geocoder did not answer to the end: {type(error).__name__}.") from error


def write_rows(file: TextIO, rows: Iterable[tuple[str, Address]]) -> None:
    """In the format of the batch service; a comma inside a field is quoted."""
    csv.writer(file, lineterminator="\n").writerows((row, *address) for row, address in rows)


def read_answers(lines: Iterable[str]) -> Iterator[Answer]:
    """Every whole line. What is none, such as the last one of an answer that was cut off, is passed over.

    Raises GeocoderUnavailable if there is no whole line at all, as on a page that says what is wrong.
    """
    said, count = "", 0
    for line in lines:
        said = said or line.strip()
        if answer := _answer(line):
            count += 1
            yield answer
    if not count:
        raise GeocoderUnavailable(f"The Census Geocoder sent no answers but: “{said[:100]}”.")


def _lines(response: requests.Response, most_bytes: int) -> Iterator[str]:
    """As they come: of an answer that is cut off, `response.iter_lines` would lose what came just before.

    Raises GeocoderUnavailable for an answer that is too long, in all or in one line, or takes too long.
    """
    rest, length, until = b"", 0, time.monotonic() + ANSWER_SECONDS
    while received := response.raw.read1(RECEIVED_AT_ONCE):
        length += len(received)
        *lines, rest = (rest + received).split(b"\n")
        if length > most_bytes or len(rest) > LONGEST_LINE:
            raise GeocoderUnavailable("The Census Geocoder sent more than answers to what it was asked.")
        if time.monotonic() > until:
            raise GeocoderUnavailable(f"The Census Geocoder was not done after {ANSWER_SECONDS // 60} minutes.")
        yield from (line.decode(errors="replace") for line in lines)
    yield rest.decode(errors="replace")


def _answer(line: str) -> Answer | None:
    try:
        match next(csv.reader([line], strict=True), []):
            case [row, _, "No_Match", *_]:
                return Answer(row, Outcome.NO_MATCH, NOWHERE)
            case [row, _, "Tie", *_]:
                return Answer(row, Outcome.TIE, SEVERAL)
            case [row, _, "Match", exactness, matched, longitude_latitude, *_]:
                longitude, latitude = map(float, longitude_latitude.split(","))
                if not (math.fabs(latitude) <= 90 and math.fabs(longitude) <= 180):
                    return None
                if not any(letter.isdigit() for letter in matched.partition(",")[0]):
                    return Answer(row, Outcome.REFUSED, NO_HOUSE, matched)
                reason = "" if exactness == "Exact" else NOT_EXACT
                return Answer(row, Outcome.MATCH, reason, matched, Coordinates(latitude, longitude))
    except (csv.Error, ValueError):
        pass
    return None
