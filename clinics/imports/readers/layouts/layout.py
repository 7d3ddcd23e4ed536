"""What a layout is: the columns it is known by, and how one of its records becomes a facility."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from clinics.imports.readers.tables import Cells, Record
from clinics.imports.rows import FacilityRow, Rejection

Records = Callable[[], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Layout:
    slug: str
    source: str
    source_label: str
    description: str  # with its article, for sentences: "a SAMHSA directory"
    required: frozenset[str]  # folded headings it is recognised by
    optional: frozenset[str]  # other headings it may have; any further one is reported
    read: Callable[[int, Cells, frozenset[str]], FacilityRow | Rejection]  # the last: of the row before
    codebook: Callable[[str], Mapping[str, str]] = field(default=lambda edition: {})  # by directory, for an edition
    whole_from_rows: int | None = None  # a national edition has at least so many; None: never one
    no_other_columns: bool = False  # its headings are so common that only an exact match counts
    kind_in: Callable[[str], frozenset[str]] = field(default=lambda file_name: frozenset())  # what its name tells
    edition_of: Callable[[Records], str] | None = None  # what the records tell; "" if nothing

    def fits(self, keys: set[str]) -> bool:
        if self.no_other_columns and keys - self.required - self.optional - {""}:
            return False
        return self.required <= keys
