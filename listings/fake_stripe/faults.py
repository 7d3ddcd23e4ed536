"""Faults on command: the next requests whose path matches are answered late, with an error, cut off, or not at all.

The errors are those of Stripe's page "Handle errors" and of its "Error codes".
"""

import json
import re
import time
from collections.abc import Callable

from listings.fake_stripe.objects import control, locked, set_control

SLOW, CUT_OFF, TIMEOUT, REFUSED = "slow", "cut-off", "timeout", "refused"
ERRORS = {
    "400": (400, "invalid_request_error", "parameter_unknown", "Received unknown parameter: colour"),
    "401": (401, "invalid_request_error", "api_key_expired", "Expired API Key provided: sk_test_****opment"),
    "403": (
        403,
        "invalid_request_error",
        "more_permissions_required",
        "The provided key 'rk_test_****opment' does not have the required permissions for this endpoint on account "
        "'acct_of_this_server'.",
    ),
    "409": (
        409,
        "idempotency_error",
        "idempotency_key_in_use",
        "There is currently another in-progress request using this Idempotent Key.",
    ),
    "429": (429, "invalid_request_error", "rate_limit", "Too many requests hit the API too quickly."),
    "lock": (
        429,
        "invalid_request_error",
        "lock_timeout",
        "This object cannot be accessed right now because another API request or Stripe process is currently "
        "accessing it.",
    ),
    "500": (500, "api_error", "", "An unknown error occurred."),
    "503": (503, "api_error", "", "Stripe is temporarily unavailable."),
}
KINDS = {
    SLOW: "answers come late",
    CUT_OFF: "the request is done, but its answer ends in the middle",
    TIMEOUT: "the request is done, but no answer comes",
    REFUSED: "no connection",
    **{name: f"{status} {message}" for name, (status, _, _, message) in ERRORS.items()},
}
Answer = tuple[int, dict | str]


def inject(kind: str, path: str = "", *, method: str = "", count: int = 1, seconds: float = 2.0) -> None:
    """The next `count` requests of this method to a path that contains the pattern `path` get this fault."""
    if kind not in KINDS:
        raise ValueError(kind)
    try:
        re.compile(path)
    except re.error as error:
        raise ValueError(f"This is no pattern: {error}.") from error
    fault = {"kind": kind, "path": path, "method": method, "count": int(count), "seconds": float(seconds)}
    set_control("faults", {"faults": [*planned(), fault]})


def planned() -> list[dict]:
    return control("faults").get("faults", [])


def clear() -> None:
    set_control("faults", {"faults": []})


def _take(method: str, path: str) -> dict | None:
    """The fault of this request, which is then one of fewer."""
    for fault in planned():
        if fault["count"] > 0 and fault["method"] in ("", method) and re.search(fault["path"], path):
            with locked():
                left = [each for each in planned() if each != fault]
                fewer = [fault | {"count": fault["count"] - 1}] if fault["count"] > 1 else []
                set_control("faults", {"faults": [*left, *fewer]})
            return fault
    return None


def answer(handle: Callable[[], Answer], method: str, path: str) -> Answer:
    """The answer of `handle`, unless a fault was asked for. Raises OSError where no answer comes."""
    fault = _take(method, path)
    kind = fault["kind"] if fault else ""
    if kind == REFUSED:
        raise ConnectionRefusedError("The fake Stripe server was told to refuse.")
    if kind in ERRORS:
        status, error, code, message = ERRORS[kind]
        return status, {"error": {"type": error, "message": message, **({"code": code} if code else {})}}
    if fault and kind == SLOW:
        time.sleep(fault["seconds"])
    status, body = handle()
    if kind == TIMEOUT:
        raise TimeoutError("The fake Stripe server was told to be silent.")
    if kind == CUT_OFF:
        text = json.dumps(body)
        return status, text[: len(text) // 2]
    return status, body
