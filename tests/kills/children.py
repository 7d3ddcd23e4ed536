"""Work that is killed at one of ten moments: SIGKILL before or after a statement, in a process of its own.

The processes are forks of this one, so that none has to start Django, and use the same database.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core import mail
from django.db import connection, connections

POINTS = 10
BEFORE_THE_ANSWER = -1
_kept: list = []  # connections of the parent: to close one here would end it there


@dataclass(frozen=True)
class Work:
    """One kind of work. Each function runs in a process of its own; what they return can be written as JSON.

    `prepare` makes the rows that `do` finds and returns what `do` is given. `do` calls its second argument at the
    moment when somebody was told that it is done. `again` is what happens after a death: the sender sends once more,
    unless they were told; the jobs continue. `state` is what must be as if nobody had died.
    """

    name: str
    prepare: Callable[[], Any]
    do: Callable[[Any, Callable[[], object]], object]
    again: Callable[[Any, bool], object]
    state: Callable[[], Any]


class Moments:
    """Counts the beginnings and the ends of statements, and dies at one of them."""

    def __init__(self, deadly: int | None):
        self.count, self.deadly = 0, deadly

    def die_at(self, moment: int) -> None:
        if moment == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def pass_one(self) -> None:
        self.die_at(self.count)
        self.count += 1

    def __call__(self, execute, sql, params, many, context):
        self.pass_one()
        result = execute(sql, params, many, context)
        self.pass_one()
        return result


def in_child(function: Callable[[], Any]) -> Any:
    """What `function` returns, run in a fork with a connection of its own; None if it was killed."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            _kept.append(connections["default"])
            connections["default"] = connections.create_connection("default")
            mail.outbox = []
            text = json.dumps(["well", function()], default=str)
        except BaseException:
            text = json.dumps(["ill", traceback.format_exc()])
        with os.fdopen(writing, "w") as pipe:
            pipe.write(text)
        os._exit(0)  # nothing of the parent is closed or written twice
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    if not text:
        return None
    outcome, value = json.loads(text)
    if outcome == "ill":
        raise AssertionError(value)
    return value


def moments_of(count: int, points: int) -> list[int]:
    """Moments that are evenly spread over `count`; the last is when all is done and nobody was told."""
    return [count * (number + 1) // points for number in range(points - 1)] + [BEFORE_THE_ANSWER]


def undisturbed(work: Work) -> tuple[int, Any]:
    """How many moments the work has, and the state at its end. In this process, so that forks find all loaded."""
    given, moments = work.prepare(), Moments(None)
    with connection.execute_wrapper(moments):
        work.do(given, lambda: None)
    work.again(given, True)
    return moments.count, work.state()


def die(work: Work, moment: int) -> Any:
    """Prepare the work, kill it at this moment, and go on; the state at the end, which stays in the database."""
    given = in_child(work.prepare)
    told_reading, told_writing = os.pipe()

    def do() -> str:
        moments = Moments(moment)

        def told() -> None:
            moments.die_at(BEFORE_THE_ANSWER)
            os.write(told_writing, b"told")

        with connection.execute_wrapper(moments):
            work.do(given, told)
        return f"alive after {moments.count} moments"

    alive = in_child(do)
    assert alive is None, alive
    os.close(told_writing)
    with os.fdopen(told_reading) as pipe:
        was_told = bool(pipe.read())

    def go_on() -> Any:
        work.again(given, was_told)
        return work.state()

    return in_child(go_on)
