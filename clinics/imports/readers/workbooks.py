"""Excel workbooks (.xlsx), read as a stream. A workbook is a ZIP archive: how far it unpacks is checked first."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import openpyxl
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from .errors import DirectoryError, UnreadableFile
from .tables import Table, TableRow, fold, keyed, no_rows
from .text_files import MIB, reading

LARGEST_UNPACKED_BYTES = 200 * MIB  # SAMHSA's workbooks unpack to about 10; openpyxl holds the shared texts in memory
LARGEST_RATIO = 200  # unpacked to packed; SAMHSA's are at 7
SMALL_BYTES = 1 * MIB  # a part this small may have any ratio
DAMAGED = "The workbook is damaged or was cut off; download it again."
LAST_ROW = 1_048_576  # Excel's own limit


def open_workbook(path: Path) -> list[Table]:
    """One table for each sheet with more than a heading; raises UnreadableFile."""
    tables, heading_only = [], False
    with opened_workbook(path) as book:
        created = book.properties.created
        for index, sheet in enumerate(book.worksheets):
            stated_rows = sheet.max_row  # as the sheet states it: good for a progress bar only
            rows = _filled(sheet)
            heading_row, headings = next(rows, (0, []))
            if not headings:
                continue
            if next(rows, None) is None:
                heading_only = True
                continue
            while not headings[-1]:
                headings.pop()
            keys = tuple(map(fold, headings))
            tables.append(
                Table(
                    headings=tuple(headings),
                    rows=partial(_table_rows, path, index, heading_row, keys),
                    total_rows=stated_rows - heading_row if stated_rows and stated_rows > heading_row else None,
                    created_year=str(created.year) if created else "",
                )
            )
    if not tables:
        raise no_rows() if heading_only else UnreadableFile("The workbook is empty; download it again.")
    return tables


def _table_rows(path: Path, index: int, heading_row: int, keys: tuple[str, ...]) -> Iterator[TableRow]:
    with opened_workbook(path) as book:
        for line, cells in _filled(book.worksheets[index]):
            if line <= heading_row:
                continue
            while len(cells) > len(keys) and not cells[-1]:
                cells.pop()
            cells += [""] * (len(keys) - len(cells))
            yield keyed(line, keys, cells)


def _filled(sheet: ReadOnlyWorksheet) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with its number."""
    sheet.reset_dimensions()  # a sheet that understates its size would otherwise be silently cut
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if line > LAST_ROW:
            raise UnreadableFile("The workbook claims more rows than Excel allows: it is damaged; download it again.")
        cells = [_text(value) for value in values]
        if any(cells):
            yield line, cells


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # Excel stores 36310 as 36310.0
    return str(value).strip()


@contextmanager
def opened_workbook(path: Path) -> Iterator[openpyxl.Workbook]:
    with reading():
        _refuse_bombs(path)
    with reading(), path.open("rb") as stream:  # opened here: openpyxl leaves a file open that it fails on
        book = None
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            yield book
        except (DirectoryError, OSError):
            raise
        except Exception as error:  # openpyxl lets through whatever its parsers raise: KeyError, SyntaxError, zlib...
            raise UnreadableFile(DAMAGED) from error
        finally:
            if book:
                book.close()


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except Exception as error:  # a damaged index also raises struct.error, NotImplementedError or a decoding error
        raise UnreadableFile(DAMAGED) from error
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise UnreadableFile("The file is a ZIP archive, not a workbook; unpack it and import the file inside.")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED_BYTES:
        raise UnreadableFile(f"The workbook unpacks to {unpacked // MIB:,} MiB; no directory does.")
    if any(part.file_size > max(SMALL_BYTES, LARGEST_RATIO * part.compress_size) for part in parts):
        raise UnreadableFile(f"The workbook unpacks to more than {LARGEST_RATIO} times its size; no directory does.")
