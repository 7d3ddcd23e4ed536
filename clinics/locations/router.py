"""The router: another program, in an environment of its own (deploy/roads/route.py), asked line by line.

Nothing leaves this machine: it reads the extract that an operator put here, and answers on its standard output.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from clinics.geo import Coordinates
from clinics.locations.extracts import BrokenExtract, day_of

ROUTER = settings.BASE_DIR / "deploy" / "roads" / "route.py"
SUFFIX = ".pbf"


class RoadsUnavailable(Exception):  # noqa: N818 - what happened, not a fault of ours
    """There are no minutes to be had. The message is a sentence that says what to do."""


class Question(NamedTuple):
    start: Coordinates
    ends: list[Coordinates]


class Answer(NamedTuple):
    has_road: bool  # near the start
    drives: list  # to each end, [seconds, miles], or None where no road leads


@dataclass
class RoadMap:
    """The roads of an extract as the router reads them: made once for each extract, and kept until the next."""

    extract: Path
    as_of: str = field(init=False)
    folder: Path = field(init=False)

    def __post_init__(self):
        if self.extract.suffix != SUFFIX:  # by which the router tells what it is
            raise RoadsUnavailable(f"{self.extract} is no OpenStreetMap extract: its name must end in {SUFFIX}.")
        try:
            self.as_of = day_of(self.extract)
        except BrokenExtract as error:
            raise RoadsUnavailable(str(error)) from error
        written = self.extract.stat()
        name = f"{self.extract.resolve()} {written.st_size} {written.st_mtime_ns}"
        self.folder = settings.VAR_DIR / "roads" / hashlib.sha256(name.encode()).hexdigest()[:16]

    @property
    def is_made(self) -> bool:
        return self.folder.is_dir()

    def make(self) -> None:
        """In another folder first. Maps of other extracts are removed once this one is whole."""
        unfinished = self.folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        made = _run("build", self.extract, unfinished)
        if made.returncode:
            reason = _last_line(made.stderr)
            raise RoadsUnavailable(f"No map of roads can be made of {self.extract}: {reason}.")
        unfinished.rename(self.folder)
        for other in self.folder.parent.iterdir():
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)

    def ask(self, questions: list[Question]) -> Iterator[Answer]:
        """An answer to each, one after another."""
        with tempfile.TemporaryFile("w+") as lines, tempfile.TemporaryFile("w+") as complaints:
            lines.writelines(json.dumps(question._asdict()) + "\n" for question in questions)
            lines.seek(0)
            router = subprocess.Popen(  # noqa: S603 - see _command
                _command("drive", self.folder), stdin=lines, stdout=subprocess.PIPE, stderr=complaints, text=True
            )
            answered = 0
            try:
                for line in router.stdout or ():
                    answered += 1
                    yield Answer(**json.loads(line))
                if router.wait() or answered < len(questions):
                    complaints.seek(0)
                    raise RoadsUnavailable(f"The router stopped before it was done: {_last_line(complaints.read())}.")
            finally:
                router.kill()
                router.wait()
                if router.stdout:
                    router.stdout.close()


def check_environment() -> None:
    """Raises RoadsUnavailable if the router cannot be started."""
    how = "Make its environment with `make roads-environment`, or name another in ROADS_PYTHON (docs/roads.md)."
    try:
        is_there = _run("check").returncode == 0
    except OSError as error:
        raise RoadsUnavailable(f"There is no router at {settings.ROADS_PYTHON}. {how}") from error
    if not is_there:
        raise RoadsUnavailable(f"The Python at {settings.ROADS_PYTHON} has no router. {how}")


def _run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(_command(*arguments), capture_output=True, text=True, check=False)  # noqa: S603 - see _command


def _command(*arguments) -> list[str]:
    """Of the operator's own making: the program that a setting names, and files that a command was given."""
    return [settings.ROADS_PYTHON, str(ROUTER), *map(str, arguments)]


def _last_line(text: str) -> str:
    lines = text.strip().splitlines() or ["it did not say why"]
    return lines[-1].strip().rstrip(".")
