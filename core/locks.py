"""Advisory locks of the database: they exclude other processes, and end with the connection of one that dies.

A lock is named by a number that nothing else in this database uses, or by such a number and one of its rows. The
single numbers and the pairs are two separate spaces.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, InterfaceError, connection

POLL_SECONDS = 0.2


@contextmanager
def advisory_lock(number: int, row: int | None = None, *, wait_seconds: float = 0) -> Iterator[bool]:
    """Hold the lock until the block ends, across transactions; yields False if another session has it.

    Waits up to `wait_seconds`: the server needs a moment to notice that a killed process is gone.
    """
    key = [number] if row is None else [number, row]
    places = ", ".join(["%s"] * len(key))
    is_held = _try(f"SELECT pg_try_advisory_lock({places})", key, wait_seconds)
    try:
        yield is_held
    finally:
        if is_held:
            with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:  # if lost, it is unlocked
                cursor.execute(f"SELECT pg_advisory_unlock({places})", key)


def transaction_lock(number: int, name: str | None = None) -> None:
    """Wait for the lock and hold it until the transaction ends; `name` is a text that identifies a row."""
    with connection.cursor() as cursor:
        if name is None:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
        else:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [number, name])


def is_locked(number: int, row: int) -> bool:
    """Whether any session holds the lock of this row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE d.datname = current_database() AND locktype = 'advisory' AND classid = %s AND objid = %s"
            " AND objsubid = 2)",
            [number, row],
        )
        return cursor.fetchone() == (True,)


def _try(statement: str, key: list[int], wait_seconds: float) -> bool:
    until = time.monotonic() + wait_seconds
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, key)
            if cursor.fetchone() == (True,):
                return True
        if time.monotonic() >= until:
            return False
        time.sleep(POLL_SECONDS)
