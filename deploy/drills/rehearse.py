#!/usr/bin/env python3
"""`make drill-rehearse`: runs the blocks of docs/operations.md on a copy-on-write copy of this Debian 12.

    sudo python3 deploy/drills/rehearse.py [FOLDER]

Writes only to FOLDER (new or empty; a temporary one by default), and empties it at the end. Kernel namespaces
isolate the copy: the machine does not change, the network is a separate loopback, and every process ends with this
one. stand_ins.py replaces `systemctl` and `certbot`. Needs only root and Python.
"""

import ctypes
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from stand_ins import Manager, write_stand_ins

CHECKOUT = Path(__file__).resolve().parents[2]
SITE = "clinics.example.org"
CLONE_NEWNET = 0x40000000
NOT_RUN = ("answers", "by-hand")
WATCHED = (
    "switch",
    "rollback",
    "rotate-passwords",
    "rotate-key",
)  # a reader searches meanwhile, and no answer may fail
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass
class Block:
    name: str
    needs_network: bool
    commands: str


def blocks_of(page: str) -> list[Block]:
    found = re.findall(r"^```sh (\S+)( network)?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [Block(name, bool(network), commands) for name, network, commands in found if name not in NOT_RUN]


def call(function: str, *arguments) -> None:
    if getattr(LIBC, function)(*arguments):
        raise OSError(ctypes.get_errno(), f"{function}: {os.strerror(ctypes.get_errno())}")


def enter_copy(folder: Path) -> None:
    """Change the root of this process to a copy-on-write copy of the machine in `folder`."""

    def mount(*arguments) -> None:
        subprocess.run(["mount", *map(str, arguments)], check=True)

    mount("-t", "tmpfs", "tmpfs", folder)
    upper, work, root = (folder / name for name in ("upper", "work", "root"))
    for each in (upper, work, root):
        each.mkdir()
    mount("-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", root)
    mount("-t", "proc", "proc", root / "proc")
    for each in ("dev", "sys"):
        mount("--rbind", f"/{each}", root / each)
    mount("-t", "tmpfs", "tmpfs", root / "run")
    os.chroot(root)
    os.chdir("/")


def empty_machine() -> None:
    """Make the copy like a bare Debian 12 with unpacked packages: no site of ours, an empty PostgreSQL cluster."""
    run = subprocess.run
    run("rm -rf /srv/waypost /etc/waypost /var/lib/waypost /var/log/waypost /etc/nginx/sites-enabled/*", shell=True)
    run("rm -rf /etc/postgresql/15 /var/lib/postgresql/15", shell=True)
    for folder in ("/run/postgresql", "/run/sshd", "/run/lock", "/run/systemd"):
        os.makedirs(folder, exist_ok=True)
    subprocess.run("chown postgres: /run/postgresql 2> /dev/null; chmod 2775 /run/postgresql", shell=True)
    Path("/etc/hosts").write_text(f"127.0.0.1 localhost {SITE}\n")


class Rehearsal:
    def __init__(self, manager: Manager):
        self.manager = manager
        self.network_outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        call("unshare", CLONE_NEWNET)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            "SITE": SITE,
            "CONTACT": f"help@{SITE}",
            "REPOSITORY": f"file://{CHECKOUT}",
            "VERSION": commit_of(CHECKOUT),
        }
        for name, value in os.environ.items():  # how this machine reaches its package index
            if name.startswith("PIP_") or name.lower().endswith("_proxy") or name == "SSL_CERT_FILE":
                self.environment.setdefault(name, value)

    def run(self, block: Block) -> float:
        """Run it as written, up to the first command that fails. Returns the seconds; exits with a sentence."""
        start = time.monotonic()

        def outside():
            if block.needs_network:
                call("setns", self.network_outside, CLONE_NEWNET)

        script = f"set -euo pipefail\n{block.commands}"
        shell = ["bash", "-c", script]
        done = subprocess.run(shell, env=self.environment, preexec_fn=outside, capture_output=True, text=True)
        output = f"{done.stdout}{done.stderr}".strip()
        if done.returncode:
            sys.exit(f"The block {block.name!r} failed:\n{block.commands}\n{output}\n{self.manager.latest_logs()}")
        seconds = time.monotonic() - start
        print(f"{block.name:18} {seconds:6.1f} s   {output.splitlines()[-1][:90] if output else ''}", flush=True)
        return seconds


def commit_of(checkout: Path) -> str:
    done = subprocess.run(["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Reader(threading.Thread):
    """Repeats a search, which no cache answers, and records failures."""

    def __init__(self):
        super().__init__(daemon=True)
        self.answers, self.slowest_seconds, self.failures, self.stopped = 0, 0.0, [], threading.Event()
        self.context = ssl.create_default_context(cafile="/etc/letsencrypt/ca.pem")

    def run(self):
        while not self.stopped.is_set():
            start = time.monotonic()
            try:
                with urllib.request.urlopen(
                    f"https://{SITE}/clinics/?near=02139", timeout=40, context=self.context
                ) as answer:
                    answer.read()
                self.answers += 1
                self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - start)
            except OSError as error:
                self.failures.append(str(error))
            time.sleep(0.05)


def count_clinics() -> int:
    query = "SELECT count(*) FROM clinics_clinic"
    command = ["runuser", "-u", "postgres", "--", "psql", "-qAt", "waypost", "-c", query]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def rehearse() -> None:
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    blocks, start = blocks_of(page), time.monotonic()
    empty_machine()
    manager = Manager()
    rehearsal = Rehearsal(manager)  # from here on with a separate network
    write_stand_ins(manager)
    for block in blocks:
        if block.name == "restore":  # destroy first what was backed up
            before = count_clinics()
            destroy = "TRUNCATE clinics_clinic CASCADE"
            subprocess.run(["runuser", "-u", "postgres", "--", "psql", "-q", "waypost", "-c", destroy], check=True)
        if block.name in WATCHED:
            reader = Reader()
            reader.start()
        rehearsal.run(block)
        if block.name == "packages" and not Path("/etc/postgresql/15/main").exists():
            # The package does this when it is first unpacked.
            as_unpacked = "cp /usr/share/postgresql-common/createcluster.conf /etc/postgresql-common/"
            subprocess.run(f"{as_unpacked} && pg_createcluster 15 main", shell=True, check=True, capture_output=True)
        if block.name == "restore":
            print(f"                   {before} clinics before, {count_clinics()} after the restore")
            assert before == count_clinics() > 0
        if block.name in WATCHED:
            reader.stopped.set()
            reader.join()
            print(
                f"                   meanwhile {reader.answers} pages read, {len(reader.failures)} failed, "
                f"the slowest took {reader.slowest_seconds:.1f} s"
            )
            if reader.failures or not reader.answers:
                sys.exit(f"A reader got no answer: {reader.failures[:3]}\n{manager.latest_logs()}")
    manager.stop_all()
    print(f"\nEvery block of docs/operations.md ran: {len(blocks)} in {time.monotonic() - start:.0f} s.")


def main() -> None:
    if os.environ.get("REHEARSING"):
        enter_copy(Path(sys.argv[1]))
        rehearse()
        return
    if os.geteuid() != 0:
        sys.exit("The rehearsal needs root, for its namespaces: sudo python3 deploy/drills/rehearse.py")
    if subprocess.run(["git", "-C", CHECKOUT, "status", "--porcelain"], capture_output=True, text=True).stdout:
        print("Note: uncommitted changes are not rehearsed.", flush=True)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="rehearsal-"))
    folder.mkdir(parents=True, exist_ok=True)
    isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command = [*isolated, sys.executable, str(Path(__file__).resolve()), str(folder.resolve())]
    done = subprocess.run(command, env=os.environ | {"REHEARSING": "1"})
    folder.rmdir()
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
