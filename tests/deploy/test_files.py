"""The files of deploy/ that no test runs: units, containers, scripts, and the page that explains them."""

import re
import shutil
import subprocess
import sys

import pytest
import yaml
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


def test_a_unit_waits_longer_for_the_web_server_than_that_for_a_request():
    text = (DEPLOY / "systemd" / "waypost-web.service").read_text()
    [timeout] = re.findall(r"graceful_timeout = (\d+)", (settings.BASE_DIR / "config" / "gunicorn.py").read_text())
    assert int(re.findall(r"TimeoutStopSec=(\d+)", text)[0]) > int(timeout)


def test_the_containers_depend_on_each_other_and_open_no_port_to_the_network():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    documented = (DEPLOY / "environment.example").read_text()
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        for variable in service.get("environment", {}):
            assert variable.startswith("POSTGRES_") or re.search(rf"^#?{variable}=", documented, re.MULTILINE), (
                variable
            )


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


@pytest.mark.parametrize("script", ["release.sh", "passwords.sh"])
def test_a_script_has_no_syntax_error(script):
    assert subprocess.run(["sh", "-n", str(DEPLOY / script)]).returncode == 0
