"""The first table of an HTML page: SAMHSA's download of opioid treatment programs is one, named .xls."""

from collections import deque
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser

from .errors import UnreadableFile
from .tables import Table, TableRow, fold, keyed, no_rows
from .text_files import CHUNK_BYTES, MIB, TextFile

LARGEST_PAGE_BYTES = 64 * MIB  # the parser may have to hold a page that never closes a tag


def open_html(text: TextFile) -> Table:
    """The first table in the page; raises UnreadableFile if there is none, or if it is cut off."""
    if text.size_bytes > LARGEST_PAGE_BYTES:
        raise UnreadableFile(f"The web page is larger than {LARGEST_PAGE_BYTES // MIB} MiB; no directory is.")
    count = 0
    headings: list[str] = []
    for _, cells in _rows(text):
        headings = headings or cells
        count += 1
    if not headings:
        raise UnreadableFile("The file is a web page without a table; download the directory itself.")
    if count < 2:
        raise no_rows()
    return Table(
        headings=tuple(" ".join(heading.split()) for heading in headings),
        rows=partial(_table_rows, text, tuple(map(fold, headings))),
        total_rows=count - 1,
        encoding=text.encoding,
    )


def _table_rows(text: TextFile, keys: tuple[str, ...]) -> Iterator[TableRow]:
    rows = _rows(text)
    next(rows)
    for number, cells in rows:
        yield keyed(number, keys, cells)


def _rows(text: TextFile) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first table that have cells, each with its number, from 1."""
    parser, number = _TableParser(), 0
    with text.open() as stream:
        while not parser.finished and (chunk := stream.read(CHUNK_BYTES)):
            parser.feed(chunk)
            while parser.rows:
                number += 1
                if cells := parser.rows.popleft():
                    yield number, cells
    if parser.depth:
        raise UnreadableFile(f"The page ends inside its table, after row {number}: it was cut off; download it again.")


class _TableParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: deque[list[str]] = deque()  # complete, not yet yielded
        self.depth = 0  # tables that are open; a table inside a cell is text of that cell
        self.finished = False
        self._row: list[str] | None = None
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table" and not self.finished:
            self.depth += 1
        elif self.depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
        elif self.depth == 1 and tag in ("td", "th") and self._row is not None:
            self._row.append("")
            self._in_cell = True
        elif tag == "br":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self.depth:
            self.depth -= 1
            if not self.depth:
                self._end_row()
                self.finished = True
        elif self.depth == 1 and tag == "tr":
            self._end_row()
        elif self.depth == 1 and tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell and self._row:
            self._row[-1] += data

    def _end_row(self) -> None:
        if self._row is not None:
            self.rows.append(self._row)
        self._row, self._in_cell = None, False
