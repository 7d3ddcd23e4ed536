"""What a rehearsed import would change: the clinics in its transaction, compared with those that readers still see."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from clinics.imports.fields import EDITABLE_FIELDS
from clinics.imports.staging import BATCH_ROWS, batches, stream
from clinics.models import Service
from core.text import as_text

SHOWN_DIFFERENCES = 200
FIELDS = (*EDITABLE_FIELDS, "service_ids", "denied_service_ids", "other_services", "missing_from")
COLUMNS = ", ".join(("id", *FIELDS))
TOUCHED = f"SELECT {COLUMNS} FROM clinics_clinic WHERE updated_at >= %s ORDER BY id"  # noqa: S608 - our own columns
COMMITTED = f"SELECT {COLUMNS} FROM clinics_clinic WHERE id = ANY(%s)"  # noqa: S608 - our own columns
COUNTED = ("created", "updated", "missing")
LABELS = {
    "zip_code": "ZIP code",
    "zip4": "ZIP+4",
    "service_ids": "services",
    "denied_service_ids": "says no to",
    "missing_from": "missing from",
}
LONGEST_TEXT = 500

Columns = dict[str, Any]  # FIELDS of a clinic


@dataclass
class Changes:
    """Counts by state, and the first differences: changed clinics, then new ones."""

    by_state: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    changed: list[dict[str, str]] = field(default_factory=list)
    new: list[dict[str, str]] = field(default_factory=list)

    def as_report(self) -> dict[str, Any]:
        return {
            "by_state": [
                {"state": state, **{name: counts[name] for name in COUNTED}}
                for state, counts in sorted(self.by_state.items())
            ],
            "differences": [*self.changed, *self.new][:SHOWN_DIFFERENCES],
        }


def changes_since(started_at: datetime) -> Changes:
    """What this transaction, which began to write at `started_at`, changed in the clinics.

    Nobody else can change one meanwhile, since the import locks their table. One batch of them is in memory at a time.
    """
    changes, names = Changes(), dict(Service.objects.values_list("pk", "name"))
    with closing(connections.create_connection("default")) as outside:
        for batch in batches(stream(TOUCHED, [started_at]), BATCH_ROWS):
            before = _before(outside, [row[0] for row in batch])
            for pk, *cells in batch:
                _add(changes, before.get(pk), dict(zip(FIELDS, cells, strict=True)), names)
    return changes


def _before(outside: BaseDatabaseWrapper, ids: list[int]) -> dict[int, Columns]:
    with outside.cursor() as cursor:
        cursor.execute(COMMITTED, [ids])
        return {pk: dict(zip(FIELDS, cells, strict=True)) for pk, *cells in cursor.fetchall()}


def _add(changes: Changes, before: Columns | None, after: Columns, names: dict[int, str]) -> None:
    counts = changes.by_state[after["state"]]
    if before is None:
        counts["created"] += 1
        if len(changes.new) < SHOWN_DIFFERENCES:
            changes.new.append(_difference(after, "new clinic", "", address_of(after)))
        return
    fields = [name for name in FIELDS if before[name] != after[name]]
    counts["missing"] += "missing_from" in fields and after["missing_from"] != ""
    counts["updated"] += any(name != "missing_from" for name in fields)
    for name in fields[: SHOWN_DIFFERENCES - len(changes.changed)]:
        changes.changed.append(_difference(after, label(name), *_texts(name, before[name], after[name], names)))


def _difference(clinic: Columns, what: str, before: str, after: str) -> dict[str, str]:
    return {
        "clinic": ", ".join(filter(None, [clinic["name"], clinic["name_detail"]])),
        "city": clinic["city"],
        "state": clinic["state"],
        "field": what,
        "before": before[:LONGEST_TEXT],
        "after": after[:LONGEST_TEXT],
    }


def _texts(name: str, before: Any, after: Any, names: dict[int, str]) -> tuple[str, str]:
    if name in ("service_ids", "denied_service_ids"):  # 80 a clinic: only those that come or go
        return _services(set(before) - set(after), names), _services(set(after) - set(before), names)
    return as_text(before), as_text(after)


def _services(ids: set[int], names: dict[int, str]) -> str:
    return ", ".join(sorted(names.get(pk, f"service {pk}") for pk in ids))


def address_of(clinic: Columns) -> str:
    place = f"{clinic['state']} {clinic['zip_code']}".strip()
    return ", ".join(filter(None, [clinic["street"], clinic["city"], place]))


def label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " "))


def states_of(report: dict[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """The rows of the table by state, its total last."""
    rows = report.get("by_state", [])
    for row in rows:
        yield row["state"], *(row[name] for name in COUNTED)
    if rows:
        yield "all", *(sum(row[name] for row in rows) for name in COUNTED)
