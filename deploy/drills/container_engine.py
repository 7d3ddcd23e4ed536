"""podman in a folder of its own, and stand-ins for the two base images, for deploy/drills/containers.py.

Images, volumes, networks and configuration of podman are in that folder, so those of the machine stay as they are.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.drills.production import program, wait_until

PODMAN_COMPOSE = "podman-compose==1.6.0"  # the first that Debian ships does not know the conditions of `depends_on`
PYTHON_STAND_IN, POSTGRES_STAND_IN = "localhost/stand-in-python", "localhost/stand-in-postgres"
# podman's defaults fail where root may not raise its own limits (CAP_SYS_RESOURCE), as in some virtual machines, and
# with two kinds of cgroups at once. deploy/compose.yaml sets no limit that needs them.
CONFIGURATION = """
[containers]
cgroups = "disabled"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_config_dir = "{folder}/networks"
"""
STORAGE = """
[storage]
driver = "overlay"
graphroot = "{folder}/storage"
runroot = "{folder}/run"
"""
PYTHON = """
FROM localhost/stand-in-base
RUN ln -s /usr/bin/python3 /usr/local/bin/python
"""
POSTGRES = """
FROM localhost/stand-in-base
RUN groupadd --system --gid 999 postgres && useradd --system --gid postgres --uid 999 postgres \\
    && apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-15 > /dev/null \\
    && rm -rf /var/lib/postgresql /var/run/postgresql \\
    && install -d -o postgres -g postgres -m 1777 /var/run/postgresql /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
VOLUME /var/lib/postgresql/data
COPY --chmod=755 entrypoint.sh /usr/local/bin/entrypoint.sh
ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]
STOPSIGNAL SIGINT
CMD ["postgres"]
"""
# Does what the entrypoint of the official image does here: an empty folder becomes a server whose superuser has
# POSTGRES_PASSWORD, and which asks everybody who comes over the network for a password.
POSTGRES_ENTRYPOINT = """#!/bin/sh
set -eu
if [ "$(id -u)" = 0 ]; then
    chown postgres: "$PGDATA" && chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    umask 077 && echo "$POSTGRES_PASSWORD" > /tmp/password
    initdb --username=postgres --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 > /dev/null
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf" && rm /tmp/password
fi
exec "$@"
"""


class Engine:
    """podman with its storage in `folder`, and podman-compose for the project in `checkout`."""

    def __init__(self, folder: Path, checkout: Path):
        self.folder, self.checkout = folder, checkout
        self.environment = os.environ | {
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
            "DISABLE_HC_SYSTEMD": "true",  # which may not run here: this drill asks for the health itself
        }

    def prepare(self) -> None:
        for each in ("podman", "buildah", "crun", "netavark", "aardvark-dns", "debootstrap"):
            _install(each)
        (self.folder / "networks").mkdir(exist_ok=True)
        (self.folder / "containers.conf").write_text(CONFIGURATION.format(folder=self.folder))
        (self.folder / "storage.conf").write_text(STORAGE.format(folder=self.folder))
        if not (self.folder / "compose").exists():
            _run([sys.executable, "-m", "venv", self.folder / "compose"])
            _run([self.folder / "compose" / "bin" / "pip", "install", "--quiet", PODMAN_COMPOSE])

    def release(self) -> None:
        """Unmount what podman leaves mounted, also in the midst of a build."""
        _run(["umount", "--recursive", "--lazy", self.folder / "storage" / "overlay"], check=False)

    def podman(self, *arguments, check: bool = True) -> str:
        return _run([program("podman"), *arguments], env=self.environment, check=check)

    def compose(self, *arguments, options: Sequence[str] = ()) -> str:
        """The output of `docker compose …` for the project, as podman does it."""
        command = [self.folder / "compose" / "bin" / "podman-compose", "--in-pod=false", "-f", "deploy/compose.yaml"]
        return _run([*command, *options, *arguments], env=self.environment, cwd=self.checkout)

    def has_image(self, name: str) -> bool:
        return not subprocess.run(
            [program("podman"), "image", "exists", name], env=self.environment, stderr=subprocess.DEVNULL
        ).returncode

    def make_stand_ins(self) -> None:
        """A Debian 12 by debootstrap, once with Python 3.11 and once with PostgreSQL 15."""
        if self.has_image(POSTGRES_STAND_IN):
            return
        root, build = self.folder / "debian", self.folder / "stand-ins"
        packages = "--include=ca-certificates,python3,python3-venv"
        _run([program("debootstrap"), "--variant=minbase", packages, "bookworm", root])
        _run(["tar", "-C", root, "-cf", self.folder / "debian.tar", "."])
        self.podman("import", "--quiet", self.folder / "debian.tar", "localhost/stand-in-base")
        build.mkdir(exist_ok=True)
        (build / "entrypoint.sh").write_text(POSTGRES_ENTRYPOINT)
        for name, text in ((PYTHON_STAND_IN, PYTHON), (POSTGRES_STAND_IN, POSTGRES)):
            (build / "Containerfile").write_text(text)
            self.podman("build", "--quiet", *build_options(), "--tag", name, build)
        _run(["rm", "-rf", root, self.folder / "debian.tar"])

    def container(self, service: str) -> str:
        return f"waypost_{service}_1"

    def execute(self, service: str, *command, check: bool = True) -> str:
        return self.podman("exec", self.container(service), *command, check=check)

    def log(self, service: str) -> str:
        """The end of what it printed."""
        command = [program("podman"), "logs", self.container(service)]
        done = subprocess.run(
            command, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return done.stdout[-3000:]

    def state(self, service: str) -> dict:
        return json.loads(self.podman("inspect", self.container(service)))[0]["State"]

    def wait_for_health(self, service: str, seconds: float = 240) -> float:
        """Run its own health check until that is well. Returns the seconds; raises TimeoutError."""
        started, command = time.monotonic(), [program("podman"), "healthcheck", "run", self.container(service)]

        def is_well() -> bool:
            return not subprocess.run(command, env=self.environment, capture_output=True).returncode

        wait_until(is_well, f"{service} is healthy", seconds, every=0.5)
        return time.monotonic() - started

    def wait_for_another_process(self, service: str, killed: int) -> None:
        """Until it was started again after its process `killed` ended. Raises TimeoutError."""
        wait_until(lambda: self.state(service)["Pid"] not in (0, killed), f"{service} is started again", every=0.5)


def build_options() -> list[str]:
    return ["--isolation=chroot", "--network=host"]


def pip_options(folder: Path) -> list[str]:
    """Options of a build that let its pip use the package index of this machine, and whatever files that names."""
    listed = _run([sys.executable, "-m", "pip", "config", "list"])
    pairs = [line.partition("=")[::2] for line in listed.splitlines() if line.startswith(("global.", ":env:."))]
    settings = {name.rpartition(".")[2]: value.strip("'\"") for name, value in pairs}
    (folder / "pip.conf").write_text("[global]\n" + "".join(f"{k} = {v}\n" for k, v in settings.items()))
    words = [word for value in settings.values() for word in value.split()]
    paths = {Path(word) for word in words if word.startswith("/")}
    paths |= {Path(word.removeprefix("file://")).parent for word in words if word.startswith("file://")}
    mounts = [(folder / "pip.conf", "/etc/pip.conf"), *((path, path) for path in sorted(paths) if path.exists())]
    return [f"--volume={here}:{there}:ro" for here, there in mounts]


def _install(package: str) -> None:
    """Packages whose programs are in no folder of PATH are found by their files."""
    if subprocess.run(["dpkg", "--status", package], capture_output=True).returncode:
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], env=quiet)


def _run(command: Sequence, *, check: bool = True, **options) -> str:
    """Its output. Exits with a sentence and the end of what it printed if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if check and done.returncode:
        sys.exit(f"Failed: {' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout
