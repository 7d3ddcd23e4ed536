"""What a layout is: the columns that identify it, and how one of its rows becomes a facility."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from clinics.imports.readers.tables import Cells, TableRow
from clinics.imports.rows import FacilityRow, Rejection

TableRows = Callable[[], Iterator[TableRow]]


@dataclass(frozen=True, slots=True)
class Layout:
    slug: str
    source: str
    source_label: str
    description: str  # with its article, for sentences: "a SAMHSA directory"
    required: frozenset[str]  # the folded headings that identify it
    optional: frozenset[str]  # other headings it may have; any further one is reported
    read: Callable[
        [int, Cells, frozenset[str]], FacilityRow | Rejection
    ]  # the last argument: `treats` of the row before
    codebook: Callable[[str], Mapping[str, str]] = field(default=lambda edition: {})  # by directory, for an edition
    whole_from_rows: int | None = None  # a national edition has at least so many; None: never one
    marks: frozenset[str] = frozenset()  # headings that no other list has: beside them the rest may be reworded
    no_other_columns: bool = False  # its headings are so common that only an exact match counts
    kind_in: Callable[[str], frozenset[str]] = field(
        default=lambda file_name: frozenset()
    )  # what the file name states
    edition_of: Callable[[TableRows], str] | None = None  # the edition as the rows state it, or ""

    def fits(self, keys: set[str]) -> bool:
        if self.no_other_columns and keys - self.required - self.optional - {""}:
            return False
        return self.required <= keys
