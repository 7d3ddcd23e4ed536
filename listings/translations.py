"""Texts of owners' pages that are data: the plans as they are shipped, which pages translate as variables.

A plan that editors name or describe in other words is shown as they wrote it, in every language.
"""

from collections.abc import Iterator
from pathlib import Path

from listings.management.commands import load_plans


def texts() -> Iterator[tuple[Path, str]]:
    """Each with the file that it stands in."""
    path = Path(load_plans.__file__)
    for plan in load_plans.SAMPLES:
        for text in (plan["name"], plan["summary"], *plan["features"].splitlines()):
            yield path, text
