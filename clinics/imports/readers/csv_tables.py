"""Tables in text, with cells separated by commas, tabs or semicolons."""

import csv
from collections.abc import Iterator
from functools import partial

from .errors import UnreadableFile
from .tables import Table, TableRow, fold, keyed, no_rows
from .text_files import CHUNK_BYTES, TextFile

DELIMITERS = ",\t;"


def open_csv(text: TextFile) -> Table:
    """The table in `text`, its headings in the first line that is not blank; raises UnreadableFile without rows."""
    if text.long_line:
        raise UnreadableFile(
            f"Line {text.long_line} is longer than {CHUNK_BYTES:,} characters; no directory does that."
        )
    delimiter, line, headings = max(_heading_rows(text), key=lambda found: len(found[2]))  # the comma wins a tie
    if not headings:
        raise UnreadableFile("The file holds nothing but blank lines; download it again.")
    keys = tuple(map(fold, headings))
    if next(_lists(text, delimiter, after=line), None) is None:
        raise no_rows()
    return Table(
        headings=tuple(headings),
        rows=partial(_table_rows, text, delimiter, line, keys),
        total_rows=text.lines - line,
        encoding=text.encoding,
    )


def _heading_rows(text: TextFile) -> list[tuple[str, int, list[str]]]:
    """Each delimiter that the first line can be read with, the number of that line, and its headings."""
    found: list[tuple[str, int, list[str]]] = []
    problems: list[UnreadableFile] = []
    for delimiter in DELIMITERS:
        try:
            found.append((delimiter, *next(_lists(text, delimiter), (0, []))))
        except UnreadableFile as error:  # the wrong delimiter does not fit headings in quotation marks
            problems.append(error)
    if not found:
        raise problems[0]
    return found


def _table_rows(text: TextFile, delimiter: str, heading_line: int, keys: tuple[str, ...]) -> Iterator[TableRow]:
    for line, cells in _lists(text, delimiter, after=heading_line):
        yield keyed(line, keys, cells)


def _lists(text: TextFile, delimiter: str, after: int = 0) -> Iterator[tuple[int, list[str]]]:
    """The rows that start below line `after`, each with the line it starts in, without blank lines."""
    with text.open() as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)  # refuses a file that ends inside quotes
        line = 1
        try:
            for cells in reader:
                if cells and line > after:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise UnreadableFile(_sentence(str(error), line)) from error


def _sentence(problem: str, line: int) -> str:
    if "unexpected end" in problem:
        return f"The file ends inside the quoted cell of line {line}: it was cut off; download it again."
    if "field limit" in problem:
        return (
            f"Line {line} has more than {csv.field_size_limit():,} characters in one cell: the file is damaged, "
            "often by a quotation mark that is never closed."
        )
    return f"Line {line} is not proper CSV ({problem}); save the file again from a spreadsheet program."
