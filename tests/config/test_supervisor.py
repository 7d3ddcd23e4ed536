"""Who dies is started again, and who keeps dying ends all of it in one sentence."""

import os
import signal
import sys
import time
from itertools import count

import psutil
import pytest
from django.core.exceptions import ImproperlyConfigured

from config import supervisor
from config.supervisor import MOST_STARTS, Program, keep_alive

# Starts a worker, names both in a file, and stays.
WITH_A_WORKER = """
import pathlib, subprocess, sys, time, os
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {worker.pid} ")
time.sleep(600)
"""
DEAF = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text("1 ")
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def look_often(monkeypatch):
    monkeypatch.setattr(supervisor, "LOOK_EVERY_SECONDS", 0.02)


@pytest.fixture
def program(tmp_path):
    """A program of some code, whose first argument is the file for its numbers."""
    made = []

    def make(code, stop_seconds=20):
        made.append(Program("The clock", [sys.executable, "-c", code, str(tmp_path / "numbers")], stop_seconds))
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.stop()


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def numbers(tmp_path) -> list[int]:
    file = tmp_path / "numbers"
    until(lambda: file.exists() and file.read_text().endswith(" "))
    return [int(word) for word in file.read_text().split()]


def is_over(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_who_is_killed_is_started_again_and_leaves_no_worker_behind(program, tmp_path, capsys):
    clock = program(WITH_A_WORKER)
    first, worker = numbers(tmp_path)
    os.kill(first, signal.SIGKILL)
    until(lambda: not clock.is_alive())
    (tmp_path / "numbers").unlink()
    assert keep_alive([clock], clock.is_alive) == ""
    assert capsys.readouterr().out == "The clock ended; it is started again.\n"
    until(lambda: is_over(worker))
    second, _worker = numbers(tmp_path)
    assert second != first


def test_who_keeps_dying_is_started_a_few_times_and_then_named(program, tmp_path, capsys):
    clock = program("import sys; open(sys.argv[1], 'a').write('1 ')")
    sentence = keep_alive([clock], lambda: False)
    assert sentence.startswith("The clock keeps ending")
    assert len(numbers(tmp_path)) == 1 + MOST_STARTS
    assert len(capsys.readouterr().out.splitlines()) == MOST_STARTS


def test_who_dies_seldom_is_started_again_for_ever(program, monkeypatch):
    clock, looks = program("pass"), count()
    monkeypatch.setattr(supervisor, "WITHIN_SECONDS", 0)
    assert keep_alive([clock], lambda: not clock.is_alive() and next(looks) > 2 * MOST_STARTS) == ""


def test_who_cannot_start_says_why_and_is_tried_again(capsys):
    class Database:
        name = "The database"
        tries = 0

        def start(self):
            self.tries += 1
            if self.tries < 3:
                raise ImproperlyConfigured("There is no room.")

        def is_alive(self):
            return self.tries == 3

    database = Database()
    assert keep_alive([database], database.is_alive) == ""
    assert capsys.readouterr().out.count("There is no room.\n") == 2


def test_who_does_not_end_when_asked_is_ended(program, tmp_path):
    clock = program(DEAF, stop_seconds=0.2)
    numbers(tmp_path)
    pid = clock.process.pid
    clock.stop()
    assert is_over(pid)
    assert not clock.is_alive()


def test_the_number_of_a_dead_program_is_nobody_elses_until_its_group_was_ended(program):
    clock = program("pass")
    until(lambda: not clock.is_alive())
    assert psutil.Process(clock.process.pid).status() == psutil.STATUS_ZOMBIE
    pid = clock.process.pid
    clock.stop()
    assert not psutil.pid_exists(pid)
