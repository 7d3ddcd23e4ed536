"""Texts of the directory that pages translate as variables: the code book and the names of the states."""

import csv
from collections.abc import Iterator
from pathlib import Path

from clinics import states

CODE_BOOK = Path(__file__).parent / "data" / "services.csv"


def texts() -> Iterator[tuple[Path, str]]:
    """Each with the file that it stands in."""
    with CODE_BOOK.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for text in filter(None, (row["name"], row["explanation"])):
                yield CODE_BOOK, text
    for name in states.names_in("en").values():
        yield Path(states.__file__), name
