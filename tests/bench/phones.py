"""How many facilities of each list have a number that can be dialled: `make bench-phones`.

Before: the whole cell had to be one number, as an owner types it. Now: every number in a cell is found.
"""

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from clinics.imports.readers import DirectoryError, facilities, open_directory
from clinics.imports.readers.phones import read_phones
from clinics.imports.rows import FacilityRow
from core.phones import NotAPhone, normalise_phone

SHARED = Path(__file__).parents[3] / "shared"
FOLDERS = [SHARED / "data" / "samhsa", SHARED / "data" / "otp", SHARED / "cases"]
HEADINGS = (
    "list",
    "facilities",
    "with a number before",
    "now",
    "numbers before",
    "now",
    "with a hotline",
    "kept as written",
)


def one_number(text: str) -> str:
    try:
        return normalise_phone(text)
    except NotAPhone:
        return ""


def read_whole_cells(phone: str, intake_phones, hotlines, notes: list[str]) -> dict[str, Any]:
    """The rule before."""
    main, _label, intakes = re.sub(r"\s*\bIntakes?:\s*", "|", phone).partition("|")
    lines = [*(intakes and re.split(r"(?<=[0-9])\s+(?=\()", intakes)), *intake_phones, *hotlines]
    return {"phone": one_number(main), "intake_phones": tuple(filter(None, map(one_number, lines)))}


def count(path: Path, rule) -> Counter[str]:
    facilities.read_phones = rule
    counts: Counter[str] = Counter()
    for row in open_directory(path):
        if isinstance(row, FacilityRow):
            numbers = {row.phone, *row.other_phones, *row.intake_phones, *row.hotlines} - {""}
            counts["facilities"] += 1
            counts["with a number"] += bool(numbers)
            counts["numbers"] += len(numbers)
            counts["hotlines"] += bool(row.hotlines)
            counts["words"] += bool(row.phone_as_written)
    return counts


def main() -> None:
    sys.stdout.write(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}\n")
    for path in sorted(path for folder in FOLDERS for path in folder.iterdir()):
        try:
            before, now = count(path, read_whole_cells), count(path, read_phones)
        except DirectoryError:
            continue  # not a list of clinics, or not one that has a layout of its own
        if now["numbers"]:
            line = (path.name, now["facilities"], before["with a number"], now["with a number"])
            line += (before["numbers"], now["numbers"], now["hotlines"], now["words"])
            sys.stdout.write(f"| {' | '.join(map(str, line))} |\n")


if __name__ == "__main__":
    main()
