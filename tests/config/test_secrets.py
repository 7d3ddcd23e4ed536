"""The secrets of a deployment, each a canary: in no page, log, mail, report of an error, or dump of the tables."""

import io
import json
import logging
import subprocess
import sys

import pytest
import sentry_sdk
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test import Client
from django_q.models import OrmQ
from sentry_sdk.transport import Transport

from core import email, sentry
from core.logs import AsJson, WithoutQuery
from core.models import OutgoingEmail
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
KEY, STRIPE, HOOK, DATABASE, TYPED = (f"canary-{name}-5f2b9c" for name in ("key", "stripe", "hook", "base", "typed"))
CANARIES = (KEY, STRIPE, HOOK, DATABASE, TYPED)


@pytest.fixture
def canaries(settings):
    settings.SECRET_KEY, settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = KEY, STRIPE, [HOOK]
    settings.EMAIL_HOST_PASSWORD = DATABASE


@pytest.fixture
def log():
    """All that any logger says, in the words of a deployment."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(WithoutQuery())
    handler.setFormatter(AsJson())
    loggers = [logging.getLogger(name) for name in ("", "django", "django.request", "core.access", "core.security")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield written
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def visit_everything(monkeypatch) -> list[str]:
    """What a visitor sees: pages, refused forms, and an error with the secrets in its frame."""
    client, clinic = Client(raise_request_exception=False), make_clinic()
    User.objects.create_user("owner@harbor.example", "owner@harbor.example", TYPED)
    shown = [client.get(path) for path in ("/", "/api/", "/privacy/", "/healthz", "/readyz", "/no/such/", "/metrics")]
    shown.append(client.post("/account/login/", {"login": "owner@harbor.example", "password": f"{TYPED} wrong"}))
    shown.append(client.post("/account/signup/", {"email": "eve@harbor.example", "password1": TYPED}))
    shown.append(client.post("/account/password/reset/", {"email": "owner@harbor.example"}))
    shown.append(client.post("/webhooks/stripe/", b"{}", "application/json", headers={"stripe-signature": HOOK}))

    def broken(*args):
        key, stripe, typed = KEY, STRIPE, TYPED
        raise ValueError(f"{key} {stripe} {typed}")

    monkeypatch.setattr("clinics.views.clinic.answers_of", broken)
    shown.append(client.get(f"{clinic.get_absolute_url()}?near={TYPED}"))
    assert shown[-1].status_code == 500
    return [answer.content.decode(errors="replace") + str(answer.headers) for answer in shown]


def dump() -> str:
    """Every table, as a backup holds it."""
    out = io.StringIO()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', out)
    return out.getvalue()


def test_no_secret_is_in_a_page_a_log_a_mail_or_a_dump(canaries, log, monkeypatch):
    shown = visit_everything(monkeypatch)
    for waiting in OutgoingEmail.objects.filter(sent_at=None):
        email.send(waiting.pk)
    sent = [f"{message.subject} {message.body} {message.extra_headers}" for message in mail.outbox]
    assert len(sent) >= 2
    written, tables = log.getvalue(), dump()
    assert "ValueError" in written  # the log is of these requests
    assert "owner@harbor.example" in tables
    for canary in CANARIES:
        for text in (*shown, *sent, written, tables):
            assert canary not in text, canary


def test_the_key_to_an_account_leaves_the_tables_once_its_mail_is_sent(canaries, client):
    User.objects.create_user("owner@harbor.example", "owner@harbor.example", "a long and quiet password")
    client.post("/account/password/reset/", {"email": "owner@harbor.example"})
    [asked] = OutgoingEmail.objects.all()
    email.send(asked.pk)
    link = mail.outbox[0].body.partition("/password/reset/key/")[2].split("/")[0]
    assert len(link) > 20
    assert link not in dump()
    assert all(link not in queued.payload for queued in OrmQ.objects.all())


def test_the_settings_hold_no_secret_of_their_own():
    keys = r"(sk|rk)_live_[0-9A-Za-z]{8}|whsec_[0-9A-Za-z]{20}|BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}"
    command = ["git", "grep", "-nIE", keys]
    found = subprocess.run(command, cwd=site_settings.BASE_DIR, capture_output=True, text=True)
    assert found.returncode == 1, found.stdout


# Sentry


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self, options=None):
        super().__init__(options)
        self.sent = []

    def capture_envelope(self, envelope):
        self.sent += [item.payload.json or item.payload.bytes.decode() for item in envelope.items]


@pytest.fixture
def reports():
    kept = Kept()
    sentry.start("https://public@sentry.example/1", transport=kept)
    yield kept.sent
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def test_a_report_to_sentry_tells_of_the_error_and_not_of_the_reader(canaries, reports, monkeypatch, settings):
    settings.TRUSTED_PROXIES = 1
    clinic = make_clinic()

    def broken(*args):
        near, key = TYPED, KEY
        logging.getLogger("x").error("near=%s", near)
        raise ValueError(f"{near} {key}")

    monkeypatch.setattr("clinics.views.clinic.answers_of", broken)
    client = Client(raise_request_exception=False, headers={"x-forwarded-for": "203.0.113.77", "user-agent": TYPED})
    client.cookies["sessionid"] = TYPED
    answer = client.get(f"{clinic.get_absolute_url()}?near={TYPED}")
    text = json.dumps(reports)
    [report] = [report for report in reports if report["exception"]["values"]]
    assert report["exception"]["values"][0]["type"] == "ValueError"
    assert report["tags"]["request_id"] == answer["X-Request-ID"]
    assert any(frame["function"] == "broken" for frame in report["exception"]["values"][0]["stacktrace"]["frames"])
    for secret in (*CANARIES, "203.0.113.77", "127.0.0.1", clinic.slug, "near=", "sessionid", "SELECT"):
        assert secret not in text, secret


def test_a_field_that_a_later_version_adds_is_not_sent():
    event = {"event_id": "1", "request": {"url": TYPED}, "user": {"ip_address": "203.0.113.77"}, "brand_new": TYPED}
    event |= {"message": TYPED, "extra": {"x": TYPED}, "contexts": {"x": TYPED}, "breadcrumbs": [TYPED]}
    assert set(sentry.scrubbed(event, {})) == {"event_id", "tags", "exception"}


def test_a_report_names_the_route_and_never_the_path(reports, client):
    """For an address without a route the library itself would name the path."""
    client.get("/locations/99950/")
    event = {"transaction": "/locations/99950/"}
    assert sentry.scrubbed(event, {})["transaction"] == "/locations/<slug:state>/"
    client.get("/99950/")
    assert sentry.scrubbed(event, {})["transaction"] == "-"


def test_without_a_dsn_nothing_of_sentry_is_loaded():
    code = "import config.settings, sys; print('sentry_sdk' in sys.modules)"
    assert not site_settings.SENTRY_DSN
    run = subprocess.run([sys.executable, "-c", code], cwd=site_settings.BASE_DIR, capture_output=True, text=True)
    assert run.stdout.strip() == "False", run.stderr
