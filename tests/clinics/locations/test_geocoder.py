"""The geocoders of geopy, against a server of our own in place of Nominatim, with answers in its shape."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from clinics.locations import geocoder, geocoding
from clinics.locations.address_forms import Address
from clinics.locations.answers import GeocoderUnavailable
from clinics.models import AddressLookup, Clinic, PointQuality
from tests.factories import ClinicFactory

Outcome = AddressLookup.Outcome
MARKET = Address("10 Market Street", "Baltimore", "MD", "21202")


def found(name: str, house_number: str = "", **kind: str) -> dict:
    address = {"road": "Market Street", "city": "Baltimore", "postcode": "21202"}
    if house_number:
        address["house_number"] = house_number
    return {"lat": "39.2951", "lon": "-76.6102", "display_name": name, "address": address} | kind


HOUSE = found("10, Market Street, Baltimore", "10", **{"class": "building", "type": "yes"})
NUMBER = found("10, Market Street, Baltimore", "10", **{"class": "place", "type": "house"})
NEIGHBOR = found("12, Market Street, Baltimore", "12", **{"class": "building", "type": "yes"})
ROAD = found("Market Street, Baltimore", **{"class": "highway", "type": "residential"})
CITY = found("Baltimore, Maryland", **{"class": "boundary", "type": "administrative"})


class Replay(BaseHTTPRequestHandler):
    def do_GET(self):
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.asked.append((query, self.headers["User-Agent"]))
        body = json.dumps(self.server.found.get(query["q"], [])).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""


@pytest.fixture
def nominatim(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Replay)
    server.asked, server.found, server.status = [], {}, 200
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.GEOCODER = "nominatim"
    settings.GEOCODER_OPTIONS = {
        "user_agent": "clinics.example.org",
        "domain": f"127.0.0.1:{server.server_port}",
        "scheme": "http",
    }
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    """How long the run wanted to wait, each time; it does not."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


@pytest.mark.parametrize(
    ("answer", "outcome", "quality"),
    [
        (HOUSE, Outcome.MATCH, PointQuality.ROOFTOP),
        (NUMBER, Outcome.MATCH, PointQuality.STREET),
        (NEIGHBOR, Outcome.REFUSED, None),
        (ROAD, Outcome.REFUSED, None),
        (CITY, Outcome.REFUSED, None),
    ],
)
def test_a_house_is_a_point_and_a_street_or_city_is_none(nominatim, answer, outcome, quality):
    nominatim.found[str(MARKET)] = [answer]
    [given] = geocoder.ask([("1", MARKET)])
    assert (given.row, given.outcome, given.matched) == ("1", outcome, answer["display_name"])
    assert given.point == ((39.2951, -76.6102) if quality else None)
    assert quality is None or given.quality == quality
    [(query, name)] = nominatim.asked
    assert (query["q"], query["addressdetails"]) == ("10 Market Street, Baltimore, MD 21202", "1")
    assert name == "clinics.example.org"


@pytest.mark.parametrize(
    ("raw", "text", "quality"),
    [
        ({"geometry": {"location_type": "ROOFTOP"}}, "10 Market St", PointQuality.ROOFTOP),
        ({"geometry": {"location_type": "RANGE_INTERPOLATED"}}, "10 Market St", PointQuality.STREET),
        ({"geometry": {"location_type": "APPROXIMATE"}}, "10 Market St", None),
        ({"attributes": {"Addr_type": "PointAddress"}}, "10 Market St", PointQuality.ROOFTOP),
        ({"attributes": {"Addr_type": "Postal"}}, "21202, Baltimore", None),
        ({}, "10, Market St, Baltimore", PointQuality.STREET),
        ({}, "Baltimore, Maryland 21010", None),
    ],
)
def test_what_other_services_say_of_their_points(raw, text, quality):
    location = SimpleNamespace(raw=raw, address=text, latitude=39.2951, longitude=-76.6102)
    answer = geocoder._answer("1", MARKET, location)
    assert answer.outcome == (Outcome.MATCH if quality else Outcome.REFUSED)
    assert quality is None or answer.quality == quality


def test_an_address_that_it_does_not_know_is_not_found(nominatim):
    [answer] = geocoder.ask([("1", MARKET)])
    assert (answer.outcome, answer.reason) == (Outcome.NO_MATCH, geocoder.NOWHERE)


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:Latitude normalization")
@pytest.mark.parametrize(
    "broken",
    [
        HOUSE | {"lat": "NaN"},
        HOUSE | {"lon": "inf"},
        HOUSE | {"lat": "x"},
        HOUSE | {"lat": "139"},
        None,
        [HOUSE],
    ],
)
def test_a_broken_answer_is_refused_and_the_others_are_asked_for(nominatim, pauses, broken):
    for number in (10, 11):
        ClinicFactory(street=f"{number} Market Street", zip_code="21202", point_quality="zip")
    nominatim.found[str(MARKET)] = [broken]
    assert geocoding.geocode().outcomes == {"refused": 1, "no-match": 1}
    assert AddressLookup.objects.get(outcome=Outcome.REFUSED).reason == geocoder.BROKEN


@pytest.mark.django_db
def test_what_no_column_takes_is_left_out_of_an_answer(nominatim, pauses):
    ClinicFactory(street="10 Market Street", zip_code="21202", point_quality="zip")
    nominatim.found[str(MARKET)] = [HOUSE | {"display_name": "10,\x00Market\ud800\nStreet" + 400 * "!"}]
    assert geocoding.geocode().outcomes == {"match": 1}
    assert AddressLookup.objects.get().matched == "10, Market  Street" + 282 * "!"


@pytest.mark.django_db
def test_a_geocoder_that_nobody_reaches_is_an_outage_and_its_key_stays_secret(settings, pauses):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.GEOCODER = "pelias"
    settings.GEOCODER_OPTIONS = {"domain": f"127.0.0.1:{port}", "scheme": "http", "api_key": "secret" * 60}
    ClinicFactory(street="10 Market Street", zip_code="21202", point_quality="zip")
    stopped = geocoding.geocode().stopped
    assert stopped == "The geocoder pelias did not answer: GeocoderUnavailable. What is due stays due."
    lookup = AddressLookup.objects.get()
    assert (lookup.outcome, lookup.reason) == (
        Outcome.WAITING,
        "The geocoder pelias did not answer: GeocoderUnavailable.",
    )


@pytest.mark.parametrize("options", [{"user_agent": "clinics.example.org"}, {"no_such_option": 1}])
def test_a_geocoder_that_fails_is_a_sentence(nominatim, settings, options):
    nominatim.status = 503
    settings.GEOCODER_OPTIONS = settings.GEOCODER_OPTIONS | options
    with pytest.raises(GeocoderUnavailable, match="The geocoder nominatim did not answer: "):
        list(geocoder.ask([("1", MARKET)]))


def test_a_name_that_is_no_geocoder_is_a_sentence(settings):
    settings.GEOCODER = "atlantis"
    with pytest.raises(GeocoderUnavailable, match="GEOCODER=atlantis: no geocoder has that name"):
        geocoding.chosen()


@pytest.mark.django_db
def test_addresses_are_asked_for_one_a_second_by_the_same_queue(nominatim, pauses):
    for number in (10, 11, 12):
        ClinicFactory(street=f"{number} Market Street", zip_code="21202", point_quality="zip")
    nominatim.found[str(MARKET)] = [HOUSE]
    assert geocoding.geocode().outcomes == {"match": 1, "no-match": 2}
    assert len(nominatim.asked) == 3
    assert pauses == [1, 1]
    clinic = Clinic.objects.get(street="10 Market Street")
    assert (clinic.point_quality, clinic.point_source) == ("rooftop", "nominatim")
    assert geocoding.geocode().asked == 0


@pytest.mark.django_db
def test_after_an_outage_what_was_due_is_asked_for(nominatim, pauses):
    for number in (10, 11):
        ClinicFactory(street=f"{number} Market Street", zip_code="21202", point_quality="zip")
    nominatim.status = 503
    assert "What is due stays due." in geocoding.geocode().stopped
    assert sorted(pauses) == [0, 1, 5, 25]
    nominatim.status, nominatim.found[str(MARKET)] = 200, [HOUSE]
    assert geocoding.geocode().outcomes == {"match": 1, "no-match": 1}
