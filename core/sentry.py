"""Reports of errors to the Sentry server of SENTRY_DSN, if it is set; nothing in them tells who searched for what.

A report says which error, in which lines of the code, on which page, with the request's id to find the line of the
log. No texts of exceptions, because they quote; no variables, no SQL, no breadcrumbs, no addresses.
"""

import sentry_sdk
from sentry_sdk.integrations.django import DjangoIntegration

from core.logs import request_id, route

KEPT_OF_EVENT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "sdk")
KEPT_OF_FRAME = ("filename", "function", "module", "lineno", "in_app")


def start(dsn: str, **options) -> None:
    sentry_sdk.init(
        dsn=dsn,
        integrations=[DjangoIntegration(transaction_style="url")],
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        traces_sample_rate=0,
        server_name="-",
        before_send=scrubbed,  # type: ignore[arg-type]  # an Event has fixed keys; ours are filtered by name
        before_send_transaction=lambda event, hint: None,
        **options,
    )


def scrubbed(event: dict, hint: dict) -> dict:
    """A new event made of fields that are known to be harmless: one that a later version adds is not sent."""
    kept = {name: event[name] for name in KEPT_OF_EVENT if name in event}
    kept["tags"] = {"request_id": request_id.get()}
    if "transaction" in event:
        kept["transaction"] = route.get()  # the library's own is the path if no pattern matched
    values = event.get("exception", {}).get("values", [])
    kept["exception"] = {"values": [_bare(value) for value in values]}
    return kept


def _bare(value: dict) -> dict:
    frames = (value.get("stacktrace") or {}).get("frames", [])
    return {
        "type": value.get("type"),
        "value": "",
        "stacktrace": {"frames": [{name: frame.get(name) for name in KEPT_OF_FRAME} for frame in frames]},
    }
