"""deploy/compose.yaml and deploy/Containerfile, without starting them: `make drill-containers` does that."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest
import yaml
from django.conf import settings

from deploy.drills.production import free_port

DEPLOY = settings.BASE_DIR / "deploy"
SERVICES = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
ROLES = {"tables": "owner", "web": "web", "jobs": "jobs"}


def as_text(value: object) -> str:
    return yaml.safe_dump(value)


def test_the_services_depend_on_each_other_and_open_no_port_to_the_network():
    documented = (DEPLOY / "environment.example").read_text()
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    for variable in {variable for name in ROLES for variable in SERVICES[name]["environment"]}:
        assert re.search(rf"^#?{variable}=", documented, re.MULTILINE), variable


def test_each_service_of_the_site_logs_in_as_its_role_and_knows_no_other_password():
    assert not re.search("superuser", (DEPLOY / "postgres" / "roles.sql").read_text().partition("\n\n")[2], re.I)
    for name, role in ROLES.items():
        assert SERVICES[name]["environment"]["DATABASE_URL"].startswith(f"postgresql://waypost_{role}:")
        assert set(re.findall(r"\$\{(\w+PASSWORD)", as_text(SERVICES[name]))) == {f"{role.upper()}_PASSWORD"}
    knowing = {name for name, service in SERVICES.items() if "SUPERUSER" in as_text(service)}
    assert knowing == {"database", "roles"}
    assert set(SERVICES) == knowing | set(ROLES)


def test_the_passwords_come_into_no_image_and_no_commit():
    for file in (".dockerignore", ".gitignore"):
        lines = {line.strip("/") for line in (settings.BASE_DIR / file).read_text().splitlines()}
        assert {"deploy/environment", "deploy/.env"} <= lines, file


def test_every_image_can_be_pinned_by_its_digest():
    for name, service in SERVICES.items():
        assert re.fullmatch(r"\$\{[A-Z]+_IMAGE:-\S+\}", service["image"]), name
    assert set(re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE)) == {"${PYTHON_IMAGE}"}
    [usual] = re.findall(r"^ARG PYTHON_IMAGE=(\S+)", CONTAINERFILE, re.MULTILINE)
    assert SERVICES["web"]["build"]["args"] == {"PYTHON_IMAGE": f"${{PYTHON_IMAGE:-{usual}}}"}


def test_the_tables_are_made_by_the_commands_of_the_page():
    page = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    [tables, switch] = re.findall(r"^```sh (?:tables|switch)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    before, restart, after = switch.partition("systemctl restart waypost-web waypost-jobs\n")
    wanted = set(re.findall(r"\bwaypost ([a-z_]+.*)", tables + before)) - {"check --deploy --fail-level WARNING"}
    [_sh, _c, script] = shlex.split(SERVICES["tables"]["command"])
    assert set(re.findall(r"python manage\.py ([^&]*[^& ])", script)) == wanted
    assert {"migrate --verbosity 0", "rederive_clinics", "load_zipcodes"} <= wanted
    late = re.findall(r"^waypost ([a-z_]+.*)", after, re.MULTILINE)
    assert late == ["encrypt_second_factors"]
    assert restart
    assert all(f"run --rm --no-deps tables python manage.py {command}" in page for command in late)


def is_healthy(port: int, **environment: str) -> subprocess.CompletedProcess:
    """The health check of the web server, run as the container does, on another port."""
    command = SERVICES["web"]["healthcheck"]["test"][1:]
    return subprocess.run(
        [sys.executable, *command[1:], str(port)],
        cwd=settings.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_the_health_check_answers_with_the_settings_of_the_example(production):
    hosts = production.site_environment("web")["ALLOWED_HOSTS"]
    run = is_healthy(production.inside_port, ALLOWED_HOSTS=hosts)
    assert (run.returncode, run.stderr) == (0, "")
    assert f"CMD {json.dumps(SERVICES['web']['healthcheck']['test'][1:])}" in CONTAINERFILE
    another = is_healthy(production.inside_port, ALLOWED_HOSTS="another.example.org")
    assert another.returncode == 1
    assert "answers 400 to another.example.org" in another.stderr


def test_the_health_check_says_that_nothing_answers():
    port = free_port()
    run = is_healthy(port)
    assert run.returncode == 1
    assert re.fullmatch(rf"No web server answers on port {port}: .*refused\n", run.stderr)


@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        ("a.example.org,b.example.org", "a.example.org"),
        (".example.org", "example.org"),
        ("*", "localhost"),
        ("", "localhost"),
    ],
)
def test_the_site_is_called_by_its_first_name(monkeypatch, hosts, name):
    from config.healthy import own_name

    monkeypatch.setenv("ALLOWED_HOSTS", hosts)
    assert own_name() == name
