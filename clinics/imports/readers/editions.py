"""Which edition a file is, from its name: `2024`, `2020-07-04` from `20200704`, `2023-08-28` from `08282023`."""

import re
from datetime import date

FORMS = (
    (r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})", "day"),
    (r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})", "day"),
    (r"(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?P<year>[0-9]{4})", "day"),
    (r"(?P<year>[0-9]{4})", "year"),
)
FIRST_YEAR, LAST_YEAR = 1990, 2099


def edition_in(file_name: str) -> str:
    """The day or the year in `file_name`; "" if it has none."""
    for form, precision in FORMS:
        for found in re.finditer(rf"(?<![0-9]){form}(?![0-9])", file_name):
            parts = {name: int(number) for name, number in found.groupdict().items()}
            if not FIRST_YEAR <= parts["year"] <= LAST_YEAR:
                continue
            if precision == "year":
                return str(parts["year"])
            try:
                return date(**parts).isoformat()
            except ValueError:
                continue
    return ""
