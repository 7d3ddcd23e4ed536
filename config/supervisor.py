"""Keeps what `make run` started alive: who dies is started again, and who keeps dying ends all of it."""

import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import psutil
from django.core.exceptions import ImproperlyConfigured

from config import embedded_postgres

LOOK_EVERY_SECONDS = 0.5
MOST_STARTS, WITHIN_SECONDS = 5, 60  # again, of one of them


class Part(Protocol):
    """What runs beside the others. `start` may raise ImproperlyConfigured with the reason why it cannot."""

    name: str

    def start(self) -> None: ...
    def is_alive(self) -> bool: ...


class Program:
    """A command and the processes that it starts, which are a session and a process group of their own."""

    def __init__(self, name: str, command: list[str], stop_seconds: float, **environment: str):
        self.name, self.command, self.stop_seconds = name, command, stop_seconds
        self.environment = os.environ | environment
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self._end()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            self.command,
            env=self.environment,
            start_new_session=True,  # Ctrl-C reaches `make run` alone, which then stops it
        )

    def is_alive(self) -> bool:
        """Without waiting for it: until then nobody else gets its number, so its group can be signalled."""
        return self.process is not None and psutil.Process(self.process.pid).status() != psutil.STATUS_ZOMBIE

    def stop(self) -> None:
        """Ask it to end, and end what is left of it after `stop_seconds`."""
        if self.process and self.is_alive():
            os.kill(self.process.pid, signal.SIGTERM)
            deadline = time.monotonic() + self.stop_seconds
            while self.is_alive() and time.monotonic() < deadline:
                time.sleep(0.05)
        self._end()

    def _end(self) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):  # a zombie alone is left of it
            os.killpg(self.process.pid, signal.SIGKILL)  # its workers too, which may outlive it
        self.process.wait()
        self.process = None


class PrivateDatabase:
    """Nobody's child: the first process that needs it starts it, and the last that ends stops it.

    One that a program has started in place of a dead one counts as a dead one too, so that its end is told.
    """

    name = "The database"

    def __init__(self, data_directory: Path, database: str):
        self.data_directory, self.database = data_directory, database
        self.number = embedded_postgres.server_number(data_directory)

    def start(self) -> None:
        embedded_postgres.start(self.data_directory, self.database)
        self.number = embedded_postgres.server_number(self.data_directory)

    def is_alive(self) -> bool:
        return self.number is not None and embedded_postgres.server_number(self.data_directory) == self.number


def keep_alive(parts: Sequence[Part], is_stopping: Callable[[], bool]) -> str:
    """Start again, in their order, those that have died, until `is_stopping`.

    Returns "" then, or earlier the sentence that names the part that keeps dying.
    """
    starts: dict[str, deque[float]] = {part.name: deque(maxlen=MOST_STARTS) for part in parts}
    while not is_stopping():
        for part in parts:
            if part.is_alive():
                continue
            latest = starts[part.name]
            if len(latest) == MOST_STARTS and time.monotonic() - latest[0] < WITHIN_SECONDS:
                return f"{part.name} keeps ending: {MOST_STARTS} starts within a minute did not help. All is stopped."
            latest.append(time.monotonic())
            print(f"{part.name} ended; it is started again.")
            try:
                part.start()
            except ImproperlyConfigured as error:
                print(error)
        time.sleep(LOOK_EVERY_SECONDS)
    return ""
