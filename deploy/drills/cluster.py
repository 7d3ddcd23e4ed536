"""`make drill-cluster`: three PostgreSQL nodes under Patroni, with etcd and HAProxy, on the loopback.

Needs the Debian packages postgresql-15, patroni, etcd-server and haproxy. Writes only to one temporary folder.
"""

import contextlib
import http.client
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from string import Template

import psutil

from core.postgres_programs import folder_of_programs
from deploy.drills.server import CHECKOUT, make_folder, server_account

HERE = CHECKOUT / "deploy" / "postgres"
HOST = "127.0.0.1"
PACKAGES = {"etcd": "etcd-server", "patroni": "patroni", "haproxy": "haproxy"}


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if not found:
        sys.exit(f"{name} is not on this machine. Install the package {PACKAGES[name]}.")
    return found


def free_ports(count: int) -> list[int]:
    """Different ports of the loopback on which nothing listens."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]


class Node:
    """One machine of the cluster: Patroni and the PostgreSQL that it manages."""

    def __init__(self, name: str, port: int, rest_port: int):
        self.name, self.port, self.rest_port, self.process = name, port, rest_port, None

    def is_(self, role: str) -> bool:
        """Whether Patroni says that this node has `role`: primary, replica or sync."""
        connection = http.client.HTTPConnection(HOST, self.rest_port, timeout=2)
        try:
            connection.request("OPTIONS", f"/{role}")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """Kill Patroni, PostgreSQL and all their processes at once, as a power cut would."""
        family = [self.process, *psutil.Process(self.process.pid).children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                process.kill()
        self.process.wait()


class Cluster:
    def __init__(self, folder: Path):
        self.folder, self.processes = make_folder(folder), []
        self.write_port, self.read_port, self.etcd_port, self.peer_port, *ports = free_ports(10)
        self.nodes = [Node(f"node{n + 1}", ports[2 * n], ports[2 * n + 1]) for n in range(3)]
        self.password = secrets.token_urlsafe(16)

    def start(self) -> "Cluster":
        """Start everything and wait until there are a primary and two replicas, one of them synchronous."""
        self._start_etcd()
        for node in self.nodes:
            self.start_node(node)
        self._start_haproxy()
        self.wait(lambda: self.primary and sum(node.is_("replica") for node in self.nodes) == 2, "second replica")
        self.wait(lambda: any(node.is_("sync") for node in self.nodes), "synchronous replica")
        return self

    def _start(self, name: str, *command) -> subprocess.Popen:
        log = (self.folder / f"{name}.log").open("a")
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder, **server_account())
        log.close()
        self.processes.append(process)
        return process

    def _start_etcd(self) -> None:
        client, peer = f"http://{HOST}:{self.etcd_port}", f"http://{HOST}:{self.peer_port}"
        options = {
            "data-dir": make_folder(self.folder / "etcd"),
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"default={peer}",
        }
        self._start("etcd", program("etcd"), *(f"--{name}={value}" for name, value in options.items()))

    def start_node(self, node: Node) -> None:
        values = {"NAME": node.name, "HOST": HOST, "PORT": node.port, "REST_PORT": node.rest_port}
        values |= {"ETCD": f"{HOST}:{self.etcd_port}", "NETWORK": f"{HOST}/32", "PASSWORD": self.password}
        values |= {"DATA": self.folder / node.name, "SOCKETS": self.folder, "PG_BIN": folder_of_programs(15, "initdb")}
        written = self._write(f"{node.name}.yml", HERE / "patroni.yml", values)
        node.process = self._start(node.name, program("patroni"), written)

    def _start_haproxy(self) -> None:
        servers = [f"    server {n.name} {HOST}:{n.port} check port {n.rest_port}" for n in self.nodes]
        values = {"HOST": HOST, "WRITE_PORT": self.write_port, "READ_PORT": self.read_port}
        values |= {"PRIMARIES": "\n".join(servers), "REPLICAS": "\n".join(servers)}
        written = self._write("haproxy.cfg", HERE / "haproxy.cfg", values)
        self._start("haproxy", program("haproxy"), "-db", "-f", written)

    def _write(self, name: str, template: Path, values: dict) -> Path:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(Template(template.read_text()).substitute(values))
        if user := server_account().get("user"):
            shutil.chown(path, user)
        return path

    @property
    def primary(self) -> Node | None:
        return next((node for node in self.nodes if node.is_("primary")), None)

    def wait(self, condition, what: str, timeout_seconds: float = 90) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not condition():
            if time.monotonic() > deadline:
                sys.exit(f"FAILED: no {what} within {timeout_seconds} s; see {self.folder}/*.log")
            time.sleep(0.2)

    def url(self, *, replicas: bool = False, database: str = "postgres") -> str:
        port = self.read_port if replicas else self.write_port
        return f"postgresql://postgres:{self.password}@{HOST}:{port}/{database}?connect_timeout=2"

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def running_cluster():
    """A cluster in a temporary folder. The folder is deleted afterwards, unless something failed."""
    folder = Path(tempfile.mkdtemp(prefix="cluster"))
    folder.chmod(0o711)
    cluster = Cluster(folder)
    try:
        yield cluster.start()
    finally:
        cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    with running_cluster() as started:
        print(
            f"DATABASE_URL={started.url()}\nREPLICA_URLS={started.url(replicas=True)}\nCtrl-C stops the cluster.",
            flush=True,
        )
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
