"""The browser of the tests: Chromium on PATH, else installed. `make test` runs this first, so no test waits for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowser(Exception):  # noqa: N818 - what happened; the sentence says what to do
    """No Chromium could be found or installed."""


def find_chromium() -> str:
    """The path of a Chromium that is installed. Raises NoBrowser."""
    found = next(filter(None, map(shutil.which, NAMES)), None) or _of_playwright()
    if not found:
        raise NoBrowser("No Chromium on PATH. Install it (on Debian: apt-get install chromium) and run again.")
    return found


def _of_playwright() -> str | None:
    """The Chromium that Playwright downloaded earlier."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Install a Chromium: from Debian when we may, else the one that Playwright offers."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium for the browser tests (first time: about a minute)", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    try:
        find_chromium()
    except NoBrowser:
        install()
        try:
            find_chromium()
        except NoBrowser as error:
            sys.exit(str(error))
