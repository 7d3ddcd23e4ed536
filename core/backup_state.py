"""How the backups stand, for `doctor`, for the admin's first page and for the alerts.

All of them look into settings.BACKUP_DIR, which `manage.py backup` fills, and at the last trial of a restore.
"""

import math
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.checks import Warning
from django.utils import timezone

from core import dashboard, metrics
from core.backups import dumps_in, last_of, recipient_problem
from core.checks import Problems, deployment_check
from core.models import RestoreCheck

BACKUP_HOURS = 26
CHECK_DAYS = 9
NEVER = math.inf


def made() -> dict[Path, datetime]:
    """When the dumps in BACKUP_DIR were made; some may be from the future."""
    try:
        return dumps_in(Path(settings.BACKUP_DIR))
    except OSError:  # another account's, or a disk of another machine that is away
        return {}


def last_made() -> datetime | None:
    dumps = made()
    last = last_of(dumps)
    return dumps[last] if last else None


def _age_seconds(moment: datetime | None) -> float:
    return (timezone.now() - moment).total_seconds() if moment else NEVER


def backup_age_seconds() -> float:
    return _age_seconds(last_made())


def check_age_seconds() -> float:
    """Since a backup was last restored on trial, and nothing was wrong with it."""
    return _age_seconds(RestoreCheck.objects.good().values_list("checked_at", flat=True).first())


def last_check_failed() -> float:
    last = RestoreCheck.objects.first()
    return float(bool(last and last.problem))


@deployment_check("backups")
def backups() -> Problems:
    folder, moments, last = settings.BACKUP_DIR, made().values(), last_made()
    if ahead := sum(moment > (last or datetime.now(UTC)) for moment in moments):
        yield Warning(
            f"{ahead} backups in {folder} are from the future: a clock was wrong. Rename them, or delete them.",
            id="core.W037",
        )
    if last is None:
        yield Warning(
            f"There is no backup in {folder}. Run manage.py backup, and have it run every night.", id="core.W038"
        )
    elif (hours := backup_age_seconds() / 3600) > BACKUP_HOURS:
        yield Warning(
            f"The last backup is {hours:.0f} hours old. Look why the nightly one does not run.", id="core.W039"
        )
    if problem := recipient_problem():
        yield Warning(f"The settings are in no backup. {problem}", id="core.W044")


@deployment_check("trial of a restore", needs_database=True)
def trial() -> Problems:
    check = RestoreCheck.objects.first()
    if check and check.problem:
        yield Warning(f"The backup {check.dump} failed its trial: {check.problem}", id="core.W040")
    elif last_made() and check_age_seconds() > CHECK_DAYS * 86400:
        yield Warning(
            f"No backup was restored on trial in the last {CHECK_DAYS} days. Run manage.py check_backup, every week.",
            id="core.W041",
        )


def note() -> dict:
    return {
        "made": last_made(),
        "is_late": backup_age_seconds() > BACKUP_HOURS * 3600,
        "check": RestoreCheck.objects.first(),
    }


dashboard.register(dashboard.Note(25, "admin/core/_backups.html", "core.view_restorecheck", note))
metrics.register(
    metrics.Gauge("waypost_backup_age_seconds", "Since the last backup was made", backup_age_seconds),
    metrics.Gauge("waypost_restore_check_age_seconds", "Since a backup was last restored on trial", check_age_seconds),
    metrics.Gauge("waypost_restore_check_failed", "1 if the last trial of a restore failed", last_check_failed),
)
