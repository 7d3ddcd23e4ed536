"""A machine without a browser gets one, or says so in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("find_chromium.py")


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """bare_machine(program=body, ...) -> the script's end on a PATH of these shell scripts and little else."""
    programs = tmp_path / "bin"
    programs.mkdir()

    def run(**bodies):
        for name, body in bodies.items():
            program = programs / name.replace("_", "-")
            program.write_text(f"#!/bin/sh\n{body}\n")
            program.chmod(0o755)
        environment = {
            "PATH": str(programs),
            "HOME": str(tmp_path),
            "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "browsers"),
            "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9",  # nothing answers there
        }
        return subprocess.run(
            [sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, timeout=120
        )

    run.programs = programs
    return run


def test_a_browser_on_path_is_found_without_output(bare_machine):
    done = bare_machine(google_chrome="exit 0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_program_of_that_name_that_is_no_browser_is_skipped(bare_machine):
    done = bare_machine(chromium="exit 1", google_chrome_stable="exit 0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_a_browser_and_without_a_network_it_says_so_in_one_sentence(bare_machine):
    done = bare_machine(apt_get="echo no network >&2; exit 100")
    assert done.returncode == 1
    assert done.stderr.startswith("No Chromium starts here")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install")
@pytest.mark.parametrize(
    ("packages", "asked_for"),
    [
        ("chromium-headless-shell|chromium", ["chromium-headless-shell"]),
        ("chromium", ["chromium-headless-shell", "chromium"]),
    ],
    ids=["Debian", "a relative of it"],
)
def test_a_browser_is_installed_from_debian(bare_machine, packages, asked_for):
    # Replaces the package manager of this machine: what it installs appears on PATH.
    asked = bare_machine.programs / "asked"
    done = bare_machine(
        apt_get=f"""
            echo "$@" >> {asked}
            case "$4" in {packages})
                echo '#!/bin/sh' > {bare_machine.programs}/$4
                /bin/chmod +x {bare_machine.programs}/$4
            esac
        """
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert asked.read_text().splitlines() == ["update -qq", *(f"install -y -qq {name}" for name in asked_for)]
