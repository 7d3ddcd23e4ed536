"""Every setting is documented twice, on a page and in the file to copy, and every documented setting exists."""

import itertools
import re

from django.conf import settings

READS = re.compile(r"""\benv\.\w+\(\s*"(\w+)"|environ\.get\(\s*"(\w+)"|environ\["(\w+)"\]""")
# Set by the site's own programs for each other; used only by `make run`.
INTERNAL, OF_MAKE_RUN = {"WAYPOST_ADMIN_LOGIN", "PROMETHEUS_MULTIPROC_DIR"}, {"PORT", "DATA"}


def read_by_the_site() -> set[str]:
    names = set()
    for module in ("settings.py", "secret_files.py", "gunicorn.py"):
        text = (settings.BASE_DIR / "config" / module).read_text()
        names |= {next(filter(None, found)) for found in READS.findall(text)}
    return names - INTERNAL


def test_this_test_finds_the_settings():
    assert {"DATABASE_URL", "SECRET_KEY", "WEB_WORKERS", "EMAIL_URL"} <= read_by_the_site()


def test_the_example_explains_exactly_the_settings():
    lines = (settings.BASE_DIR / "deploy" / "environment.example").read_text().splitlines()
    stated = [match[1] for line in lines if (match := re.match(r"#?([A-Z][A-Z0-9_]+)=", line))]
    assert sorted(stated) == sorted(read_by_the_site())
    for above, line in itertools.pairwise(lines):  # each has a comment, alone or with the one before it
        if re.match(r"#?[A-Z][A-Z0-9_]+=", line):
            assert above.startswith("#") or "=" in above, line


def named_in_the_table_of(page: str) -> list[str]:
    text = (settings.BASE_DIR / page).read_text()
    rows = [row.split("|")[1] for row in text.splitlines() if re.match(r"\| `[A-Z]", row)]
    return [name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)]


def test_the_page_of_settings_explains_exactly_the_settings():
    assert sorted(named_in_the_table_of("docs/settings.md")) == sorted(read_by_the_site() | OF_MAKE_RUN)


def test_the_readme_names_only_settings_that_exist():
    assert set(named_in_the_table_of("README.md")) <= read_by_the_site()
