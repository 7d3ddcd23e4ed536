"""FindTreatment.gov replayed by a server of our own that answers with the real sample."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from clinics.geo import METRES_PER_MILE, Coordinates, miles_between
from clinics.imports.findtreatment_api import FindTreatmentUnavailable, circle_around, fetch_state
from clinics.imports.readers import open_directory
from clinics.models import Clinic, Confirmation, ZipCode

RICHMOND = Coordinates(37.5407, -77.4360)
PER_PAGE = 10


class Replay(BaseHTTPRequestHandler):
    """Pages of the sample; `server.faults` are answered first, one a request."""

    def do_GET(self):
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.server.asked.append(query)
        if self.server.faults:
            status, body = self.server.faults.pop(0)
            return self.answer(status, body)
        latitude, _longitude = map(float, query["sAddr"].split(","))
        if latitude < 0:  # the order was taken for longitude, latitude
            return self.answer(200, "sAddr is not valid")
        page = int(query["page"])
        rows = self.server.rows[(page - 1) * PER_PAGE : page * PER_PAGE]
        pages = -(-len(self.server.rows) // PER_PAGE)
        count = len(self.server.rows) + self.server.lost
        return self.answer(200, json.dumps({"page": page, "totalPages": pages, "recordCount": count, "rows": rows}))

    def answer(self, status, body):
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", body)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        """Quiet."""


@pytest.fixture
def service(shared_data):
    sample = shared_data / "samhsa" / "findtreatment_api_sample_2019-05-30.json"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Replay)
    server.rows, server.asked, server.faults, server.lost = json.loads(sample.read_text())["rows"], [], [], 0
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.address = f"http://127.0.0.1:{server.server_port}/"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(service, folder, state="VA"):
    return fetch_state(state, RICHMOND, 250, folder, address=service.address, pause_seconds=0)


def test_every_page_is_read_into_one_file_that_the_readers_know(service, tmp_path):
    directory = open_directory(fetch(service, tmp_path))
    assert (directory.layout, directory.source) == ("findtreatment-json", "findtreatment")
    assert len(list(directory)) == len(service.rows) == 30
    assert [query["page"] for query in service.asked] == ["1", "2", "3"]
    assert service.asked[0]["sAddr"] == "37.54070,-77.43600"
    assert int(service.asked[0]["limitValue"]) == round(250 * METRES_PER_MILE)


def test_only_the_requested_state_is_kept(service, tmp_path):
    for row in service.rows[:5]:
        row["state"] = "MD"
    assert len(list(open_directory(fetch(service, tmp_path)))) == 25


@pytest.mark.slow
def test_a_busy_service_is_tried_again(service, tmp_path):
    service.faults = [(503, "busy"), (429, "slower")]
    assert fetch(service, tmp_path).exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ((200, "limitValue must be a number"), "limitValue must be a number"),
        ((200, '{"rows": 5, "totalPages": 1, "recordCount": 5}'), "a shape we do not know"),
        ((200, '{"rows": [], "totalPages": 1, "recordCount": 0}'), "no facility in VA"),
        ((200, '{"rows": [], "totalPages": 99999, "recordCount": 0}'), "a shape we do not know"),
        ((404, "gone"), "status 404"),
    ],
)
def test_an_answer_without_facilities_is_one_sentence_and_no_file(service, tmp_path, fault, words):
    service.faults = [fault]
    with pytest.raises(FindTreatmentUnavailable, match=words):
        fetch(service, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_redirects_to_another_host_are_not_followed(service, tmp_path):
    service.faults = [(302, "/elsewhere")]
    with pytest.raises(FindTreatmentUnavailable, match="status 302"):
        fetch(service, tmp_path)
    assert len(service.asked) == 1


def test_fewer_facilities_than_announced_are_refused(service, tmp_path):
    service.lost = 3
    with pytest.raises(FindTreatmentUnavailable, match="announced 33 facilities and sent 30"):
        fetch(service, tmp_path)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["VA", "AK", "PR", "TX"])
def test_the_circle_holds_every_zip_code_of_the_state(state):
    middle, reach_miles = circle_around(state)
    zip_codes = ZipCode.objects.filter(state=state, latitude__isnull=False)
    assert all(miles_between(middle, (place.latitude, place.longitude)) < reach_miles for place in zip_codes)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_command_imports_what_was_fetched(service, settings, tmp_path, capsys):
    settings.FINDTREATMENT_URL, settings.VAR_DIR = service.address, tmp_path
    call_command("import_clinics", from_api=True, state="va")
    assert Clinic.objects.count() == 14  # of 30; the others treat mental health only
    assert "created      14" in capsys.readouterr().out
    assert set(Confirmation.objects.values_list("source", flat=True)) == {"findtreatment"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [{"from_api": True}, {"state": "VA"}, {}, {"from_api": True, "state": "XX"}, {"from_api": True, "state": "\0"}],
)
def test_arguments_that_make_no_sense_are_refused_in_a_sentence(asked):
    with pytest.raises(CommandError, match=r"two letters"):
        call_command("import_clinics", **asked)


@pytest.mark.slow
def test_an_unreachable_service_is_one_sentence(tmp_path, service):
    service.faults = [(503, "busy")] * 9
    with pytest.raises(FindTreatmentUnavailable, match=r"cannot be reached|status 503"):
        fetch(service, tmp_path)
