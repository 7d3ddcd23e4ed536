"""Open a file: recognise its layout and edition, then yield its rows one at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clinics.imports.rows import FacilityRow, Rejection

from . import layouts
from .csv_tables import open_csv
from .editions import edition_in
from .errors import UnknownLayout, UnreadableFile
from .html_tables import open_html
from .json_answers import open_json
from .layouts.layout import Layout
from .tables import Cells, Table, fold
from .text_files import GZIP_MAGIC, first_bytes, scan
from .workbooks import open_workbook

UNDATED = "undated"
ZIP_MAGIC = b"PK\x03\x04"
FOREIGN = (  # first bytes of what people download or rename by mistake, and what to do about it
    (b"%PDF", "The file is a PDF; download the directory as a workbook (.xlsx) or CSV instead."),
    (b"\xd0\xcf\x11\xe0", "The file is an old or password-protected Excel workbook; save it as .xlsx or CSV."),
    (b"\x89PNG", "The file is a picture; download the directory as a workbook (.xlsx) or CSV instead."),
    (b"\xff\xd8\xff", "The file is a picture; download the directory as a workbook (.xlsx) or CSV instead."),
    (GZIP_MAGIC, "The file is packed twice; unpack it and import what is inside."),
)


@dataclass(frozen=True)
class DirectoryFile:
    """A file that was recognised. Iterating reads it from the start each time, in constant memory.

    Iteration raises UnreadableFile if the file turns out to be damaged; it never silently ends early.
    """

    path: Path
    layout: str
    source: str
    source_label: str
    edition: str  # "2024", "2020-07-04" or "undated"
    codebook: Mapping[str, str]  # code book editions by "substance-use" and "mental-health"; {} without services
    complete: bool  # a whole national edition by its layout and length: a clinic missing from it may have closed
    unknown_columns: list[str]  # as printed; ignored
    columns_by_meaning: list[str]  # headings that the layout does not know by name, each with what it was taken for
    total_rows: int | None  # an estimate, for a progress bar
    encoding: str  # "" for workbooks
    _table: Table = field(repr=False)
    _layout: Layout = field(repr=False)
    _names: Mapping[str, str] = field(repr=False)
    _treats: frozenset[str] = field(repr=False)

    def __iter__(self) -> Iterator[FacilityRow | Rejection]:
        treats = self._treats
        for row in self._table.rows():
            facility = row if isinstance(row, Rejection) else self._layout.read(*self._renamed(*row), treats)
            yield facility
            if isinstance(facility, FacilityRow):
                treats = facility.treats  # a row that does not state its directory is in that of the row before it

    def _renamed(self, line: int, cells: Cells) -> tuple[int, Cells]:
        names = self._names
        return line, Cells((names.get(key, key), value) for key, value in cells.items()) if names else cells


def open_directory(path: str | Path, *, layout: str | None = None, edition: str | None = None) -> DirectoryFile:
    """The directory in the file `path`. `layout` names one instead of recognising it, `edition` likewise.

    Raises UnknownLayout or UnreadableFile, each with one sentence for a person.
    """
    path = Path(path)
    table, recognised = _choose_table(_tables(path), layout)
    found, meant = recognised.layout, recognised.names
    names = [heading.strip() for heading in table.headings]
    edition = edition or edition_in(path.name)
    if not edition and found.edition_of:
        edition = found.edition_of(table.rows)
    edition = edition or table.created_year or UNDATED
    return DirectoryFile(
        path=path,
        layout=found.slug,
        source=found.source,
        source_label=found.source_label,
        edition=edition,
        codebook=found.codebook(edition),
        complete=found.whole_from_rows is not None and (table.total_rows or 0) >= found.whole_from_rows,
        unknown_columns=[
            name or f"column {position} (no heading)"
            for position, name in enumerate(names, start=1)
            if meant.get(fold(name), fold(name)) not in found.required | found.optional
        ],
        columns_by_meaning=[
            f"'{name}' as {meant[fold(name)].replace('_', ' ')}"
            for name in names
            if meant.get(fold(name), fold(name)) != fold(name)
        ],
        total_rows=table.total_rows,
        encoding=table.encoding,
        _table=table,
        _layout=found,
        _names=meant,
        _treats=found.kind_in(path.name),
    )


def _tables(path: Path) -> list[Table]:
    head = first_bytes(path)
    for magic, sentence in FOREIGN:
        if head.startswith(magic):
            raise UnreadableFile(sentence)
    if head.startswith(ZIP_MAGIC):
        with path.open("rb") as stream:
            if stream.read(2) == GZIP_MAGIC:
                raise UnreadableFile("The file is a packed workbook or archive; unpack it and import what is inside.")
        return open_workbook(path)
    text = scan(path)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        return [open_html(text)]
    if start in (b"{", b"["):
        return [open_json(text)]
    return [open_csv(text)]


def _choose_table(tables: list[Table], slug: str | None) -> tuple[Table, layouts.Recognised]:
    """The first table whose headings are those of a layout, with that layout."""
    problems: list[UnknownLayout] = []
    for table in tables:
        try:
            found = layouts.by_slug(slug, table.headings) if slug else layouts.choose(table.headings)
        except UnknownLayout as error:
            problems.append(error)
            continue
        keys = [fold(heading) for heading in table.headings]
        known = found.layout.required | found.layout.optional | found.names.keys()
        if twice := sorted({key for key in keys if key in known and keys.count(key) > 1}):
            raise UnknownLayout(f"The column '{twice[0]}' appears twice; remove the one that is wrong.")
        return table, found
    raise problems[0]
