"""`make drill-containers`: builds deploy/Containerfile, starts deploy/compose.yaml, and tries to break its rules.

    sudo make drill-containers
    sudo .venv/bin/python -m deploy.drills.containers FOLDER

Needs root and Debian 12; apt-get installs podman. Everything is made from a clone of the checkout, in a temporary
folder, or in FOLDER, which is kept, so that the next run finds the stand-ins there. Kernel namespaces isolate the
network of the containers, and every process ends with this one. PYTHON_IMAGE and POSTGRES_IMAGE name the base images;
without them stand-ins are made, so no registry is needed.
"""

import http.client
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from deploy.drills.container_engine import (
    POSTGRES_STAND_IN,
    PYTHON_STAND_IN,
    Engine,
    build_options,
    pip_options,
)
from deploy.drills.production import BASE_DIR, NAME, wait_until

SECRETS = ("SUPERUSER_PASSWORD", "OWNER_PASSWORD", "WEB_PASSWORD", "JOBS_PASSWORD")
STAND_INS = {"PYTHON_IMAGE": PYTHON_STAND_IN, "POSTGRES_IMAGE": POSTGRES_STAND_IN}
CLINICS = "SELECT count(*) FROM clinics_clinic"
# What the role of a container may do: prints the first value, or the name of the refusal.
ASK = """
import os, sys, psycopg2
connection = psycopg2.connect(os.environ["DATABASE_URL"])
cursor = connection.cursor()
try:
    cursor.execute(sys.argv[1])
    print(cursor.fetchone()[0])
except psycopg2.Error as error:
    print(type(error).__name__)
"""
STATUS = """
import os
lines = dict(line.split(maxsplit=1) for line in open("/proc/1/status"))
print(os.getuid(), *(lines[f"{name}:"].strip() for name in ("CapEff", "NoNewPrivs", "Seccomp")))
"""
UNPRIVILEGED = "990 0000000000000000 1 2"


class Containers:
    """The project of deploy/compose.yaml, started and looked at from inside the namespaces."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.services = yaml.safe_load((engine.checkout / "deploy" / "compose.yaml").read_text())["services"]
        self.passwords: dict[str, str] = {}

    def write_passwords(self) -> None:
        """New ones of the three roles in deploy/.env, beside the superuser's and the images."""
        kept = {name: value for name, value in self.passwords.items() if name == "SUPERUSER_PASSWORD"}
        self.passwords = {name: secrets.token_hex(24) for name in SECRETS} | kept
        lines = self.passwords | {name: os.environ.get(name, image) for name, image in STAND_INS.items()}
        text = "".join(f"{name}={value}\n" for name, value in lines.items())
        (self.engine.checkout / "deploy" / ".env").write_text(text)

    def start(self) -> None:
        """Each service after those that it depends on: podman before 4.6 does not wait for them itself."""
        for name, service in self.services.items():
            started = time.monotonic()
            for other, condition in service.get("depends_on", {}).items():
                self._wait_for(other, condition["condition"])
            self.engine.compose("up", "--detach", "--no-build", "--no-deps", name)
            if service.get("restart") == "no":
                self._wait_for(name, "service_completed_successfully")
            print(f"  {name:9} started in {time.monotonic() - started:5.1f} s", flush=True)

    def _wait_for(self, service: str, condition: str) -> None:
        if condition == "service_healthy":
            self.engine.wait_for_health(service)
        elif self.engine.podman("wait", self.engine.container(service)).strip() != "0":
            sys.exit(f"{service} failed:\n{self.engine.log(service)}")

    def manage(self, command: str) -> str:
        return self.engine.compose("run", "--rm", "-T", "--no-deps", "tables", "python", "manage.py", command)

    def ask(self, service: str, query: str) -> str:
        return self.engine.execute(service, "python", "-c", ASK, query).strip()

    def as_superuser(self, query: str) -> list[str]:
        command = ("psql", "--username=postgres", "--no-align", "--tuples-only", "waypost", "--command", query)
        return self.engine.execute("database", *command).split()

    def page(self, path: str) -> tuple[int, str]:
        """Status and text, as the proxy asks for them."""
        connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
        headers = {"Host": NAME, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        status, text = answer.status, answer.read().decode()
        connection.close()
        return status, text


def expect(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        sys.exit(f"FAILED: {what}: {found!r}, not {wanted!r}")


def health(site: Containers) -> str:
    seconds = {name: site.engine.wait_for_health(name) for name in ("database", "web", "jobs")}
    return f"healthy by their own checks: {', '.join(f'{name} in {each:.1f} s' for name, each in seconds.items())}"


def roles(site: Containers) -> str:
    expect(site.as_superuser("SELECT rolname FROM pg_roles WHERE rolsuper"), ["postgres"], "superusers")
    clients = "SELECT DISTINCT usename FROM pg_stat_activity WHERE client_addr IS NOT NULL ORDER BY 1"
    expect(site.as_superuser(clients), ["waypost_jobs", "waypost_web"], "roles over the network")
    for refused in ("CREATE TABLE x ()", "DROP TABLE clinics_clinic", "ALTER ROLE waypost_web SUPERUSER"):
        expect(site.ask("web", refused), "InsufficientPrivilege", refused)
    expect(site.ask("jobs", "CREATE ROLE x"), "InsufficientPrivilege", "a role made by the jobs")
    for service, limit in (("web", "3s"), ("jobs", "1min")):
        expect(site.ask(service, "SHOW statement_timeout"), limit, f"limit of {service}")
    quiet = {"track_activities": "off", "log_min_error_statement": "panic", "jit": "off"}
    for name, value in quiet.items():
        expect(site.as_superuser(f"SHOW {name}"), [value], name)
    return (
        "web and jobs are no superusers; the web's role changes no table; 3 s and 60 s a query; nothing quoted in logs"
    )


def secrets_of_each(site: Containers) -> str:
    known = {"tables": "OWNER_PASSWORD", "web": "WEB_PASSWORD", "jobs": "JOBS_PASSWORD"}
    for service, own in known.items():
        inspected = site.engine.podman("inspect", site.engine.container(service))
        found = [name for name, value in site.passwords.items() if value in inspected]
        expect(found, [own], f"passwords that {service} knows")
    return "each container of the site knows the password of its own role alone"


def privileges(site: Containers) -> str:
    for service in ("web", "jobs"):
        expect(site.engine.execute(service, "python", "-c", STATUS).strip(), UNPRIVILEGED, f"privileges of {service}")
        for path in ("/srv/waypost/x", "/etc/x", "/x"):
            written = site.engine.execute(service, "sh", "-c", f"touch {path} 2>&1 || true")
            expect("Read-only" in written, True, f"{service} writes {path}")
        site.engine.execute(service, "sh", "-c", "touch /tmp/x /var/lib/waypost/x && rm /var/lib/waypost/x")
    return "user 990, no capability, seccomp, no new privileges; only /tmp and /var/lib/waypost can be written"


def pages(site: Containers) -> str:
    site.manage("load_demo")
    expect(site.page("/readyz")[0], 200, "/readyz")
    for path, part in (("/", "tel:988"), ("/clinics/?near=02139&format=json", '"results": [{'), ("/articles/", "988")):
        status, text = site.page(path)
        expect((status, part in text), (200, True), path)
    style = site.page("/")[1].partition('rel="stylesheet" href="')[2].partition('"')[0]
    expect(site.page(style)[0], 200, style)
    return f"home, search, articles and style sheet answer; {site.ask('web', CLINICS)} clinics by load_demo"


def job(site: Containers) -> str:
    done = "SELECT count(*) FROM django_q_task WHERE success"
    wait_until(lambda: int(site.ask("web", done)) > 0, "a job is done")
    return f"{site.ask('web', done)} jobs done"


def backup(site: Containers) -> str:
    site.manage("backup")
    size = site.engine.execute("jobs", "sh", "-c", "cat /var/backups/waypost/*.dump | wc -c")
    expect(int(size) > 100_000, True, "bytes of the dump")
    removed = site.engine.execute("jobs", "sh", "-c", "rm /var/backups/waypost/*.dump 2>&1 || true")
    expect("Read-only" in removed, True, "jobs removes a backup")
    return f"manage.py backup wrote {int(size) / 1e6:.1f} MB, which web and jobs can only read"


def death(site: Containers) -> str:
    """Kills the first process of the web server and of the jobs, as a lack of memory would."""
    for service in ("web", "jobs"):
        killed = site.engine.state(service)["Pid"]
        os.kill(killed, signal.SIGKILL)
        site.engine.wait_for_another_process(service, killed)
        site.engine.wait_for_health(service)
    expect(site.page("/readyz")[0], 200, "/readyz after the kill")
    return "web and jobs, killed, were started again and are healthy"


def new_passwords(site: Containers) -> str:
    """Takes everything down, and starts it again with other passwords and the same tables."""
    clinics, former = site.ask("web", CLINICS), site.passwords["WEB_PASSWORD"]
    site.engine.compose("down")
    site.write_passwords()
    site.start()
    site.engine.wait_for_health("web")
    expect(site.ask("web", CLINICS), clinics, "clinics after a restart")
    login = f"psql postgresql://waypost_web:{former}@$(hostname -i)/waypost -c 'SELECT 1' 2>&1 || true"
    refused = site.engine.execute("database", "sh", "-c", login)
    expect("password authentication failed" in refused, True, f"the former password ({refused.strip()})")
    return f"taken down and started with new passwords: {clinics} clinics, and the former password is refused"


CHECKS: list[Callable[[Containers], str]] = [
    *(health, pages, roles, secrets_of_each, privileges, job, backup, death, new_passwords)
]


def build(engine: Engine) -> None:
    started = time.monotonic()
    engine.prepare()
    if not all(name in os.environ for name in STAND_INS):
        engine.make_stand_ins()
    print(f"base images: {time.monotonic() - started:.0f} s", flush=True)
    started = time.monotonic()
    options = " ".join([*build_options(), "--format=docker", *pip_options(engine.folder)])
    engine.compose("build", "web", options=[f"--podman-build-args={options}"])
    size = int(engine.podman("image", "inspect", "--format={{.Size}}", "localhost/waypost"))
    print(f"deploy/Containerfile built: {size / 1e6:.0f} MB in {time.monotonic() - started:.0f} s", flush=True)


def run_isolated(site: Containers) -> None:
    """In namespaces of its own: start the project, look at it, take it down."""
    site.write_passwords()
    for command in (
        *(["umount", "--recursive", "/sys/fs/cgroup"], ["mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup"]),
        *(["mount", "-t", "tmpfs", "tmpfs", "/run"], ["ip", "link", "set", "lo", "up"]),
    ):
        subprocess.run(command, check=True)
    site.engine.compose("down", "--volumes")  # of a run that failed, in a folder that is kept
    site.start()
    for check in CHECKS:
        print(f"  {check(site)}", flush=True)
    site.engine.compose("down", "--volumes")
    print("  taken down, with its volumes", flush=True)


def what_was_not_tried() -> Iterator[str]:
    if not all(name in os.environ for name in STAND_INS):
        yield "the images of the registry, whose place stand-ins from Debian's packages took"
    yield "Docker, whose place podman took"
    yield "podman's own order of starts and timer of health checks, whose place this drill took"
    yield "limits of memory, of which compose.yaml has none"


def in_new_namespaces(folder: Path) -> int:
    command = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]
    command += [sys.executable, "-m", "deploy.drills.containers"]
    return subprocess.run(command, cwd=BASE_DIR, env=os.environ | {"CONTAINERS_FOLDER": str(folder)}).returncode


def main() -> None:
    if os.geteuid():
        sys.exit("The drill needs root, for its namespaces: sudo make drill-containers")
    if isolated := os.environ.get("CONTAINERS_FOLDER"):
        run_isolated(Containers(Engine(Path(isolated), Path(isolated) / "checkout")))
        return
    started = time.monotonic()
    kept = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    folder = kept or Path(tempfile.mkdtemp(prefix="containers-", dir="/var/tmp"))  # a disk: layers of images are large
    engine = Engine(folder, folder / "checkout")
    try:
        shutil.rmtree(engine.checkout, ignore_errors=True)
        subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{BASE_DIR}", engine.checkout], check=True)
        example = (engine.checkout / "deploy" / "environment.example").read_text()
        settings = example.replace("SECRET_KEY=REPLACE-ME", f"SECRET_KEY={secrets.token_hex(40)}")
        (engine.checkout / "deploy" / "environment").write_text(settings)
        Containers(engine).write_passwords()
        build(engine)
        if in_new_namespaces(folder):
            sys.exit("The containers do not behave as deploy/compose.yaml says.")
    finally:
        engine.release()
        if not kept:
            shutil.rmtree(folder)
    minutes = (time.monotonic() - started) / 60
    print(
        f"Built, started, attacked and taken down in {minutes:.1f} min. Not tried: {'; '.join(what_was_not_tried())}."
    )


if __name__ == "__main__":
    main()
