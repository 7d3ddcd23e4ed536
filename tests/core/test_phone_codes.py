"""Calls and texts, through a server that answers as the service does."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from core import checks, phone_codes

NUMBER = "410-555-0100"


class Service(BaseHTTPRequestHandler):
    status = 201
    asked: list[tuple[str, str | None, dict]]

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append((self.path, self.headers["Authorization"], {name: texts[0] for name, texts in form.items()}))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def service(settings):
    own = type("Own", (Service,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), own) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.PHONE_CODES, settings.PHONE_CODES_URL = "twilio", f"http://127.0.0.1:{server.server_port}"
        settings.PHONE_CODES_ACCOUNT, settings.PHONE_CODES_TOKEN = "AC1", "secret"
        settings.PHONE_CODES_FROM = "+14105550199"
        yield own
        server.shutdown()


def test_a_call_says_the_text_a_few_times_in_its_language(service):
    phone_codes.send(NUMBER, "Su código <1>", channel=phone_codes.CALL, language="es")
    [(path, authorization, form)] = service.asked
    assert path == "/2010-04-01/Accounts/AC1/Calls.json"
    assert authorization.startswith("Basic ")
    assert (form["To"], form["From"]) == ("+14105550100", "+14105550199")
    assert form["Twiml"].count('<Say language="es-US">Su código &lt;1&gt;</Say>') == phone_codes.TIMES_SAID


def test_a_text_is_sent_as_it_is(service):
    phone_codes.send(NUMBER, "your code", channel=phone_codes.TEXT, language="en")
    [(path, _authorization, form)] = service.asked
    assert (path, form["Body"]) == ("/2010-04-01/Accounts/AC1/Messages.json", "your code")


@pytest.mark.parametrize("status", [400, 401, 302, 500])
def test_a_refusal_is_a_sentence_without_number_or_text(service, status):
    service.status = status
    with pytest.raises(phone_codes.NotSent, match=f"status {status}") as refused:
        phone_codes.send(NUMBER, "your code", channel=phone_codes.CALL, language="en")
    assert not any(word in str(refused.value) for word in ("555", "code", "secret"))


def test_a_service_that_is_not_there_is_said(settings, service):
    settings.PHONE_CODES_URL = "http://127.0.0.1:9"
    with pytest.raises(phone_codes.NotSent, match="does not answer"):
        phone_codes.send(NUMBER, "your code", channel=phone_codes.CALL, language="en")


def test_a_development_machine_prints_it_and_without_a_setting_nobody_is_called(settings, capsys):
    settings.PHONE_CODES = "console"
    phone_codes.send(NUMBER, "your code", channel=phone_codes.CALL, language="en")
    assert capsys.readouterr().out == "call to +14105550100: your code\n"
    settings.PHONE_CODES = "off"
    with pytest.raises(phone_codes.NotSent):
        phone_codes.send(NUMBER, "your code", channel=phone_codes.CALL, language="en")


@pytest.mark.parametrize(("value", "found"), [("off", 0), ("console", 1), ("twilio", 1)])
def test_doctor_says_if_nobody_would_be_called(settings, value, found):
    settings.PHONE_CODES = value
    assert len(list(checks.calls())) == found
