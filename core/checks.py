"""What can be wrong with a deployment, as Django's checks: each problem is a sentence with an id.

They look at the running machine (database, mail server, disk), so they run only where a database is named:
`manage.py doctor`, or `manage.py check --deploy --database default`. Nothing is changed but one row of the cache and
one file, each made and removed. Each app registers checks of its own in its `checks` module.
"""

import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks, mail
from django.core.cache import caches
from django.core.checks import Error, Tags, Warning
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from core import clock as core_clock
from core import dashboard, second_factors
from core.backups import folder_of

OLDEST_POSTGRES, NEWEST_POSTGRES = 15, 18
FREE_BYTES, FREE_SHARE = 1_000_000_000, 0.1
KEY_LENGTH = 50
PLACEHOLDERS = re.compile(r"REPLACE|CHANGE-?ME|^PASSWORD$|:PASSWORD@", re.IGNORECASE)

Problems = Iterator[Warning]
_checks: dict[str, Callable] = {}  # those of deployment_check, by their subject
_needing_database: set[str] = set()  # their subjects
_notes: dict[str, Callable[[], str]] = {}
_services: dict[str, tuple[str, Callable[[], Iterator["Finding"]]]] = {}  # by their option of `doctor`


@dataclass(frozen=True)
class Finding:
    """How one part of an outside service stands."""

    subject: str
    sentence: str
    is_problem: bool = False


def deployment_check(subject: str, *, needs_database: bool = False):
    """Register a function that yields problems; `subject` is its tag, and what `doctor` calls it."""

    def register(find: Callable[[], Problems]) -> Callable[[], Problems]:
        def check(app_configs=None, databases=None, **kwargs) -> list[Warning]:
            if not databases:
                return []
            try:
                problems = list(find())
            except DatabaseError as error:
                problems = [Warning(f"This could not be looked at: {type(error).__name__}.", id="core.W001")]
            for problem in problems:
                problem.obj = subject
            return problems

        tags = (subject, Tags.database) if needs_database else (subject,)
        if needs_database:
            _needing_database.add(subject)
        _checks[subject] = checks.register(check, *tags, deploy=True)
        return find

    return register


def deployment_note(subject: str):
    """Register a function that says in a sentence how things stand, which is no problem; "" says nothing."""

    def register(say: Callable[[], str]) -> Callable[[], str]:
        _notes[subject] = say
        return say

    return register


def service_check(
    name: str, what: str
) -> Callable[[Callable[[], Iterator[Finding]]], Callable[[], Iterator[Finding]]]:
    """Register a function that asks an outside service and yields findings, for `manage.py doctor --NAME`."""

    def register(find: Callable[[], Iterator[Finding]]) -> Callable[[], Iterator[Finding]]:
        _services[name] = what, find
        return find

    return register


def services() -> dict[str, str]:
    """{name: what is looked at}."""
    return {name: what for name, (what, _) in _services.items()}


def ask_service(name: str) -> Iterator[Finding]:
    return _services[name][1]()


def notes() -> dict[str, str]:
    """{subject: its sentence}; none while the database does not answer."""
    if not _database_answers():
        return {}
    try:
        said = {subject: say() for subject, say in _notes.items()}
    except DatabaseError:  # the checks say what is wrong with it
        return {}
    return {subject: sentence for subject, sentence in said.items() if sentence}


def examine() -> dict[str, list[str]]:
    """{subject: its sentences}: of all deployment checks, and of the other checks of Django and of its apps.

    A database that does not answer is one sentence: no other check asks it.
    """
    first = {"database": _sentences(_checks["database"](databases=["default"]))}
    others = [subject for subject in _checks if subject != "database"]
    if not _database_answers():
        others = [subject for subject in others if subject not in _needing_database]
    others.sort(key=lambda subject: subject not in _needing_database)
    found = {subject: _sentences(_checks[subject](databases=["default"])) for subject in others}
    of_django = checks.run_checks(include_deployment_checks=settings.HTTPS)
    return first | found | {"Django's checks": _sentences(of_django, with_id=True)}


def _sentences(messages: list[checks.CheckMessage], *, with_id: bool = False) -> list[str]:
    problems = [message for message in messages if message.level >= checks.WARNING and not message.is_silenced()]
    return [f"{problem.msg.splitlines()[0]}{f' ({problem.id})' if with_id else ''}" for problem in problems]


def _database_answers() -> bool:
    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True


@checks.register(Tags.database)
def only_psycopg2(**kwargs) -> list[Error]:
    """Django prefers psycopg 3 in silence wherever it is installed; the site is measured and tested on psycopg2."""
    if find_spec("psycopg") is None:
        return []
    hint = "Uninstall psycopg from this environment."
    return [Error("psycopg 3 is installed beside psycopg2, and Django would use it.", hint=hint, id="core.E001")]


@deployment_check("database", needs_database=True)
def database() -> Problems:
    if not _database_answers():
        yield Warning("The database does not answer. Check DATABASE_URL, and that it runs.", id="core.W010")
        return
    with connection.cursor() as cursor:
        version = connection.get_database_version()[0]
        if not OLDEST_POSTGRES <= version <= NEWEST_POSTGRES:
            yield Warning(
                f"PostgreSQL is version {version}; the site is tested on {OLDEST_POSTGRES} to {NEWEST_POSTGRES}.",
                id="core.W011",
            )
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'cube'")
        if cursor.fetchone() is None:
            yield Warning(
                "The database lacks the extension cube. As its owner: CREATE EXTENSION cube.", id="core.W012"
            )
        cursor.execute("SHOW log_min_duration_statement")
        if cursor.fetchone()[0] != "-1":
            yield Warning(
                "The database logs slow statements and what was searched for: set log_min_duration_statement to -1.",
                id="core.W013",
            )


@deployment_check("migrations", needs_database=True)
def migrations() -> Problems:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield Warning(
            f"{len(plan)} migrations are not applied, the first is {plan[0][0]}. Run manage.py migrate.",
            id="core.W014",
        )


@deployment_check("clock", needs_database=True)
def clock() -> Problems:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        apart = abs(float(cursor.fetchone()[0]) - time.time())
    if apart > core_clock.CLOCK_SECONDS:
        yield Warning(
            f"The clocks of this machine and of the database are {apart:.0f} seconds apart. Turn on NTP on both.",
            id="core.W015",
        )
    if not core_clock.is_sure():
        until = timezone.localtime(core_clock.believed_from(timezone.now()))
        yield Warning(
            "The clock has jumped by more than 25 hours, or the machine was off for as long, or an older backup was "
            f"restored: jobs that mail, delete or end plans wait until {until:%Y-%m-%d %H:%M %Z}. Compare the clock "
            "with another one: if it is wrong, correct it, and they wait no longer.",
            id="core.W042",
        )


@deployment_check("cache", needs_database=True)
def cache() -> Problems:
    key = f"doctor-{uuid.uuid4()}"
    caches["default"].set(key, "stored", 60)
    if caches["default"].get(key) != "stored":
        yield Warning("The cache keeps nothing. Without its table: manage.py createcachetable.", id="core.W016")
    caches["default"].delete(key)


@deployment_check("jobs", needs_database=True)
def jobs() -> Problems:
    now = dashboard.Jobs.now()
    if now.silent_minutes:
        yield Warning(
            f"No job has ended for {now.silent_minutes} minutes, and one is due every minute. Start manage.py "
            "qcluster; if it runs, restart it: it hangs, or two long jobs keep it busy.",
            id="core.W019",
        )
    if now.late:
        yield Warning(
            f"{now.late} scheduled jobs are not taken up in time, the first has been due for "
            f"{now.late_seconds / 60:.0f} minutes. Start manage.py qcluster; if it runs, a clock was ahead: "
            "choose Run now in the admin's table of schedules.",
            id="core.W017",
        )
    if now.failed:
        yield Warning(
            f"{now.failed} jobs failed in the last day. Their tracebacks are in the log of the jobs.", id="core.W018"
        )


@deployment_check("mail")
def outgoing_mail() -> Problems:
    if "console" in settings.EMAIL_BACKEND or "dummy" in settings.EMAIL_BACKEND:
        yield Warning("Mail goes nowhere: set EMAIL_URL, or no owner can confirm an address.", id="core.W020")
        return
    try:
        with mail.get_connection(timeout=5):
            pass
    except OSError as error:
        yield Warning(f"The mail server does not answer ({type(error).__name__}). Check EMAIL_URL.", id="core.W021")
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if not re.search(r"@[^@]+\.[a-z]{2,}$", address, re.IGNORECASE):  # a name without a dot, or a number
        yield Warning(
            f"Mails come from {address or 'nobody'}, which others refuse: set DEFAULT_FROM_EMAIL or CONTACT_EMAIL.",
            id="core.W022",
        )


@deployment_check("calls")
def calls() -> Problems:
    if settings.PHONE_CODES == "console":
        yield Warning("PHONE_CODES is console: codes are printed, and nobody is called.", id="core.W058")
    needed = ("PHONE_CODES_ACCOUNT", "PHONE_CODES_TOKEN", "PHONE_CODES_FROM")
    missing = [name for name in needed if not getattr(settings, name)]
    if settings.PHONE_CODES == "twilio" and missing:
        yield Warning(f"PHONE_CODES is twilio, and {', '.join(missing)} is not set: no call leaves.", id="core.W059")


@deployment_check("folders")
def folders() -> Problems:
    needed = {"uploads": folder_of("default"), "pictures": folder_of("pictures"), "data": settings.OPEN_DATA_DIR}
    for name, folder in needed.items():
        if folder is None:  # it is in a bucket
            continue
        probe = Path(folder) / f".doctor-{uuid.uuid4()}"
        try:
            probe.parent.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError as error:
            yield Warning(f"The folder of the {name}, {folder}, cannot be written: {error.strerror}.", id="core.W023")
    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
        yield Warning("The static files are not collected. Run manage.py collectstatic --noinput.", id="core.W024")


@deployment_check("disk")
def disk() -> Problems:
    usage = shutil.disk_usage(settings.VAR_DIR if settings.VAR_DIR.exists() else settings.BASE_DIR)
    if usage.free < max(FREE_BYTES, FREE_SHARE * usage.total):
        yield Warning(
            f"The disk is nearly full: {usage.free / 1e9:.1f} GB of {usage.total / 1e9:.0f} are free.", id="core.W025"
        )


@deployment_check("secrets")
def secrets() -> Problems:
    key = settings.SECRET_KEY
    if len(key) < KEY_LENGTH or len(set(key)) < 10 or PLACEHOLDERS.search(key):
        yield Warning(
            f"SECRET_KEY is short or a placeholder: set it to {KEY_LENGTH} random characters.", id="core.W026"
        )
    if PLACEHOLDERS.search(settings.DATABASES["default"].get("PASSWORD") or ""):
        yield Warning("The password in DATABASE_URL is a placeholder.", id="core.W027")
    if settings.DEBUG:
        yield Warning("DEBUG is on: errors show settings to everybody. Unset it.", id="core.W028")


@deployment_check("accounts", needs_database=True)
def accounts() -> Problems:
    users = get_user_model().objects.filter(is_active=True, is_staff=True)
    if weak := [user.get_username() for user in users if user.check_password(user.get_username())]:
        yield Warning(f"The password of {', '.join(weak)} is the name of the account.", id="core.W029")
    if unreadable := second_factors.count_unreadable():
        yield Warning(
            f"{unreadable} second factors cannot be read with any key of the site: run manage.py "
            "encrypt_second_factors; of those that it names, put the former SECRET_KEY into SECRET_KEY_FALLBACKS, or "
            "remove them in the admin.",
            id="core.W043",
        )


@deployment_check("public address")
def public_address() -> Problems:
    host = urlsplit(settings.SITE_URL).hostname or ""
    if not settings.HTTPS:
        yield Warning(
            "HTTPS is not set: passwords and searches travel readable. Get a certificate and set HTTPS=1.",
            id="core.W030",
        )
    elif not settings.SITE_URL.startswith("https://"):
        yield Warning(
            f"SITE_URL, {settings.SITE_URL}, is not an https address: links in mails lead there.", id="core.W031"
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield Warning(
            "HTTPS is set and TRUSTED_PROXIES is not: behind nginx set it to 1, or everybody is one sender.",
            id="core.W032",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Warning(
            "ALLOWED_HOSTS allows every name: links in mails could lead to somebody else's. Name the site's own.",
            id="core.W033",
        )
    elif host not in settings.ALLOWED_HOSTS and host not in ("127.0.0.1", "localhost"):
        yield Warning(f"SITE_URL is at {host}, which is not in ALLOWED_HOSTS.", id="core.W034")
    if not settings.STAFF_MFA:
        yield Warning("STAFF_MFA is off: a stolen password opens the admin.", id="core.W035")
    if not (settings.LEGAL_NAME and settings.LEGAL_ADDRESS):
        yield Warning(
            "LEGAL_NAME or LEGAL_ADDRESS is not set: the terms do not say with whom an owner makes a contract.",
            id="core.W045",
        )
    if not settings.CONTACT_EMAIL:
        yield Warning("CONTACT_EMAIL is not set: nobody can tell you of a hole.", id="core.W036")
