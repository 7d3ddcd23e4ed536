"""Each drill starts with the environment that `make` gives it: it has no settings of the site of its own."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

FOLDER = settings.BASE_DIR / "deploy" / "drills"
RUN_BY_A_DRILL = {"rows_of_a147d2c"}  # in an old checkout, with its settings
ALONE = {"rehearse"}  # with its folder on the path, as a file
PROGRAMS = sorted(
    path.stem for path in FOLDER.glob("*.py") if re.search(r"^if __name__", path.read_text(), re.MULTILINE)
)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in RUN_BY_A_DRILL | ALONE])
def test_a_drill_finds_what_it_imports(name):
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-c", f"import deploy.drills.{name}"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_exceptions_are_drills():
    assert set(PROGRAMS) >= RUN_BY_A_DRILL | ALONE
