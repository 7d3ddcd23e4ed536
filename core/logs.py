"""What a log line may hold: no query string, no complete network address. docs/security.md lists what is logged."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

# Of a client; an address of the server itself is not preceded by "ip=".
CLIENT_ADDRESS = re.compile(r"\bip=\S+")
# In "GET /clinics/?near=02139 HTTP/1.1" everything from the question mark to the space.
QUERY_STRING = re.compile(r"\?[^\s\"']*")
# What gunicorn quotes of a request that it cannot parse: after an extra space, half a search is an "HTTP version".
UNREADABLE = re.compile(r"(Invalid request from [^:]*: [^:]*|Error handling request).*", re.DOTALL)
# The list as a text page has its place in the path, and so in the lines of a server for development.
TYPED_PATH = re.compile(r"(/t/)[^\s\"']+")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # a line break in a request would start a forged line
# Parts of a path that grant access.
SECRET_PARTS = ("token", "key", "uidb36", "session_id", "portal_id")
TYPED_PARTS = ("near",)  # where somebody is, or looks for help
request_id: ContextVar[str] = ContextVar("request_id", default="-")


class WithoutQuery(logging.Filter):
    """Removes query strings and clients from a record, its arguments and its traceback; adds the request's id."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and hasattr(request, "path_info"):  # "Internal Server Error: /path/"
            record.msg, record.args = record.getMessage().replace(request.path, loggable_path(request)), ()
        message = CLIENT_ADDRESS.sub("ip=-", QUERY_STRING.sub("", UNREADABLE.sub(r"\1", record.getMessage())))
        record.msg = CONTROL.sub(" ", TYPED_PATH.sub(r"\1(typed)", message))
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


def loggable_path(request) -> str:
    """The path as it may be logged: that of a page that exists, without what grants access or was typed; else "-"."""
    match, path = request.resolver_match, request.path_info
    if match is None:
        return "-"
    if any(name in match.kwargs for name in TYPED_PARTS):
        return f"/{match.route}"
    for name in SECRET_PARTS:
        if value := match.kwargs.get(name):
            path = path.replace(str(value), "(secret)")
    return path


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
