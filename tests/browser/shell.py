"""Python with the settings and the database of the running site: one process runs every piece of code of its tests."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

STOP_SECONDS = 30
# A process for each piece would load the whole site each time.
LOOP = """
import contextlib, io, json, sys, traceback
import django
django.setup()
from django.db import connections
for line in sys.stdin:
    code, data = json.loads(line)
    printed, problem = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, {"data": data, "json": json})
    except Exception:
        problem = traceback.format_exc()
    connections.close_all()  # the database is deleted after the tests
    print(json.dumps([printed.getvalue(), problem]), flush=True)
"""


class Shell:
    def __init__(self, environment: dict[str, str]):
        self.environment = environment
        self.process: subprocess.Popen | None = None

    def run(self, code: str, data) -> str:
        """Run `code`, which knows `data` and `json`. Returns what it printed; AssertionError has the traceback."""
        if self.process is None:
            options = {"cwd": settings.BASE_DIR, "env": self.environment, "text": True}
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self.process = subprocess.Popen([sys.executable, "-c", LOOP], **pipes, **options)
        self.process.stdin.write(json.dumps([code, data]) + "\n")
        self.process.stdin.flush()
        printed, problem = json.loads(self.process.stdout.readline())
        assert not problem, problem
        return printed


@contextmanager
def shell(environment: dict[str, str]) -> Iterator[Shell]:
    """A shell whose process begins with the first piece of code, and ends here."""
    made = Shell(environment)
    try:
        yield made
    finally:
        if made.process is not None:
            made.process.communicate(timeout=STOP_SECONDS)  # without a next line it ends
