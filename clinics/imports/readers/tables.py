"""Tables of any file format: headings as printed, and rows that can be read again and again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clinics.imports.rows import EMPTY_ROW, Rejection, rejection

from .errors import UnreadableFile

CELL_CHARACTERS = 100_000  # the longest real cell has 4,730


class Cells(dict[str, Any]):
    """The cells of a row by folded heading; a column that the file does not have reads as "".

    A cell is a text; only the services in an answer of FindTreatment.gov are a list.
    """

    def __missing__(self, heading: str) -> str:
        return ""


TableRow = tuple[int, Cells] | Rejection  # the number of its line, and its cells


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a file. `rows` opens the file anew each time and holds one row at a time in memory."""

    headings: tuple[str, ...]  # as printed
    rows: Callable[[], Iterator[TableRow]]
    total_rows: int | None  # an estimate: a row may span lines
    created_year: str = ""  # as the workbook states it
    encoding: str = ""


def fold(heading: str) -> str:
    """A heading as the layouts name it: single blanks, lower case."""
    return " ".join(heading.split()).casefold()


def keyed(line: int, keys: Sequence[str], cells: list[str]) -> TableRow:
    """The row in `line` by folded heading, or a rejection if it has not as many cells as there are headings."""
    if not any(map(str.strip, cells)):
        return Rejection(line, EMPTY_ROW, "")
    if len(cells) != len(keys):
        count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        return rejection(line, f"has {count} instead of {len(keys)}", cells)
    refuse_huge_cells(line, cells)
    return line, Cells(zip(keys, cells, strict=True))


def refuse_huge_cells(line: int, cells: Iterable[str]) -> None:
    if max(map(len, cells), default=0) > CELL_CHARACTERS:
        raise UnreadableFile(
            f"Line {line} has more than {CELL_CHARACTERS:,} characters in one cell: the file is damaged, "
            "often by a quotation mark that is never closed."
        )


def no_rows() -> UnreadableFile:
    return UnreadableFile("The file has headings but no rows; download it again.")
