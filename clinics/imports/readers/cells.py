"""The values of cells, normalized: each function adds to `notes` what it repaired or left out."""

import re
from datetime import date, datetime

from clinics.npi import is_npi
from core.websites import is_public_website

# Where ZIPs begin with 0. A short ZIP from elsewhere did not lose a zero but some other digit.
ONE_ZERO_STATES = frozenset(["CT", "MA", "ME", "NH", "NJ", "RI", "VT"])  # 0xxxx
TWO_ZERO_STATES = frozenset(["PR", "VI"])  # 00xxx
NOT_STATED = frozenset(["", "NA", "N/A", "NULL", "NONE", "NAN"])  # only where a real value is a number
LONGEST_WEBSITE = 200  # characters
CODES = re.compile(r"(?:[A-Z0-9]{1,12}(?: |$))*")


def tidy(value: str) -> str:
    """`value` trimmed, blanks of any kind folded to one, and without invisible characters."""
    folded = " ".join(value.split())
    if folded.isprintable():
        return folded
    return " ".join("".join(letter for letter in folded if letter.isprintable()).split())


def joined(*values: str) -> str:
    """The values that are neither blank nor repeats, separated by commas."""
    distinct = {value.casefold(): value for value in reversed([tidy(value) for value in values]) if value}
    return ", ".join(reversed(distinct.values()))


def read_zip(value: str, zip4: str, state: str, notes: list[str]) -> tuple[str, str]:
    """(five digits, four digits), "" for what is not stated or not a ZIP of `state`.

    Spreadsheets take ZIPs for numbers: zeros in front are lost, `.0` may be added, nine digits may run together.
    """
    value = tidy(value).removesuffix(".0")
    found = re.fullmatch(r"([0-9]{1,5})(?: ?- ?([0-9]{0,4}))?|([0-9]{7,9})", value)
    if not found:
        if value.upper() not in NOT_STATED:
            notes.append(f"ZIP '{value[:20]}' left out: not a ZIP")
        return "", ""
    digits, rest, run_together = found.groups()
    if run_together:
        run_together = run_together.zfill(9)
        digits, rest = run_together[:5], run_together[5:]
        digits = digits.lstrip("0") or "0"
    if not int(digits):
        notes.append(f"ZIP '{value}' left out: not a ZIP")
        return "", ""
    if len(digits) < 5:
        lost_one, lost_two = len(digits) == 4, len(digits) == 3
        fishers_island = state == "NY" and (digits == "6390" or (lost_two and digits.startswith("5")))
        if not ((lost_one and state in ONE_ZERO_STATES) or (lost_two and state in TWO_ZERO_STATES) or fishers_island):
            notes.append(f"ZIP '{value}' left out: not a ZIP of {state}")
            return "", ""
        digits = digits.zfill(5)
        if not run_together:
            notes.append(f"ZIP '{value}' had lost its leading zeros")
    return digits, _read_zip4(rest or zip4)


def _read_zip4(value: str) -> str:
    value = tidy(value).removesuffix(".0")
    return value.zfill(4) if re.fullmatch(r"[0-9]{1,4}", value) and int(value) else ""


def read_website(value: str, notes: list[str]) -> str:
    """An http or https address of a named host, or ""; SAMHSA writes a bare `http://` where there is none."""
    address = tidy(value)
    if address.lower() in ("", "http://", "https://"):
        return ""
    if "\\" in address:
        notes.append(f"website '{address[:LONGEST_WEBSITE]}' written with a backslash")
        address = address.replace("\\", "/")
    if len(address) > LONGEST_WEBSITE or not is_public_website(address):
        notes.append(f"website '{address[:LONGEST_WEBSITE]}' left out: not a web address")
        return ""
    return address


def read_codes(value: str, separator: str | None, notes: list[str]) -> tuple[str, ...]:
    """The service codes in `value`, in order, without repeats; `*` separates categories."""
    codes = dict.fromkeys(value.replace("*", " ").split(separator))
    codes.pop("", None)
    if CODES.fullmatch(" ".join(codes)):
        return tuple(codes)
    stripped = [code for code in map(str.strip, codes) if code]
    if odd := [code for code in stripped if not CODES.fullmatch(code)]:
        notes.append(f"left out what is no service code: {', '.join(odd)[:100]}")
    return tuple(code for code in stripped if code not in odd)


def read_npis(value: str, notes: list[str]) -> tuple[str, ...]:
    """The National Provider Identifiers in `value`, separated by blanks, that pass their check digit."""
    npis = dict.fromkeys(re.split(r"[\s,;]+", value.strip()))
    if wrong := [npi for npi in npis if npi and not is_npi(npi)]:
        notes.append(f"NPI left out: {', '.join(wrong)[:100]} fails the check digit")
    return tuple(npi for npi in npis if npi and npi not in wrong)


def read_date(value: str, notes: list[str]) -> date | None:
    """A day written `9/30/10`, `09/30/2010` or `2010-09-30`; two-digit years are of this century."""
    value = tidy(value)
    if not value:
        return None
    for form in ("%m/%d/%y", "%m/%d/%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"):
        try:
            day = datetime.strptime(value, form).date()  # noqa: DTZ007 - a day, in no time zone
        except ValueError:
            continue
        return day.replace(year=day.year + 100) if form == "%m/%d/%y" and day.year < 2000 else day
    notes.append(f"date '{value[:20]}' left out: not a date")
    return None
