"""Answers of the FindTreatment.gov interface: an object whose `rows` are facilities."""

import json
from collections.abc import Iterator
from functools import partial

from clinics.imports.rows import rejection

from .errors import UnknownLayout, UnreadableFile
from .tables import Cells, Table, TableRow, fold, refuse_huge_cells
from .text_files import MIB, TextFile

LARGEST_ANSWER_BYTES = 32 * MIB  # an answer is held in memory as a whole; 30 facilities take 0.1 MiB
NESTED = "services"  # the one key whose value is a list, passed on as it is


def open_json(text: TextFile) -> Table:
    """The facilities in the answer; raises UnreadableFile, or UnknownLayout for JSON of another shape."""
    rows = _rows(text)
    if not rows:
        raise UnreadableFile("The answer holds no facilities; ask FindTreatment.gov again.")
    headings = dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row)
    return Table(
        headings=tuple(headings), rows=partial(_table_rows, text), total_rows=len(rows), encoding=text.encoding
    )


def _table_rows(text: TextFile) -> Iterator[TableRow]:
    for position, row in enumerate(_rows(text), start=1):
        if not isinstance(row, dict):
            yield rejection(position, "is not a facility but a bare value", [json.dumps(row)])
            continue
        cells = Cells((fold(key), value if key == NESTED else _text(value)) for key, value in row.items())
        refuse_huge_cells(position, (value for value in cells.values() if isinstance(value, str)))
        yield position, cells


def _text(value: object) -> str:
    """A value as the cell of a table has it."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _rows(text: TextFile) -> list[object]:
    if text.size_bytes > LARGEST_ANSWER_BYTES:
        raise UnreadableFile(
            f"The answer is larger than {LARGEST_ANSWER_BYTES // MIB} MiB; "
            "ask FindTreatment.gov page by page and import each page."
        )
    with text.open() as stream:
        content = stream.read()
    try:
        answer = json.loads(content)
    except json.JSONDecodeError as error:
        line = error.lineno
        if error.pos >= len(content.rstrip()) or error.msg.startswith("Unterminated"):
            raise UnreadableFile(f"The JSON ends in line {line}: it was cut off; download it again.") from error
        raise UnreadableFile(f"Line {line} is not proper JSON ({error.msg}); download it again.") from error
    except (RecursionError, ValueError) as error:  # nested a thousand deep; a number of a million digits
        raise UnreadableFile("The JSON is damaged; download it again.") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("rows"), list):
        raise UnknownLayout("This JSON is not an answer of FindTreatment.gov: it has no list named 'rows'.")
    rows: list[object] = answer["rows"]
    return rows
