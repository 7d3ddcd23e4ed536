"""A wrong setting or a full disk ends a command in one sentence; a defect keeps its traceback."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import OperationalError, ProgrammingError

from config import sentences
from config.sentences import sentence_of

pytestmark = pytest.mark.slow


def manage(*words, stdout=subprocess.DEVNULL, **environment) -> tuple[int, list[str]]:
    """The exit code, and the lines of the errors."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "SECRET_KEY": "test"} | environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )
    return done.returncode, done.stderr.splitlines()


def test_a_wrong_setting_is_one_sentence_of_any_command():
    assert manage("backup", MAP_TILE_URL="tiles") == (
        1,
        ["MAP_TILE_URL is no address of tiles: it needs https://, a host, {z}, {x} and {y}."],
    )


def test_a_full_disk_is_one_sentence_of_any_command():
    with open("/dev/full", "w") as full:
        code, lines = manage("diffsettings", stdout=full, PYTHONUNBUFFERED="1")
    assert code == 1
    [sentence] = lines
    assert sentence.startswith("The disk is full")
    assert "half done" not in sentence, "a file of collectstatic may be cut off"


def test_a_full_disk_of_the_database_is_known_from_its_words():
    error = OperationalError('could not extend file "base/5/2619": No space left on device\nHINT: Check free space.')
    assert sentence_of(error).startswith('The disk is full: could not extend file "base/5/2619"')
    assert "HINT" not in sentence_of(error)


def test_a_private_database_that_ended_where_the_disk_is_full_is_known_by_the_room_that_is_left(
    settings, tmp_path, monkeypatch
):
    error = OperationalError("server closed the connection unexpectedly")
    settings.HAS_OWN_DATABASE, settings.VAR_DIR = False, tmp_path
    assert sentence_of(error) == ""
    monkeypatch.setattr(sentences, "LEAST_FREE_BYTES", 2**62)
    assert sentence_of(error).startswith("The disk is full")
    settings.HAS_OWN_DATABASE = True
    assert sentence_of(error) == "", "it is on another disk"


@pytest.mark.parametrize("error", [ValueError("No room"), OSError(2, "No such file"), ProgrammingError("no column")])
def test_a_defect_has_no_sentence(error):
    assert sentence_of(error) == ""
