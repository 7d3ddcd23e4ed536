"""Replacements for systemd and the certificate authority, which the rehearsal does not have.

`systemctl` starts the same unit files as plain processes, `certbot` makes its own authority. Both do only what
docs/operations.md needs.
"""

import contextlib
import fcntl
import os
import pwd
import shlex
import signal
import socket
import subprocess
import threading
from pathlib import Path

UNITS = Path("/etc/systemd/system")
CONTROL_SOCKET = "/run/stand-in.sock"
FIRST_FD = 3  # of the sockets that systemd hands over
LOGS = Path("/var/log/stand-in")
SYSTEMCTL = f"""#!/usr/bin/python3
import socket, sys
control = socket.socket(socket.AF_UNIX)
control.connect({CONTROL_SOCKET!r})
control.sendall("\\0".join(sys.argv[1:]).encode())
control.shutdown(socket.SHUT_WR)
said = control.makefile().read()
print(said, end="")
sys.exit(1 if said else 0)
"""
CERTBOT = """#!/bin/bash
set -euo pipefail
while [ "$1" != -d ]; do shift; done
live=/etc/letsencrypt/live/$2
mkdir -p "$live"
cd /etc/letsencrypt
curve="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $curve -keyout ca.key -out ca.pem -days 2 -subj "/CN=An authority of the rehearsal" 2> /dev/null
openssl req $curve -keyout "$live/privkey.pem" -out site.csr -subj "/CN=$2" 2> /dev/null
openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \\
  -extfile <(printf 'subjectAltName=DNS:%s' "$2") -out site.pem 2> /dev/null
cat site.pem ca.pem > "$live/fullchain.pem"
cat ca.pem >> /etc/ssl/certs/ca-certificates.crt # of the copy, so that clients trust it
"""


def write_stand_ins(manager: "Manager") -> None:
    for name, text in {"systemctl": SYSTEMCTL, "certbot": CERTBOT}.items():
        path = Path("/usr/local/bin") / name
        path.write_text(text)
        path.chmod(0o755)
    threading.Thread(target=manager.listen, daemon=True).start()


def read_unit(name: str) -> dict[str, list[str]]:
    """{key: values} of a unit file. The rehearsal needs no sections."""
    unit = {}
    for line in (UNITS / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            unit.setdefault(key, []).append(value)
    return unit


class Manager:
    """Does for our units what systemd does: holds their sockets, and starts and stops their processes."""

    def __init__(self):
        self.sockets, self.processes, self.timers = {}, {}, set()
        LOGS.mkdir(parents=True, exist_ok=True)

    def listen(self) -> None:
        control = socket.socket(socket.AF_UNIX)
        control.bind(CONTROL_SOCKET)
        control.listen()
        while True:
            client, _ = control.accept()
            with client, client.makefile() as request:
                verb, *names = [part for part in request.read().split("\0") if not part.startswith("-")]
                try:
                    for name in names:
                        self.do(verb, name)
                except (OSError, subprocess.CalledProcessError, KeyError) as error:
                    with contextlib.suppress(OSError):
                        client.sendall(f"{verb} {names}: {error}\n".encode())

    def do(self, verb: str, name: str) -> None:
        if name == "systemd-journald":
            return
        if name.endswith(".timer"):
            read_unit(name)  # raises OSError if it is not there
            self.timers.add(name)
            return
        name = name if "." in name else f"{name}.service"
        if not (UNITS / name).exists() or (UNITS / name).is_symlink():  # a service of a package has its own script
            subprocess.run([f"/etc/init.d/{name.removesuffix('.service')}", verb], check=True, capture_output=True)
            return
        if verb in ("stop", "restart"):
            self.stop(name)
        if verb in ("start", "restart", "enable"):
            self.start(name)

    def fire(self, timer: str) -> None:
        """As if its time had come. Raises KeyError if it was not enabled, CalledProcessError if its service fails."""
        if timer not in self.timers:
            raise KeyError(f"{timer} was not enabled")
        self.start(timer.replace(".timer", ".service"))

    def start(self, name: str) -> None:
        if name in self.sockets or (name in self.processes and self.processes[name].poll() is None):
            return
        unit = read_unit(name)
        if name.endswith(".socket"):
            self.sockets[name] = open_sockets(unit)
            return
        for required in unit.get("Requires", []):
            self.start(required)
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        for file in unit["EnvironmentFile"]:
            lines = Path(file).read_text().splitlines()
            environment |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        if "LoadCredential" in unit:
            environment["CREDENTIALS_DIRECTORY"] = str(hand_over_files(name, unit))
        held = self.sockets.get(name.replace(".service", ".socket"), [])
        user = pwd.getpwnam(unit["User"][0])
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "umask": int(unit["UMask"][0], 8)}
        # The part of the hardening that works without systemd.
        command = ["setpriv", "--no-new-privs", "--", *shlex.split(unit["ExecStart"][0])]
        if held:  # the shell knows its process id, which systemd would set
            command = ["sh", "-c", f'LISTEN_PID=$$ LISTEN_FDS={len(held)} exec "$@"', "sh", *command]
        with (LOGS / name).open("a") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=os.path.realpath(unit["WorkingDirectory"][0]),
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=range(FIRST_FD, FIRST_FD + len(held)),
                preexec_fn=lambda: hand_over(held),
                **options,
            )
        if unit["Type"] == ["oneshot"]:
            process = self.processes.pop(name)
            if process.wait():
                raise subprocess.CalledProcessError(process.returncode, name)

    def stop(self, name: str) -> None:
        if name in self.sockets:
            for held in self.sockets.pop(name):
                held.close()
        process = self.processes.pop(name, None)
        if process is None or process.poll() is not None:
            return
        process.terminate()  # as with KillMode=mixed: the main process first, the rest after the timeout
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(int(read_unit(name)["TimeoutStopSec"][0]))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop_all(self) -> None:
        for name in [*self.processes, *self.sockets]:
            self.stop(name)
        for package in ("nginx", "pgbouncer", "postgresql"):
            subprocess.run([f"/etc/init.d/{package}", "stop"], capture_output=True)

    def latest_logs(self) -> str:
        return "\n".join(f"== {log.name}\n{_worst_of(log.read_text())}" for log in LOGS.iterdir())


def _worst_of(log: str) -> str:
    """The last errors, and the end."""
    errors = [line for line in log.splitlines() if '"ERROR"' in line or '"status": 5' in line]
    return "\n".join([*errors[-6:], log[-1500:]])


def hand_over_files(name: str, unit) -> Path:
    """A folder with copies of the files of LoadCredential=, which the user of the unit may read."""
    user, folder = pwd.getpwnam(unit["User"][0]), Path("/run/credentials") / name
    folder.mkdir(parents=True, exist_ok=True)
    for stated in unit["LoadCredential"]:
        known_as, _, path = stated.partition(":")
        copy = folder / known_as
        copy.write_bytes(Path(path).read_bytes())
        copy.chmod(0o400)
        os.chown(copy, user.pw_uid, user.pw_gid)
    return folder


def open_sockets(unit) -> list[socket.socket]:
    """The sockets of a .socket unit, in its order: paths, and addresses with a port."""
    held = []
    for address in unit["ListenStream"]:
        if address.startswith("/"):
            held.append(open_unix_socket(Path(address), unit))
        else:
            host, port = address.rsplit(":", 1)
            held.append(socket.create_server((host, int(port)), backlog=int(unit["Backlog"][0])))
    return held


def open_unix_socket(path: Path, unit) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    held = socket.socket(socket.AF_UNIX)
    held.bind(str(path))
    held.listen(int(unit["Backlog"][0]))
    owner = pwd.getpwnam(unit["SocketUser"][0])
    os.chown(path, owner.pw_uid, owner.pw_gid)
    path.chmod(int(unit["SocketMode"][0], 8))
    return held


def hand_over(held: list[socket.socket]) -> None:
    """In the new process, give the sockets the numbers that systemd would give them."""
    copies = [
        fcntl.fcntl(each.fileno(), fcntl.F_DUPFD, 100) for each in held
    ]  # above all numbers that are assigned below
    for number, copy in enumerate(copies, FIRST_FD):
        os.dup2(copy, number)
