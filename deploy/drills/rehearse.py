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
from trusted_paths import distrusted_on_this_machine

CHECKOUT = Path(__file__).resolve().parents[2]
SITE = "clinics.example.org"
CLONE_NEWNET = 0x40000000
NOT_RUN = ("answers", "by-hand")
ON_A_NEW_MACHINE = ("bring-settings", "bring-rows")  # machine_lost.py runs them, on a second copy
KEY = Path("/root/waypost-backup.key")
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
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root / "run")
    os.chroot(root)
    os.chdir("/")


def empty_machine() -> None:
    """Make the copy like a bare Debian 12 with unpacked packages: no site of ours, an empty PostgreSQL cluster."""
    run = subprocess.run
    run("rm -rf /srv/waypost /etc/waypost /var/lib/waypost /var/log/waypost /etc/nginx/sites-enabled/*", shell=True)
    run("rm -rf /var/backups/waypost /var/cache/waypost", shell=True)
    run("rm -rf /etc/postgresql/15 /var/lib/postgresql/15", shell=True)
    for folder in ("/run/postgresql", "/run/sshd", "/run/lock", "/run/systemd"):
        os.makedirs(folder, exist_ok=True)
    subprocess.run("chown postgres: /run/postgresql 2> /dev/null; chmod 2775 /run/postgresql", shell=True)
    Path("/etc/hosts").write_text(f"127.0.0.1 localhost {SITE}\n")


class Rehearsal:
    def __init__(self, manager: Manager):
        self.manager = manager
        # Two machines of one drill share a network, which the drill has made.
        self.network_outside = int(os.environ.get("NETWORK_OUTSIDE") or leave_network())
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            "SITE": SITE,
            "CONTACT": f"help@{SITE}",
            "REPOSITORY": f"file://{CHECKOUT}",
            "VERSION": commit_of(CHECKOUT),
            "BACKUP_RECIPIENT": "",
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
        if block.name == "packages":
            make_cluster()
            make_key()
            self.environment["BACKUP_RECIPIENT"] = re.findall(r"age1\w+", KEY.read_text())[0]
        if block.name == "logs":
            rotate_logs()
        return seconds


def leave_network() -> int:
    """Move this process to a network of its own, with nothing but loopback; returns the former one, for `setns`."""
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    call("unshare", CLONE_NEWNET)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.set_inheritable(outside, True)
    return outside


def make_cluster() -> None:
    """As the package of PostgreSQL does when it is first unpacked."""
    if not Path("/etc/postgresql/15/main").exists():
        as_unpacked = "cp /usr/share/postgresql-common/createcluster.conf /etc/postgresql-common/"
        subprocess.run(f"{as_unpacked} && pg_createcluster 15 main", shell=True, check=True, capture_output=True)


def make_key() -> None:
    """As the owner of the site does on another computer."""
    if not KEY.exists():
        subprocess.run(["age-keygen", "-o", str(KEY)], check=True, capture_output=True)


def rotate_logs() -> None:
    """Rotate now, and exit with a sentence unless nginx then writes into the new file."""
    subprocess.run(["logrotate", "--force", "/etc/logrotate.d/waypost"], check=True)
    time.sleep(1)  # the workers open it when they are told
    subprocess.run(["curl", "--silent", "--insecure", "--output", "/dev/null", f"https://{SITE}/"], check=True)
    log = Path("/var/log/waypost/access.log")
    deadline = time.monotonic() + 5
    while not log.stat().st_size:
        if time.monotonic() > deadline:
            sys.exit("After a rotation nginx does not write into the new access log.")
        time.sleep(0.1)
    print(f"                   rotated: nginx writes into the new {log}")


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


def try_timers(manager: Manager) -> None:
    """Let the time of each timer come, and look at what the trial of a restore has stored."""
    for timer in sorted(manager.timers, key=lambda name: name.removesuffix(".timer")):  # the backup before its trial
        manager.fire(timer)
    query = "SELECT problem, dump, tables, rows FROM core_restorecheck ORDER BY id DESC LIMIT 1"
    command = ["runuser", "-u", "postgres", "--", "psql", "-qAt", "waypost", "-c", query]
    problem, dump, tables, rows = subprocess.run(command, capture_output=True, text=True).stdout.strip().split("|")
    if problem or len(manager.timers) < 3:
        sys.exit(f"The timers {manager.timers} ran, and the trial of {dump} says: {problem}")
    print(f"                   {len(manager.timers)} timers ran; trial of {dump}: {tables} tables, {rows} rows")


def look_at_owners() -> None:
    looked_at, problems = distrusted_on_this_machine()
    if problems:
        sys.exit("Root opens what somebody else could put there:\n" + "\n".join(problems))
    print(f"                   {looked_at} files and folders that root opens by name are root's alone")


def rehearse() -> None:
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    blocks, start = blocks_of(page), time.monotonic()
    empty_machine()
    manager = Manager()
    rehearsal = Rehearsal(manager)  # from here on with a separate network
    write_stand_ins(manager)
    for block in blocks:
        if block.name in ON_A_NEW_MACHINE:
            continue
        if block.name == "restore":  # destroy first what was backed up
            before = count_clinics()
            destroy = ["-c", "SET client_min_messages = warning", "-c", "TRUNCATE clinics_clinic CASCADE"]
            subprocess.run(["runuser", "-u", "postgres", "--", "psql", "-q", "waypost", *destroy], check=True)
        if block.name in WATCHED:
            reader = Reader()
            reader.start()
        rehearsal.run(block)
        if block.name == "backup":
            try_timers(manager)
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
    look_at_owners()
    manager.stop_all()
    ran = len(blocks) - len(ON_A_NEW_MACHINE)
    print(f"\nEvery block of docs/operations.md for one machine ran: {ran} in {time.monotonic() - start:.0f} s.")


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
