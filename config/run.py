"""`make run`: from a fresh clone to a running site. Every step is safe to repeat."""

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from config.secret_files import read_or_make

JOBS_END_SECONDS = 10
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


def stop_jobs(jobs: subprocess.Popen) -> None:
    """Wait for its job if that ends soon; an import that is cut short writes nothing and can be started again."""
    jobs.terminate()
    try:
        jobs.wait(JOBS_END_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(jobs.pid, signal.SIGKILL)  # its workers are processes of its own
        jobs.wait()


def serve(port: int) -> int:
    """Run the site and its jobs until Ctrl-C or SIGTERM, say when it answers, and return the server's exit code."""
    server = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}"],
        env=os.environ | {"WAYPOST_ADMIN_LOGIN": " / ".join(filter(None, admin_login()))},
        start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the server
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: server.terminate())
    jobs = subprocess.Popen([sys.executable, "manage.py", "qcluster"], start_new_session=True)
    try:
        return server.wait()
    finally:
        stop_jobs(jobs)


def main() -> None:
    port_text = os.environ.get("PORT", "8000")
    if not port_text.isdigit() or not 0 < int(port_text) < 65536:
        sys.exit(f"PORT={port_text} is not a port: give a number from 1 to 65535.")
    port = int(port_text)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # each step is printed when it is done, into a file too
    refuse_taken_port(port)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        django.setup()
        prepare(os.environ.get("DATA", ""))
    except CommandError as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit("Stopped; nothing was left half done. Run it again whenever you like.")
    sys.exit(serve(port))


if __name__ == "__main__":
    main()
