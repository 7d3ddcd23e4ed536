"""What a log line may hold: the route, never what was typed. docs/security.md lists what is logged.

People type paths, and a ZIP code in them: /locations/99950/, /clinics/3/99950/. A program may send any name of a host.
A line holds the pattern of the URLconf in place of a path, and nothing where there is none.
"""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest

ACCESS = "core.access"  # the logger of requests
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
# Of a client; an address of the server itself is not preceded by "ip=".
CLIENT_ADDRESS = re.compile(r"\bip=\S+")
# In a request that a library quotes, "GET /locations/02139/ HTTP/1.1", everything between the method and the space.
TYPED_PATH = re.compile(rf"\b({'|'.join(METHODS)}) /[^\s\"']*")
QUERY_STRING = re.compile(r"\?[^\s\"']*")
# Behind these words a library quotes: gunicorn a request that it cannot parse (after an extra space, half a search is
# an "HTTP version"), the jobs the error of one that failed (the admin shows it).
QUOTED = re.compile(
    r"(Invalid request from ip=\S*: [^:'\"(]*|Error handling request|Failed '[^']*' \([^)]*\)).*", re.DOTALL
)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # a line break in a request would start a forged line
SECURITY = "django.security."  # Django's loggers of refused requests; the last part names the error
request_id: ContextVar[str] = ContextVar("request_id", default="-")
route: ContextVar[str] = ContextVar("route", default="-")  # of this request, such as /clinics/<int:pk>/<slug:slug>/


class WithoutQuery(logging.Filter):
    """Removes what was typed, and clients, from a record, its arguments and its traceback; adds the request's id."""

    def filter(self, record: logging.LogRecord) -> bool:
        if hasattr(record, "request_id"):  # another handler has it too
            return True
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            message = own_words(record, request)
        elif record.name == ACCESS:  # in our own words, with a route, which looks like a path
            message = record.getMessage()
        else:
            message = QUOTED.sub(r"\1", record.getMessage())
            message = QUERY_STRING.sub("", TYPED_PATH.sub(r"\1 -", message))
        record.msg = CONTROL.sub(" ", CLIENT_ADDRESS.sub("ip=-", message))
        record.args = ()
        record.request_id = request_id.get()
        if record.exc_info and not record.exc_text:
            # The frames of a traceback name files and lines; its last line may quote what the visitor typed.
            error = record.exc_info[1]
            record.exc_text = "".join(
                f'\n  File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}'
                for frame, line in _walk(record.exc_info[2])
            ).lstrip("\n")
            record.exc_text += f"\n{type(error).__name__}"
        record.exc_info = None
        return True


def own_words(record: logging.LogRecord, request: HttpRequest) -> str:
    """What a record says of a request, without its message, which quotes the path, the host or the form."""
    status = getattr(record, "status_code", None)
    what = HTTPStatus(status).phrase if status in list(HTTPStatus) else record.levelname
    if record.name == f"{SECURITY}DisallowedHost":
        what = "a host that is not ours"
    elif record.name == f"{SECURITY}csrf" and isinstance(record.args, tuple) and record.args:
        what = str(record.args[0]).partition(" - ")[0].rstrip(".")  # "Origin checking failed - https://... "
    elif record.name.startswith(SECURITY):
        what = record.name.removeprefix(SECURITY)
    return f"{what}: {method_of(request)} {route.get()}"


def method_of(request: HttpRequest) -> str:
    """Its method; "-" for a word that is none, because somebody typed it."""
    return request.method if request.method in METHODS else "-"


def route_of(match) -> str:
    """The pattern of the URLconf that an address has; "-" without one."""
    return f"/{match.route}" if match else "-"


def arguments_of(match, status: int) -> dict[str, str]:
    """The ids of rows in the address of a page that was shown (200, or 304 to who has it), so of rows that exist.

    Numbers and UUIDs alone: a word may be a place or a key. No page is shown for a number without a row.
    """
    if match is None or status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
        return {}
    return {name: str(value) for name, value in match.captured_kwargs.items() if isinstance(value, int | UUID)}


def _walk(traceback):
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


class AsJson(logging.Formatter):
    """One object a line: time (UTC), level, logger, request_id, message, and the record's own `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_text:
            line["traceback"] = record.exc_text
        return json.dumps(line, ensure_ascii=True, default=str)
