"""Every bit that was ever given to a facet. A bit that moved would make old processes filter by another facet."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from clinics.questions import registry
from clinics.search import facets

LEDGER = Path(__file__).resolve().parent.parent / "data" / "facet_bits.csv"
BITS = 63  # of a column: a bigint has a sign

Bit = tuple[str, int]  # column and number


def ledger() -> dict[Bit, str]:
    """{(column, bit): facet}, those of retired facets included."""
    with LEDGER.open(encoding="utf-8", newline="") as file:
        given = {(row["column"], int(row["bit"])): row["facet"] for row in csv.DictReader(file)}
    # The registry of questions is the ledger of its own filters: a line that had one is retired, never deleted.
    return given | {(registry.FACET_COLUMN, bit): facet for bit, facet in registry.bits_given().items()}


def bits_in_use() -> list[tuple[Bit, str]]:
    offered = [
        ((value.column, value.bit), value.key)
        for value in (*facets.VALUES.values(), *facets.TREATS.values, *facets.SERVES.values)
    ]
    return offered + [(bit, key) for key, bit in facets.RETIRING.items()]


def problems(used: Iterable[tuple[Bit, str]], given: dict[Bit, str]) -> Iterator[str]:
    """Sentences about bits of `used` that are not those that were `given`, or given twice."""
    given_to = {key: bit for bit, key in given.items()}
    seen: dict[Bit, str] = {}
    for (column, bit), key in used:
        if not 0 <= bit < BITS:
            yield f"{key} has bit {bit} of {column}, which holds the bits 0 to {BITS - 1}."
        elif (column, bit) in seen:
            yield f"{key} and {seen[column, bit]} share bit {bit} of {column}."
        elif given.get((column, bit), key) != key:
            yield f"{key} has bit {bit} of {column}, which belongs to {given[column, bit]} for ever: take a new one."
        elif given_to.get(key, (column, bit)) != (column, bit):
            yield f"{key} had bit {given_to[key][1]} of {given_to[key][0]}: a bit never moves. Give it that one again."
        elif key not in given_to:
            yield f"{key} is new: write the line “{column},{bit},{key}” into clinics/data/facet_bits.csv."
        seen[column, bit] = key


def bits_left() -> dict[str, int]:
    """{column: how many bits are still free}."""
    given = ledger()
    return {column: BITS - sum(each == column for each, _bit in given) for column in facets.COLUMNS}
