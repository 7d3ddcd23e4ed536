"""Finds Chromium on PATH, or installs it. `make test` runs this first, so that no test waits for it."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

# The first is Chromium without the windows that nobody looks at: the same pages in three quarters of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OF_DEBIAN = ("chromium-headless-shell", "chromium")  # relatives of it may have the second alone
INSTALL_SECONDS = 900


class NoBrowser(Exception):  # noqa: N818 - what happened; the sentence says what to do
    """No Chromium could be found or installed."""


def find_chromium() -> str:
    """The path of a Chromium that starts: one on PATH, else the one of Playwright. Raises NoBrowser.

    Playwright must not be running in this thread.
    """
    on_path = filter(None, map(shutil.which, NAMES))
    found = next(filter(_starts, on_path), None) or _of_playwright()
    if not found:
        raise NoBrowser("No Chromium starts here and none could be installed: put one on PATH, such as Debian's.")
    return found


def _starts(path: str) -> bool:
    """Whether the program is a browser; on some systems a program of that name only says how to install it."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _of_playwright() -> str | None:
    """The Chromium that Playwright downloaded earlier."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and _starts(path) else None


def install() -> str:
    """Install Chromium, from Debian if we are root, else from Playwright. Returns its path; raises NoBrowser."""
    print("Installing Chromium for the browser tests (first time: about a minute)", flush=True)
    if shutil.which("apt-get") and os.geteuid() == 0:
        _run("apt-get", "update", "-qq")
        for package in OF_DEBIAN:
            _run("apt-get", "install", "-y", "-qq", package)
            with contextlib.suppress(NoBrowser):  # Debian could not be reached, or has no such package
                return find_chromium()
    _run(sys.executable, "-m", "playwright", "install", "chromium")
    return find_chromium()


def _run(*command: str) -> None:
    """Run a command without output; the caller looks for the browser again."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, env=environment, capture_output=True, timeout=INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return


def main() -> None:
    try:
        find_chromium()
    except NoBrowser:
        try:
            install()
        except NoBrowser as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
