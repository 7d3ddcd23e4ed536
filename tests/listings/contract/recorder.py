"""Keeps what a gateway answered, with ids, secrets and times made alike, so that two recordings can be compared."""

import json
import os
import re
from pathlib import Path

import stripe

FOLDER = Path(__file__).parent / "recorded"
ID = re.compile(r"\b((?:[a-z]{2,9}_)(?:test_|live_)?)[A-Za-z0-9]{10,}(?:_secret_[A-Za-z0-9]+)?\b")
SECRETS = ("client_secret", "secret", "fingerprint", "invoice_prefix", "receipt_url", "hosted_invoice_url", "url")
FIRST_MOMENT = 1_000_000_000  # smaller numbers are amounts
START = 1_700_000_000


class Recorder(stripe.HTTPClient):
    """Passes requests on, and keeps the answers."""

    name = "recorder"

    def __init__(self, inner: stripe.HTTPClient):
        super().__init__()
        self.inner, self.answers = inner, []

    def request(self, method, url, headers=None, post_data=None, **kwargs):
        text, status, found = self.inner.request(method, url, headers, post_data, **kwargs)
        text = text.decode() if isinstance(text, bytes) else text
        path = url.split("/v1/", 1)[1].split("?")[0]
        self.answers.append({"method": method.upper(), "path": path, "status": status, "body": json.loads(text)})
        return text, status, found

    def close(self):
        self.inner.close()


def is_recording() -> bool:
    return os.environ.get("RECORD_STRIPE") == "1"


def write(name: str, answers: list[dict]) -> Path:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(normalized(answers), indent=1, sort_keys=True) + "\n")
    return path


def normalized(answers: list[dict]) -> list[dict]:
    """The answers with ids numbered by kind, times counted from one start, and secrets left out."""
    ids: dict[str, str] = {}
    times = [each for answer in answers for each in _moments(answer["body"])]
    first = min(times, default=0)

    def number(match: re.Match) -> str:
        kind = match[1]
        known = sum(name.startswith(kind) for name in ids)
        return ids.setdefault(match[0], f"{kind}{known + 1}")

    def plain(value, key=""):
        if isinstance(value, dict):
            return {ID.sub(number, name): plain(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [plain(each, key) for each in value]
        if isinstance(value, str):
            return "…" if key in SECRETS else ID.sub(number, value)
        if isinstance(value, int) and value >= FIRST_MOMENT:
            return START + value - first
        return value

    return [plain(answer) for answer in answers]


def _moments(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from _moments(each)
    elif isinstance(value, list):
        for each in value:
            yield from _moments(each)
    elif isinstance(value, int) and value >= FIRST_MOMENT:
        yield value


def things(value) -> list[dict]:
    """All objects inside an answer that say what kind they are."""
    found = []
    if isinstance(value, dict):
        if isinstance(value.get("object"), str) and value["object"] != "list":
            found.append(value)
        for each in value.values():
            found += things(each)
    elif isinstance(value, list):
        for each in value:
            found += things(each)
    return found


def differences(answers: list[dict], shapes: dict[str, dict]) -> list[str]:
    """Fields of recorded objects that the shapes lack, or that have another type there: "charge.amount: …"."""
    found = set()
    for thing in (each for answer in answers for each in things(answer["body"])):
        kind, shape = thing["object"], shapes.get(thing["object"])
        if shape is None or thing.get("deleted"):
            continue
        for name, value in thing.items():
            if name not in shape:
                found.add(f"{kind}.{name}: the fake server has no such field")
            elif value is not None and shape[name] is not None and not _alike(value, shape[name]):
                found.add(f"{kind}.{name}: {type(value).__name__}, here {type(shape[name]).__name__}")
    return sorted(found)


def _alike(theirs, ours) -> bool:
    """Of one type, or one of them an id and the other the object that has it."""
    types = {type(theirs), type(ours)}
    is_expanded = types == {str, dict} and "object" in (theirs if isinstance(theirs, dict) else ours)
    return len(types) == 1 or is_expanded
