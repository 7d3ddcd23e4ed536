"""Whatever the documentation names is there: files and folders, make targets, links, modules and commands."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.utils.text import slugify

ROOT = settings.BASE_DIR
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")} - {"var"}
SUFFIXES = [
    "py",
    "sh",
    "md",
    "csv",
    "yml",
    "yaml",
    "toml",
    "ini",
    "conf",
    "cfg",
    "sql",
    "html",
    "css",
    "js",
    "json",
    "service",
    "socket",
    "timer",
    "example",
    "txt",
    "in",
]
MADE_BY_COMMANDS = ("var/", ".venv/", "deploy/environment", "deploy/.env")
# Not after a character of an address, of an absolute path or of a variable.
PATH = re.compile(r"(?<![\\\w/.:~$…-])([\w.-]*\w/(?:[\w.*-]+/)*(?:[\w.*-]*[\w*])?)(?![\\^])")


def code_of(text: str) -> list[str]:
    """The lines of blocks of code, and what the text quotes as code."""
    code, in_block = [], False
    for line in text.splitlines():
        if line.startswith("```"):
            in_block = not in_block
        else:
            code += [line] if in_block else re.findall(r"`([^`]+)`", line)
    return code


def is_path(name: str) -> bool:
    """Whether code names a file or folder of the checkout, by its first folder, its suffix or a slash at its end."""
    if re.search(r"(^|/)[A-Z]{3,}(/|$)", name):  # stands for a name
        return False
    known = name.split("/")[0] in FOLDERS or name.endswith("/") or name.rpartition(".")[2] in SUFFIXES
    return known and name not in MADE_BY_COMMANDS and not name.startswith(MADE_BY_COMMANDS[:2])


def missing_paths(text: str, folder: Path) -> list[str]:
    """Those that are neither in the checkout, nor in a folder at its top, nor in `folder`."""
    starts = [ROOT, folder, *(ROOT / name for name in sorted(FOLDERS))]
    names = filter(is_path, PATH.findall("\n".join(code_of(text))))
    return [name for name in names if not any(match for start in starts for match in start.glob(name.rstrip("/")))]


def targets() -> set[str]:
    """The targets of the Makefile; those of a pattern are the modules of its folder that can be run."""
    explicit = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for prefix, folder in (("bench", "tests/bench"), ("drill", "deploy/drills")):
        programs = [path for path in (ROOT / folder).glob("*.py") if "__main__" in path.read_text()]
        explicit |= {f"{prefix}-{path.stem.replace('_', '-')}" for path in programs}
    return explicit


def missing_targets(text: str) -> list[str]:
    named = re.findall(r"\bmake ([a-z][a-z0-9-]*[a-z0-9])", "\n".join(code_of(text)))
    return sorted(set(named) - targets())


def anchors(page: Path) -> set[str]:
    return {slugify(title) for title in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)}


def broken_links(text: str, page: Path) -> list[str]:
    """Relative links that lead to no file, or to no heading of it."""
    broken = []
    for link in re.findall(r"\]\((?!\w+:)([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


def missing_modules(text: str) -> list[str]:
    """Of those that are run with `-m`."""
    names = re.findall(r"-m ([a-z_]+(?:\.[a-z_0-9]+)+)", "\n".join(code_of(text)))
    return [name for name in names if not (ROOT / f"{name.replace('.', '/')}.py").exists()]


def missing_commands(text: str) -> list[str]:
    """Of manage.py, or of the command `waypost` that calls it on a server."""
    named = re.findall(r"(?:manage\.py|^(?:[A-Z]+=\S+ )?waypost) ([a-z_]+)", "\n".join(code_of(text)), re.MULTILINE)
    return sorted(set(named) - set(get_commands()))


def test_what_is_not_there_is_found(tmp_path):
    text = """
`clinics/no_such.py`, `clinics/`: `search/`, `no_such_folder/`, `clinics/search/facets.py`, `tests/bench/*.py`
`make no-such`, `make bench-no-such`, `make bench-search`, `/etc/no/such.conf`, `https://example.org/no/such.md`
[one](no-such.md) [two](https://example.org/) [three](#no-such) [four](#there)
`python -m deploy.no_such`, `manage.py no_such`, `manage.py doctor`
## There
"""
    page = tmp_path / "page.md"
    page.write_text(text)
    assert missing_paths(text, tmp_path) == ["clinics/no_such.py", "no_such_folder/"]
    assert missing_targets(text) == ["bench-no-such", "no-such"]
    assert broken_links(text, page) == ["no-such.md", "#no-such"]
    assert missing_modules(text) == ["deploy.no_such"]
    assert missing_commands(text) == ["no_such"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_what_is_there(page):
    text = page.read_text()
    assert missing_paths(text, page.parent) == []
    assert missing_targets(text) == []
    assert broken_links(text, page) == []
    assert missing_modules(text) == []
    assert missing_commands(text) == []


def test_the_runbook_says_of_each_alert_what_it_means_what_to_do_and_when_to_do_nothing():
    """Its name and whether it wakes somebody, as the file of the alerts says; and no cell is empty."""
    alerts = yaml.safe_load((ROOT / "deploy" / "monitoring" / "alerts.yml").read_text())["groups"][0]["rules"]
    section = (
        (ROOT / "docs" / "operations.md").read_text().partition("\n## When an alert comes\n")[2].partition("\n## ")[0]
    )
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:3] == "| `"
    ]
    assert [row[0] for row in rows] == [f"`{alert['alert']}` ({alert['labels']['severity']})" for alert in alerts]
    for row in rows:
        assert len(row) == 5, row[0]
        assert all(len(cell) > 10 for cell in row), row[0]
