"""The files of deploy/ that no test runs: units, scripts, and the page that explains them."""

import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

DEPLOY = settings.BASE_DIR / "deploy"
SERVICES = sorted(DEPLOY.glob("systemd/*.service"))
PAGE = settings.BASE_DIR / "docs" / "operations.md"


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_unit_is_as_hardened_as_the_page_says(unit):
    assert shutil.which("systemd-analyze"), "install the package systemd, which scores units"
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    output = subprocess.run(command, capture_output=True, text=True).stdout
    [score] = re.findall(r"Overall exposure level for \S+: ([\d.]+)", output)
    assert float(score) < 2
    assert re.search(rf"`{unit.stem}`\s+{score}", PAGE.read_text())


def settings_of(unit) -> dict[str, str]:
    return dict(line.split("=", 1) for line in unit.read_text().splitlines() if re.match(r"\w+=", line))


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_unit_that_ends_is_started_again_however_often_and_one_that_is_done_by_its_timer(unit):
    stated = settings_of(unit)
    if stated["Type"] == "oneshot":
        assert "Persistent" in settings_of(unit.with_suffix(".timer")), "a run that was missed is made up for"
        return
    assert (stated["Restart"], stated["StartLimitIntervalSec"]) == ("always", "0")
    assert 1 <= int(stated["RestartSec"]) <= 10


def test_the_programs_of_debian_are_started_again_too():
    stated = settings_of(DEPLOY / "systemd" / "restart.conf")
    assert (stated["Restart"], stated["StartLimitIntervalSec"]) == ("on-failure", "0")
    [units] = re.findall(
        r"for unit in (.*); do\n  install .*/restart\.conf /etc/systemd/system/\$unit", PAGE.read_text()
    )
    assert units.split() == ["nginx", "pgbouncer", "postgresql@15-main"]


def test_a_unit_waits_longer_for_the_web_server_than_that_for_a_request():
    text = (DEPLOY / "systemd" / "waypost-web.service").read_text()
    [timeout] = re.findall(r"graceful_timeout = (\d+)", (settings.BASE_DIR / "config" / "gunicorn.py").read_text())
    assert int(re.findall(r"TimeoutStopSec=(\d+)", text)[0]) > int(timeout)


def test_the_rehearsal_finds_every_block_of_the_page():
    code = "import sys; sys.path.insert(0, 'deploy/drills'); import rehearse; from pathlib import Path\n"
    code += "print(*[block.name for block in rehearse.blocks_of(Path('docs/operations.md').read_text())])"
    run = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True)
    names = run.stdout.split()
    fences = re.findall(r"^```sh\b(.*)$", PAGE.read_text(), re.MULTILINE)
    by_hand = [fence for fence in fences if fence.split()[0] in ("answers", "by-hand")]
    assert len(names) == len(fences) - len(by_hand) == len(set(names))
    assert names[0] == "packages"
    assert {"upgrade", "switch", "rollback", "backup", "restore", "rotate-passwords", "rotate-key"} <= set(names)
    [order] = re.findall(r"^In this order: (.*?)\.$", PAGE.read_text(), re.MULTILINE)
    steps = re.findall(r"\*([\w-]+)\*", order)  # machine_lost.py reads them too
    assert set(steps) <= set(names)
    assert {"bring-settings", "bring-rows"} <= set(steps)


def test_the_page_enables_every_timer_and_none_is_without_its_service():
    [services] = re.findall(r"^```sh services\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    timers = sorted(DEPLOY.glob("systemd/*.timer"))
    assert len(timers) >= 3
    for timer in timers:
        assert timer.name in services.replace("\\\n", " ").split(), timer.name
        assert timer.with_suffix(".service").exists()


def test_backups_are_in_one_folder_for_the_timer_the_page_and_the_site():
    """The doctor and the alert look into BACKUP_DIR (core/backup_state.py)."""
    [folder] = re.findall(r"^BACKUP_DIR=(\S+)$", (DEPLOY / "environment.example").read_text(), re.MULTILINE)
    for unit in ("waypost-backup.service", "waypost-backup-check.service"):
        assert f"ReadWritePaths={folder}\n" in (DEPLOY / "systemd" / unit).read_text()
    page = PAGE.read_text()
    assert set(re.findall(r"/var/[\w/-]*backups[\w-]*(?:/waypost)?", page)) == {folder}
    assert f"install -d -m 700 -o waypost -g waypost {folder}\n" in page
    assert "pg_dump" not in page, "waypost backup is the one way"


def test_the_page_restores_the_last_backup_as_the_site_knows_it():
    """A dump from the future is not the last one, though its name is (core/backups.py)."""
    restores = re.findall(r"^waypost restore (\S+)", PAGE.read_text(), re.MULTILINE)
    assert restores == ["--last", "--last"]


def test_a_trial_of_a_restore_that_starts_with_a_backup_comes_after_it():
    unit = (DEPLOY / "systemd" / "waypost-backup-check.service").read_text()
    [after] = re.findall(r"^After=(.+)$", unit, re.MULTILINE)
    assert "waypost-backup.service" in after.split()


@pytest.mark.parametrize("script", ["release.sh", "passwords.sh"])
def test_a_script_has_no_syntax_error(script):
    assert subprocess.run(["sh", "-n", str(DEPLOY / script)]).returncode == 0
