"""Sources in step: what lies in the drop folder, and what FindTreatment.gov says of the chosen states.

Each file becomes an ImportUpload and is rehearsed first. If it would change more than a twentieth of a state, it is
held until an editor looked at what would change and let it go; else it is applied at once. Whatever step a worker died
in, the next run goes on from there.
"""

import time
from pathlib import Path

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
SETTLED_SECONDS = 60  # a file that was written to since may not be whole

Status, Origin = ImportUpload.Status, ImportUpload.Origin


class SourcesMissing(Exception):  # noqa: N818 - what happened, not a fault of ours
    """Some source could not be asked; str() names them. What the others sent is taken in all the same."""


def take_dropped_files() -> str:
    """Take in, in the order of their names, the files of settings.IMPORT_DROP_DIR, and go on with what waits."""
    folder = settings.IMPORT_DROP_DIR
    folder.mkdir(parents=True, exist_ok=True)
    taken = 0
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith(".") and _is_settled(path):
            _bring(path, Origin.DROPPED)
            path.unlink()  # if we die before, it is brought twice, and the second time changes nothing
            taken += 1
    return f"{taken} files taken in. {go_on()}"


def fetch_states() -> str:
    """Take in what FindTreatment.gov says of settings.IMPORT_STATES, each state once a day. Raises SourcesMissing."""
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
            _bring(path, Origin.FETCHED)
    told = go_on()
    if missing:
        raise SourcesMissing(f"{' '.join(missing)} {told}")
    return f"{len(settings.IMPORT_STATES)} states asked for. {told}"


def go_on() -> str:
    """Rehearse and apply what was taken in and is neither done nor held, the oldest first."""
    unfinished = ImportUpload.objects.exclude(origin=Origin.EDITOR).filter(
        status__in=[Status.WAITING, Status.REHEARSING, Status.REHEARSED, Status.APPLYING]
    )
    ended: dict[str, int] = {}
    for pk in unfinished.filter(held_because="").order_by("pk").values_list("pk", flat=True):
        end = _one_step_after_the_other(pk)
        ended[end] = ended.get(end, 0) + 1
    return ", ".join(f"{count} {end}" for end, count in sorted(ended.items())) or "Nothing waits."


def _one_step_after_the_other(pk: int) -> str:
    """What became of it, in a word."""
    upload = ImportUpload.objects.get(pk=pk)
    if upload.status in (Status.WAITING, Status.REHEARSING):
        uploads.rehearse(pk)
        upload.refresh_from_db()
    if upload.status == Status.REHEARSED:
        if sentence := why_held(upload.report):
            ImportUpload.objects.filter(pk=pk).update(held_because=sentence)
            return "held"
        if not ImportUpload.objects.filter(pk=pk, status=Status.REHEARSED).update(status=Status.APPLYING):
            return "decided by an editor"
        upload.status = Status.APPLYING
    if upload.status == Status.APPLYING:
        uploads.apply(pk)
        upload.refresh_from_db()
    return Status(upload.status).value


def why_held(report: dict) -> str:
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


def _bring(path: Path, origin: str) -> None:
    with path.open("rb") as file, transaction.atomic():
        ImportUpload.objects.create(file=File(file, path.name), original_name=path.name[-200:], origin=origin)


def _is_settled(path: Path) -> bool:
    """Whether it is not being written any more; a file from the future was written by another clock."""
    return abs(time.time() - path.stat().st_mtime) >= SETTLED_SECONDS
