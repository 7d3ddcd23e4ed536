"""The deployed site on the loopback: nginx with TLS, gunicorn, PgBouncer, the system's PostgreSQL, the jobs.

The files of deploy/ configure everything; only folders, ports and passwords differ. Each program is a child
process and ends with this one.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from deploy.drills.https_client import HttpsClient
from deploy.drills.packages import install
from tests.core.system_postgres import server_programs

BASE_DIR = Path(__file__).resolve().parents[2]
DEPLOY = BASE_DIR / "deploy"
NAME = "clinics.example.org"  # as in deploy/
PASSWORDS = {"owner_password": "owner-p", "web_password": "web-p", "jobs_password": "jobs-p"}
START_SECONDS = 120
# The drills read the first articles, which are samples: an editor shows them. Looking at the ways from all ZIP codes
# takes a worker most of a minute, beside what is measured.
PREPARE = """
import django; django.setup()
from config.run import prepare; prepare('')
from articles.models import Article; Article.objects.update(shown_unreviewed=True)
from datetime import timedelta
from django.utils import timezone
from django_q.models import Schedule
ways = Schedule.objects.filter(func="clinics.locations.obstacles.find_obstacles")
ways.update(next_run=timezone.now() + timedelta(days=1))
"""
AS_NOBODY = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def wait_until(condition: Callable[[], object], what: str, seconds: float = START_SECONDS, every: float = 0.05):
    """Repeat `condition` until its result is true, and return that. Raises TimeoutError, which names `what`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(every)
    raise TimeoutError(f"Not within {seconds} s: {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name: str) -> str:
    """The path of a program of the system, which apt installs if root runs this. Exits with a sentence otherwise."""
    if found := shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"):
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        install(name)
        return program(name)
    sys.exit(f"{name} is not on this machine: apt-get install {name}")


class Process:
    """A program with its own log, which is stopped by its process id."""

    def __init__(self, log: Path, *command, **options):
        self.log, self.command, self.options = log, [str(part) for part in command], options
        self.running = None

    def start(self) -> None:
        with self.log.open("a") as out:
            self.running = subprocess.Popen(
                self.command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, **self.options
            )

    def stop(self, number=signal.SIGTERM, seconds: float = 40) -> None:
        if self.running is None or self.running.poll() is not None:
            return
        self.running.send_signal(number)
        try:
            self.running.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.running.pid, signal.SIGKILL)  # the group that this process started
            self.running.wait()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def children(self) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(self.running.pid)], capture_output=True, text=True)
        return [int(pid) for pid in found.stdout.split()]


def keep_running(process: Process, unit: str, stopped: threading.Event) -> None:
    """Do for the process what systemd does by this unit of deploy/systemd/, Restart=always, until `stopped` is set.

    When its first process ends, the others of its group are killed, and it is started again after RestartSec.
    """
    text = (DEPLOY / "systemd" / f"{unit}.service").read_text()
    if "\nRestart=always\n" not in text:
        raise ValueError(f"{unit} is not started again")
    pause_seconds = float(re.search(r"^RestartSec=(\d+)$", text, re.MULTILINE)[1])
    while not stopped.wait(0.1):
        if process.running.poll() is not None:
            process.kill()
            if stopped.wait(pause_seconds):
                break
            process.start()
    if process.running.poll() is not None:
        process.kill()
        process.start()


@dataclass
class Production:
    folder: Path
    port: int = field(default_factory=free_port)
    plain_port: int = field(default_factory=free_port)
    inside_port: int = field(default_factory=free_port)  # of gunicorn itself, as 9120 in waypost-web.socket
    environment: dict[str, str] = field(default_factory=dict)  # replaces values of deploy/environment.example
    web_workers: int = 2

    def __post_init__(self):
        for name in ("log", "etc", "pg", "var", "nginx", "cache", "error-pages"):
            (self.folder / name).mkdir()
        for path in (self.folder, *(self.folder / name for name in ("log", "pg", "etc"))):
            path.chmod(0o777)  # PostgreSQL and PgBouncer refuse to run as root
        self.url = f"https://{NAME}:{self.port}"
        self.socket = self.folder / "web.sock"
        self.database = Postgres(self.folder)
        self.pooler = Process(
            self.folder / "log" / "pgbouncer-out.log",
            program("pgbouncer"),
            self.folder / "etc" / "pgbouncer.ini",
            **AS_NOBODY,
        )
        site = {"cwd": BASE_DIR, "env": self.site_environment("web")}
        gunicorn = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "config/gunicorn.py",
            "--bind",
            f"unix:{self.socket}",
            "--bind",
            f"127.0.0.1:{self.inside_port}",
        ]
        self.web = Process(self.folder / "log" / "web.log", *gunicorn, **site)
        jobs = site | {"env": self.site_environment("jobs")}
        self.jobs = Process(self.folder / "log" / "jobs.log", sys.executable, "manage.py", "qcluster", **jobs)
        configured = ["-c", self.folder / "etc" / "nginx.conf", "-p", self.folder, "-g", "daemon off;"]
        self.nginx = Process(self.folder / "log" / "nginx-out.log", program("nginx"), *configured)

    def site_environment(self, role: str) -> dict[str, str]:
        """The settings of deploy/environment.example, with the folders of this drill, for `web`, `jobs` or `owner`."""
        stated = dict(
            line.split("=", 1)
            for line in (DEPLOY / "environment.example").read_text().splitlines()
            if line and not line.startswith("#")
        )
        query = urllib.parse.urlencode({"host": self.folder / "pg", "port": 6432 if role == "web" else 5432})
        here = {
            "DATABASE_URL": f"postgresql://waypost_{role}:{PASSWORDS[f'{role}_password']}@/waypost?{query}",
            "DATABASE_POOLED": "1" if role == "web" else "0",
            "SECRET_KEY": "a drill's own key, of more than fifty characters, ten of them different: 0123456789",
            "VAR_DIR": str(self.folder / "var"),
            "PICTURES_ROOT": str(self.folder / "var" / "pictures"),
            "SITE_URL": self.url,
            "WEB_WORKERS": str(self.web_workers),
            "TMPDIR": str(self.folder / "var"),
        }
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TZ")}
        django = {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"}
        return kept | django | stated | here | self.environment

    def manage(self, *arguments: str, role: str = "owner") -> str:
        """The output of a command of manage.py. Raises RuntimeError, with the output, if it fails."""
        return self.python("manage.py", *arguments, role=role)

    def python(self, *arguments: str, role: str = "owner") -> str:
        run = subprocess.run(
            [sys.executable, *arguments], cwd=BASE_DIR, env=self.site_environment(role), capture_output=True, text=True
        )
        if run.returncode:
            raise RuntimeError(f"{arguments}: {run.stdout[-1500:]}{run.stderr[-1500:]}")
        return run.stdout

    def start(self) -> None:
        self.database.start()
        self.database.load_roles()
        self.python("-c", PREPARE)
        self.manage("write_error_pages")
        self.write_configuration()
        self.start_programs()

    def start_programs(self) -> None:
        for each in (self.pooler, self.web, self.jobs, self.nginx):
            each.start()
        try:
            wait_until(self.is_ready, f"the site at {self.url}", 30)
        except TimeoutError as error:
            logs = (f"\n== {log.name}\n{log.read_text()[-800:]}" for log in sorted((self.folder / "log").iterdir()))
            raise RuntimeError(f"{error}{''.join(logs)}") from error

    def stop(self) -> None:
        for each in (self.nginx, self.web, self.jobs, self.pooler):
            each.stop()
        self.database.stop("immediate")

    def is_ready(self) -> bool:
        try:
            return self.client().get("/readyz").status == 200
        except OSError:
            return False

    def client(self, source: str = "127.0.0.1") -> HttpsClient:
        """A client over https from the loopback address `source`."""
        return HttpsClient(NAME, self.port, self.folder / "etc" / "ca.pem", source)

    def write_configuration(self) -> None:
        make_certificate(self.folder / "etc")
        etc, log = self.folder / "etc", self.folder / "log"
        others = {
            "/var/log/waypost/": f"{log}/",
            "/var/log/postgresql/": f"{log}/",
            "/run/nginx.pid": f"{self.folder}/nginx.pid",
            "/var/lib/nginx/": f"{self.folder}/nginx/",
            "/var/cache/waypost": f"{self.folder}/cache",
            "/var/lib/waypost/": f"{self.folder}/var/",
            "/run/waypost/web.sock": str(self.socket),
            "/etc/nginx/sites-enabled/*": f"{etc}/site-*.conf",
            "/etc/nginx/snippets/waypost-": f"{etc}/waypost-",
            f"/etc/letsencrypt/live/{NAME}/": f"{etc}/",
            "user www-data;": "user root;" if os.geteuid() == 0 else "",
            "/etc/pgbouncer/": f"{etc}/",
            "/var/run/postgresql": f"{self.folder}/pg",
        }
        files = {
            "nginx/nginx.conf": "nginx.conf",
            "nginx/http.conf": "site-http.conf",
            "nginx/https.conf": "site-https.conf",
        }
        files |= {"nginx/headers.conf": "waypost-headers.conf", "nginx/proxy.conf": "waypost-proxy.conf"}
        files |= {"pgbouncer/pgbouncer.ini": "pgbouncer.ini"}
        for source, target in files.items():
            text = (DEPLOY / source).read_text()
            for theirs, ours in others.items():
                text = text.replace(theirs, ours)
            if target.startswith("site-"):
                text = re.sub(r"\n *listen \[::\]:.*", "", text)
                text = text.replace("https://$host$request_uri", f"https://$host:{self.port}$request_uri")
                text = text.replace("listen 443 ", f"listen 127.0.0.1:{self.port} ")
                text = re.sub(r"listen 80\b", f"listen 127.0.0.1:{self.plain_port}", text)
            (etc / target).write_text(text)
        (etc / "userlist.txt").write_text(f'"waypost_web" "{PASSWORDS["web_password"]}"\n')


class Postgres:
    """The system's PostgreSQL, configured by deploy/postgres/, on its own Unix socket."""

    def __init__(self, folder: Path):
        self.folder, self.data, self.programs = folder, folder / "pg" / "data", server_programs()
        self.log = folder / "log" / "postgres.log"

    def _run(self, *command) -> None:
        run = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=self.folder, **AS_NOBODY)
        if run.returncode:
            raise RuntimeError(f"{command}: {run.stderr}")

    def start(self) -> None:
        if not self.data.exists():
            self._run(self.programs / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=utf8")
            host_rules = self.data / "pg_hba.conf"
            host_rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
            with (self.data / "postgresql.conf").open("a") as file:
                file.write((DEPLOY / "postgres" / "waypost.conf").read_text())
                file.write(f"unix_socket_directories = '{self.folder}/pg'\nlog_line_prefix = '%m %u '\n")
        # pg_ctl waits until it answers.
        self._run(self.programs / "pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.log, "start")

    def stop(self, mode: str = "fast") -> None:
        if (self.data / "postmaster.pid").exists():
            self._run(self.programs / "pg_ctl", "-D", self.data, "-w", "-t", "60", "-m", mode, "stop")

    def load_roles(self) -> None:
        values = [f"--set={name}={value}" for name, value in PASSWORDS.items()]
        connect = ["-h", f"{self.folder}/pg", "-U", "postgres", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        self._run(self.programs / "psql", *connect, *values, "--file", DEPLOY / "postgres" / "roles.sql")

    @contextlib.contextmanager
    def cursor(self):
        """A cursor of the superuser; each statement is committed at once."""
        connection = psycopg2.connect(host=str(self.folder / "pg"), user="postgres", dbname="waypost")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def rows(self, query: str, *values) -> list[tuple]:
        with self.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()


def make_certificate(folder: Path) -> None:
    """Make a certificate authority and a certificate that it signs: ca.pem, fullchain.pem, privkey.pem."""
    openssl = program("openssl")

    def run(*arguments) -> None:
        subprocess.run([openssl, *map(str, arguments)], check=True, capture_output=True, cwd=folder)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    run("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=A drill's own CA")
    run("req", *curve, "-keyout", "privkey.pem", "-out", "site.csr", "-subj", f"/CN={NAME}")
    (folder / "san").write_text(f"subjectAltName=DNS:{NAME},DNS:localhost,IP:127.0.0.1\n")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"]
    run("x509", "-req", "-in", "site.csr", *signed, "-out", "site.pem")
    (folder / "fullchain.pem").write_text((folder / "site.pem").read_text() + (folder / "ca.pem").read_text())


@contextlib.contextmanager
def running_production(**options) -> Iterator[Production]:
    """The site with the demo directory, prepared as by `make run`. Raises RuntimeError or TimeoutError."""
    with tempfile.TemporaryDirectory(prefix="wp-", ignore_cleanup_errors=True) as folder:  # a socket's path is short
        production = Production(Path(folder), **options)
        try:
            production.start()
            yield production
        finally:
            production.stop()
