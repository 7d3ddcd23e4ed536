"""Packages of Debian that drills and tests need, installed while nobody else installs: apt refuses a second one."""

import fcntl
import os
import subprocess
import tempfile
from pathlib import Path

LOCK = Path(tempfile.gettempdir()) / "waypost-packages.lock"


def install(package: str) -> None:
    """Install it, as root, without recommendations. Raises CalledProcessError."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
            subprocess.run(["apt-get", *command], check=True, env=quiet, stdout=subprocess.DEVNULL)
