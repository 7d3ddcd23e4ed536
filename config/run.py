"""`make run`: from a fresh clone to a running site. Every step is safe to repeat."""

import io
import os
import signal
import socket
import sys

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from config.file_lock import one_at_a_time
from config.secret_files import read_or_make
from config.sentences import sentence_of
from config.supervisor import Part, PrivateDatabase, Program, keep_alive

WEB_END_SECONDS = 25  # more than graceful_timeout in config/gunicorn.py
JOBS_END_SECONDS = 10  # an import that is cut short writes nothing and can be started again
WAITS = "Another make run of this checkout prepares the same database. Waiting until it has done so."
HOW_TO_GEOCODE = (
    "Clinics whose list states no coordinates stand at the middle of their ZIP code. `GEOCODER=census manage.py "
    "geocode_clinics` asks the US Census Geocoder for their points, free and without a key (docs/geocoding.md)."
)


def prepare(data: str) -> None:
    """Tables, places, code book, articles, and clinics: those of the file `data`, else the demo if there are none.

    Clinics that an earlier checkout imported are derived again.
    """
    call_command("migrate", verbosity=0)
    call_command("load_zipcodes")
    call_command("load_codebook")
    call_command("load_rules")
    call_command("load_plans")
    call_command("load_papers")
    if data:
        call_command("import_clinics", data)
        if not settings.GEOCODER:
            print(HOW_TO_GEOCODE)
    elif not apps.get_model("clinics", "Clinic").objects.exists():
        call_command("load_demo")
    call_command("rederive_clinics", verbosity=0)
    call_command("load_starter_articles", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def admin_login() -> tuple[str, str]:
    """Name and password of the admin; the password is that of this checkout, or "" if it was changed."""
    users, password = get_user_model().objects, read_or_make(settings.VAR_DIR / "admin_password", 12)
    if not users.filter(is_superuser=True).exists():
        users.create_superuser("admin", password=password)
    user = users.filter(username="admin").first()
    return "admin", password if user and user.check_password(password) else ""


def refuse_taken_port(port: int) -> None:
    """Exit before the work begins, with a sentence, if the port is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(f"Port {port} of this machine is in use. Try another: make run PORT={port + 1}")


def serve(port: int, login: str) -> str:
    """Run the site and its jobs until Ctrl-C or SIGTERM, and say when it answers.

    Returns "", or the sentence of what kept dying.
    """
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: stopping.append(number))
    bind = ["--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}"]
    web = Program(
        "The web server", [sys.executable, "-m", "gunicorn", *bind], WEB_END_SECONDS, WAYPOST_ADMIN_LOGIN=login
    )
    jobs = Program("The program of the jobs", [sys.executable, "manage.py", "qcluster"], JOBS_END_SECONDS)
    parts: list[Part] = [web, jobs]
    if not settings.HAS_OWN_DATABASE:
        parts.insert(0, PrivateDatabase(settings.PRIVATE_DATABASE_DIR, settings.DATABASES["default"]["NAME"]))
    try:
        web.start()
        jobs.start()
        return keep_alive(parts, lambda: bool(stopping))
    finally:
        web.stop()
        jobs.stop()


def main() -> None:
    port_text = os.environ.get("PORT", "8000")
    if not port_text.isdigit() or not 0 < int(port_text) < 65536:
        sys.exit(f"PORT={port_text} is not a port: give a number from 1 to 65535.")
    port = int(port_text)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # each step is printed when it is done, into a file too
    refuse_taken_port(port)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")  # what the links in mails begin with
    try:
        django.setup()
        with one_at_a_time(settings.VAR_DIR / "run.lock", WAITS):
            prepare(os.environ.get("DATA", ""))
            login = " / ".join(filter(None, admin_login()))
        refuse_taken_port(port)  # of two that began at once, the other may have it now
        sys.exit(serve(port, login) or 0)
    except CommandError as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit("Stopped; nothing was left half done. Run it again whenever you like.")
    except Exception as error:
        if sentence := sentence_of(error):
            sys.exit(sentence)
        raise


if __name__ == "__main__":
    main()
