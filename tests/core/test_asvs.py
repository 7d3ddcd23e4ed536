"""docs/asvs.csv answers every requirement of OWASP ASVS 5.0 at the levels 1 and 2, and the tests it names exist."""

import csv
import re

from django.conf import settings

TABLE = settings.BASE_DIR / "docs" / "asvs.csv"
# The levels of the requirements of each section in their order, from the standard's own table of version 5.0.0.
LEVELS = """
1.1 22 1.2 1111122223 1.3 112222222223 1.4 222 1.5 123 2.1 122 2.2 112 2.3 12223 2.4 23 3.1 3 3.2 113 3.3 12223
3.4 11222233 3.5 11122333 3.6 3 3.7 22333 4.1 12233 4.2 23333 4.3 22 4.4 1222 5.1 2 5.2 112333 5.3 113 5.4 222
6.1 122 6.2 111111112222 6.3 11223333 6.4 112233 6.5 22222333 6.6 2223 6.7 33 6.8 2222 7.1 222 7.2 1111 7.3 22
7.4 11222 7.5 223 7.6 22 8.1 1233 8.2 1123 8.3 133 8.4 23 9.1 111 9.2 1222 10.1 22 10.2 223 10.3 22223
10.4 1111122222233333 10.5 22222 10.6 22 10.7 222 11.1 2233 11.2 22233 11.3 11233 11.4 1222 11.5 23 11.6 23 11.7 33
12.1 12233 12.2 11 12.3 22223 13.1 2333 13.2 222223 13.3 2233 13.4 1222233 14.1 22 14.2 12223333 14.3 122
15.1 12233 15.2 12233 15.3 1222222 15.4 3333 16.1 2 16.2 22222 16.3 2222 16.4 222 16.5 2223 17.1 23 17.2 22223333
17.3 22
"""
EXCEPTIONS = "Argued exceptions"  # a section of docs/security.md
ANSWERS = {"test", "document", "not applicable"}


def required() -> list[tuple[str, str]]:
    sections = zip(LEVELS.split()[::2], LEVELS.split()[1::2], strict=True)
    every = [(f"V{name}.{n}", level) for name, levels in sections for n, level in enumerate(levels, 1)]
    assert len(every) == 345
    return [(name, level) for name, level in every if level in "12"]


def rows() -> list[dict]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_requirement_of_both_levels_is_answered_once():
    assert [(row["requirement"], row["level"]) for row in rows()] == required()
    assert len(rows()) == 70 + 183
    assert all(row["answer"] in ANSWERS and row["where"] and row["about"] for row in rows())


def test_every_named_test_exists():
    source = "\n".join(path.read_text() for path in (settings.BASE_DIR / "tests").rglob("test_*.py"))
    known = set(re.findall(r"^def (test_\w+)\(", source, re.M))
    named = {row["where"] for row in rows() if row["answer"] == "test"}
    assert named - known == set()


def test_every_named_part_of_the_document_exists():
    document = (settings.BASE_DIR / "docs" / "security.md").read_text()
    headings = set(re.findall(r"^## (.+)$", document, re.M))
    named = {row["where"] for row in rows() if row["answer"] == "document"}
    assert named - headings == set()


def test_every_exception_is_argued_under_its_number():
    document = (settings.BASE_DIR / "docs" / "security.md").read_text()
    argued = document.partition(f"\n## {EXCEPTIONS}\n")[2]
    excepted = {row["requirement"] for row in rows() if row["where"] == EXCEPTIONS}
    assert excepted <= set(re.findall(r"^- \*\*(V[\d.]+), ", argued, re.M))
    assert len(excepted) == 5
