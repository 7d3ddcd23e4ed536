"""Imports without an editor: files of the drop folder, and what FindTreatment.gov states about the chosen states.

Each file becomes an ImportUpload and is rehearsed first. If it would change more than a twentieth of a state, it is
held until an editor looks at the changes and applies it; otherwise it is applied at once. If a worker dies, the next
run continues with the step it died in.
"""

import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from clinics.imports import uploads
from clinics.imports.changes import COUNTED
from clinics.imports.findtreatment_api import FindTreatmentUnavailable, circle_around, fetch_state
from clinics.models import Clinic, ImportUpload

HELD_ABOVE = 0.05  # of the listed clinics of a state
QUIET_SECONDS = 60  # a file that was written to more recently may not be whole

Status, Origin = ImportUpload.Status, ImportUpload.Origin


class SourcesMissing(Exception):  # noqa: N818 - what happened, not a fault of ours
    """Some sources could not be reached; str() names them. The others are imported all the same."""


def take_dropped_files() -> str:
    """Import the files of settings.IMPORT_DROP_DIR, in the order of their names, and finish what waits."""
    folder = settings.IMPORT_DROP_DIR
    folder.mkdir(parents=True, exist_ok=True)
    taken = 0
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith(".") and _is_complete(path):
            _store(path, Origin.DROPPED)
            path.unlink()  # if we die before, it is stored twice, and the second import changes nothing
            taken += 1
    return f"{taken} files taken in. {finish_waiting()}"


def fetch_states() -> str:
    """Import what FindTreatment.gov states about settings.IMPORT_STATES, a state once a day. Raises SourcesMissing."""
    folder, missing = settings.VAR_DIR / "findtreatment", []
    folder.mkdir(parents=True, exist_ok=True)
    for state in settings.IMPORT_STATES:
        fetched = ImportUpload.objects.filter(origin=Origin.FETCHED, created_at__date=timezone.localdate())
        if fetched.filter(original_name__startswith=f"findtreatment_{state}_").exists():
            continue
        try:
            path = fetch_state(state, *circle_around(state), folder, address=settings.FINDTREATMENT_URL)
        except FindTreatmentUnavailable as error:
            missing.append(f"{state}: {error}")
        else:
            _store(path, Origin.FETCHED)
    summary = finish_waiting()
    if missing:
        raise SourcesMissing(f"{' '.join(missing)} {summary}")
    return f"{len(settings.IMPORT_STATES)} states asked for. {summary}"


def finish_waiting() -> str:
    """Rehearse and apply the stored files that are neither done nor held, the oldest first."""
    unfinished = ImportUpload.objects.exclude(origin=Origin.EDITOR).filter(
        status__in=[Status.WAITING, Status.REHEARSING, Status.REHEARSED, Status.APPLYING]
    )
    statuses: Counter[str] = Counter()
    for pk in unfinished.filter(held_because="").order_by("pk").values_list("pk", flat=True):
        statuses[_advance(pk)] += 1
    return ", ".join(f"{count} {status}" for status, count in sorted(statuses.items())) or "Nothing waits."


def _advance(pk: int) -> str:
    """Take an upload as far as it goes without an editor; returns where it is now, in a word."""
    upload = ImportUpload.objects.get(pk=pk)
    if upload.status in (Status.WAITING, Status.REHEARSING):
        uploads.rehearse(pk)
        upload.refresh_from_db()
    if upload.status == Status.REHEARSED:
        if sentence := reason_to_hold(upload.report):
            ImportUpload.objects.filter(pk=pk).update(held_because=sentence)
            return "held"
        if not ImportUpload.objects.filter(pk=pk, status=Status.REHEARSED).update(status=Status.APPLYING):
            return "decided by an editor"
        upload.status = Status.APPLYING
    if upload.status == Status.APPLYING:
        uploads.apply(pk)
        upload.refresh_from_db()
    return Status(upload.status).value


def reason_to_hold(report: dict[str, Any]) -> str:
    """The states of which a rehearsed import would change too much, in a sentence; "" if it may be applied."""
    real = Clinic.objects.listed().filter(is_demo=False).order_by()
    listed = dict(real.values_list("state").annotate(Count("pk")))
    large = []
    for row in report["by_state"]:
        changed, before = sum(row[name] for name in COUNTED), listed.get(row["state"], 0)
        if changed > HELD_ABOVE * before:
            large.append(f"{row['state']} {changed:,} of {before:,}")
    if not large:
        return ""
    return f"It would change more than {HELD_ABOVE * 100:.0f} % of the listed clinics of a state: {', '.join(large)}."


def _store(path: Path, origin: str) -> None:
    with path.open("rb") as file, transaction.atomic():
        ImportUpload.objects.create(file=File(file, path.name), original_name=path.name[-200:], origin=origin)


def _is_complete(path: Path) -> bool:
    """Whether nobody is writing it any more; a file from the future was written by another clock."""
    return abs(time.time() - path.stat().st_mtime) >= QUIET_SECONDS
