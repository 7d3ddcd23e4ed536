"""What is wrong with a deployment, in sentences that say what to do. Each check yields its sentences, or none.

Nothing is changed, but for one row of the cache and one file, both made and removed.
"""

import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks, mail
from django.core.cache import caches
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

OLDEST_POSTGRES, NEWEST_POSTGRES = 15, 18
ZIP_CODES = 40_000  # of 42,789
CLOCK_SECONDS = 5
FREE_BYTES, FREE_SHARE = 1_000_000_000, 0.1
BACKUP_HOURS = 26
KEY_LENGTH = 50
PLACEHOLDERS = re.compile(r"REPLACE|CHANGE-?ME|^PASSWORD$|:PASSWORD@", re.IGNORECASE)


def database() -> Iterator[str]:
    with connection.cursor() as cursor:
        version = connection.pg_version // 10_000
        if not OLDEST_POSTGRES <= version <= NEWEST_POSTGRES:
            yield f"PostgreSQL is version {version}; the site is tested on {OLDEST_POSTGRES} to {NEWEST_POSTGRES}."
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'cube'")
        if cursor.fetchone() is None:
            yield "The database lacks the extension cube. As its owner: CREATE EXTENSION cube."
        cursor.execute("SHOW log_min_duration_statement")
        if cursor.fetchone()[0] != "-1":
            yield "The database logs slow statements and what was searched for: set log_min_duration_statement to -1."


def migrations() -> Iterator[str]:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield f"{len(plan)} migrations are not applied, the first is {plan[0][0]}. Run manage.py migrate."


def clock() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        apart = abs(float(cursor.fetchone()[0]) - time.time())
    if apart > CLOCK_SECONDS:
        yield f"The clocks of this machine and of the database are {apart:.0f} seconds apart. Turn on NTP on both."


def cache() -> Iterator[str]:
    key = f"doctor-{uuid.uuid4()}"
    caches["default"].set(key, "well", 60)
    if caches["default"].get(key) != "well":
        yield "The cache keeps nothing. Without its table: manage.py createcachetable."
    caches["default"].delete(key)


def places() -> Iterator[str]:
    from clinics.models import Clinic, Service, ZipCode

    if (known := ZipCode.objects.count()) < ZIP_CODES:
        yield f"{known} ZIP codes are loaded, which is too few to search. Run manage.py load_zipcodes."
    if not Service.objects.exists():
        yield "The code book of services is not loaded. Run manage.py load_codebook."
    if not Clinic.objects.listed().exists():
        yield "No clinic is listed. Import a directory with manage.py import_clinics FILE."
    elif Clinic.objects.filter(is_demo=True).exists():
        yield "The clinics of the demo are listed; their numbers are invented. Import a real directory."


def jobs() -> Iterator[str]:
    from core import dashboard

    now = dashboard.Jobs.now()
    if now.late:
        yield (
            f"{now.late} scheduled jobs are not taken up in time, the first has been due for "
            f"{now.late_seconds / 60:.0f} minutes. Start manage.py qcluster; if it runs, a clock was ahead: "
            "choose Run now in the admin's table of schedules."
        )
    if now.failed:
        yield f"{now.failed} jobs failed in the last day. Their tracebacks are in the log of the jobs."
    if events := dashboard.late_events().filter(received_at__lt=timezone.now() - dashboard.SOON).count():
        yield f"{events} messages about payments are not applied. Look at payment events in the admin."


def sends_mail() -> Iterator[str]:
    if "console" in settings.EMAIL_BACKEND or "dummy" in settings.EMAIL_BACKEND:
        yield "Mail goes nowhere: set EMAIL_URL, or no owner can confirm an address."
        return
    try:
        with mail.get_connection(timeout=5):
            pass
    except OSError as error:
        yield f"The mail server does not answer ({type(error).__name__}). Check EMAIL_URL."
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        yield "Mails come from webmaster@localhost, which others refuse: set DEFAULT_FROM_EMAIL or CONTACT_EMAIL."


def folders() -> Iterator[str]:
    pictures = settings.STORAGES["pictures"]["OPTIONS"]["location"]
    for name, folder in (("uploads", settings.MEDIA_ROOT), ("pictures", pictures), ("data", settings.OPEN_DATA_DIR)):
        probe = Path(folder) / f".doctor-{uuid.uuid4()}"
        try:
            probe.parent.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError as error:
            yield f"The folder of the {name}, {folder}, cannot be written: {error.strerror}."
    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
        yield "The static files are not collected. Run manage.py collectstatic --noinput."


def disk() -> Iterator[str]:
    usage = shutil.disk_usage(settings.VAR_DIR if settings.VAR_DIR.exists() else settings.BASE_DIR)
    if usage.free < max(FREE_BYTES, FREE_SHARE * usage.total):
        yield f"The disk is nearly full: {usage.free / 1e9:.1f} GB of {usage.total / 1e9:.0f} are free."


def secrets() -> Iterator[str]:
    key = settings.SECRET_KEY
    if len(key) < KEY_LENGTH or len(set(key)) < 10 or PLACEHOLDERS.search(key):
        yield f"SECRET_KEY is short or a placeholder: set it to {KEY_LENGTH} random characters."
    if PLACEHOLDERS.search(settings.DATABASES["default"].get("PASSWORD") or ""):
        yield "The password in DATABASE_URL is a placeholder."
    users = get_user_model().objects.filter(is_active=True, is_staff=True)
    if weak := [user.get_username() for user in users if user.check_password(user.get_username())]:
        yield f"The password of {', '.join(weak)} is the name of the account."
    if settings.DEBUG:
        yield "DEBUG is on: errors show settings to everybody. Unset it."


def way_in() -> Iterator[str]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    if not settings.HTTPS:
        yield "HTTPS is not set: passwords and searches travel readable. Get a certificate and set HTTPS=1."
    elif not settings.SITE_URL.startswith("https://"):
        yield f"SITE_URL, {settings.SITE_URL}, is not an https address: links in mails lead there."
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield "HTTPS is set and TRUSTED_PROXIES is not: behind nginx set it to 1, or everybody is one sender."
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS allows every name: links in mails could lead to somebody else's. Name the site's own."
    elif host not in settings.ALLOWED_HOSTS and host not in ("127.0.0.1", "localhost"):
        yield f"SITE_URL is at {host}, which is not in ALLOWED_HOSTS."
    if not settings.STAFF_MFA:
        yield "STAFF_MFA is off: a stolen password opens the admin."
    if not settings.CONTACT_EMAIL:
        yield "CONTACT_EMAIL is not set: nobody can tell you of a hole."


def money() -> Iterator[str]:
    if settings.PAYMENT_GATEWAY == "development":
        yield "Payments are invented (DEV_GATEWAY, DEBUG or no DATABASE_URL). Set STRIPE_SECRET_KEY or unset those."
    elif settings.PAYMENT_GATEWAY == "stripe":
        if not settings.STRIPE_WEBHOOK_SECRETS:
            yield "STRIPE_SECRET_KEY is set and STRIPE_WEBHOOK_SECRET is not: what was paid would not be noticed."
        if not settings.STRIPE_LIVEMODE:
            yield "STRIPE_SECRET_KEY is a key for tests: nobody is charged."


def backups() -> Iterator[str]:
    folder = Path(getattr(settings, "BACKUP_DIR", settings.VAR_DIR / "backups"))
    written = [path.stat().st_mtime for path in folder.iterdir()] if folder.is_dir() else []
    now = time.time()
    made = [moment for moment in written if moment <= now + CLOCK_SECONDS]
    if ahead := len(written) - len(made):
        yield f"{ahead} files in {folder} are from the future: a clock was wrong. Rename them, or delete them."
    if not made:
        yield f"There is no backup in {folder}. Run make backup, and have it run every night."
    elif (hours := (now - max(made)) / 3600) > BACKUP_HOURS:
        yield f"The last backup is {hours:.0f} hours old. Look why the nightly one does not run."


def django_checks() -> Iterator[str]:
    for message in checks.run_checks(include_deployment_checks=settings.HTTPS):
        if message.level >= checks.WARNING and not message.is_silenced():
            yield f"{message.msg.splitlines()[0]} ({message.id})"


OF_THE_DATABASE = (database, migrations, clock, cache, places, jobs)
OF_THE_MACHINE = (sends_mail, folders, disk, secrets, way_in, money, backups, django_checks)


def examine() -> dict[str, list[str]]:
    """{check: its sentences}. A database that does not answer is one sentence, and nothing more is asked of it."""
    try:
        connection.ensure_connection()
    except Error:
        found = {"database": ["The database does not answer. Check DATABASE_URL, and that it runs."]}
    else:
        found = {check.__name__: _told(check) for check in OF_THE_DATABASE}
    return found | {check.__name__: _told(check) for check in OF_THE_MACHINE}


def _told(check: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(check())
    except Error as error:
        return [f"This could not be looked at: {type(error).__name__}."]
