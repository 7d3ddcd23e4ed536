"""Signed events for our webhook. They pass through the whole site as a request does, but without a network."""

import hmac
import json
from functools import cache
from io import BytesIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.urls import reverse

from listings.fake_stripe.models import GatewayObject
from listings.fake_stripe.objects import build, control, now, set_control

CONTROL_ID = "control"
ORDERLY, TWICE, REVERSED, LOST = "orderly", "twice", "reversed", "lost"
MODES = {
    ORDERLY: "one after the other, as they happen",
    TWICE: "each of them twice",
    REVERSED: "the last one first",
    LOST: "not at all: they are lost",
}


def emit(kind: str, thing: dict) -> None:
    """Record an event; it is delivered after the commit."""
    event = build(
        "event",
        type=kind,
        data={"object": _public(thing)},
        api_version=settings.STRIPE_API_VERSION,
        pending_webhooks=1,
    )
    event["request"] = {"id": None, "idempotency_key": None}
    GatewayObject.objects.create(id=event["id"], kind="event", data=event, is_delivered=False)
    transaction.on_commit(deliver)


def _public(thing: dict) -> dict:
    return json.loads(json.dumps({name: value for name, value in thing.items() if not name.startswith("_")}))


def mode() -> str:
    return control(CONTROL_ID).get("mode", ORDERLY)


def set_mode(name: str) -> None:
    if name not in MODES:
        raise ValueError(name)
    set_control(CONTROL_ID, {"mode": name})


def deliver() -> None:
    """Send the events that were not sent yet, in the mode that the control page has set."""
    waiting = list(GatewayObject.objects.filter(kind="event", is_delivered=False).order_by("created_at", "pk"))
    current = mode()
    for row in reversed(waiting) if current == REVERSED else waiting:
        unsent = GatewayObject.objects.filter(pk=row.pk, is_delivered=False)
        if current == LOST:
            unsent.update(is_delivered=None)
        elif unsent.update(is_delivered=True):
            for _ in range(2 if current == TWICE else 1):
                send(row.data)


def send(event: dict) -> int:
    """Send one event; returns the HTTP status of the response."""
    body = json.dumps(event).encode()
    return _post(reverse("stripe_webhook"), body, signature(body))


def signature(body: bytes, at: int | None = None) -> str:
    at = now() if at is None else at
    secret = settings.STRIPE_WEBHOOK_SECRETS[0]
    return f"t={at},v1={hmac.new(secret.encode(), b'%d.%b' % (at, body), 'sha256').hexdigest()}"


@cache
def _site() -> WSGIHandler:
    return WSGIHandler()


def _post(path: str, body: bytes, signed: str) -> int:
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": settings.ALLOWED_HOSTS[0].removeprefix("*.").lstrip(".") or "localhost",
        "HTTP_STRIPE_SIGNATURE": signed,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if settings.HTTPS else "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    statuses = []

    def start_response(status, headers, error=None, /):
        statuses.append(int(status.split()[0]))
        return BytesIO().write

    response = _site()(environ, start_response)
    response.close()
    return statuses[0]
