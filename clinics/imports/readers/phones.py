"""The telephone numbers of a row: every one that can be dialled, by what it is for, and the source's own words."""

import re
from collections.abc import Iterable
from typing import Any

from core.phone_texts import (
    BETWEEN_CELLS,
    LONGEST_AS_WRITTEN,
    PLACEHOLDER,
    FoundPhone,
    PhoneKind,
    find_phones,
    is_told_by,
)
from core.phones import NotAPhone, normalise_phone

from .cells import tidy

MOST_PHONES = 12  # of one kind
LONGEST_IN_NOTE = 60


def read_phones(phone: str, intake_phones: Iterable[str], hotlines: Iterable[str], notes: list[str]) -> dict[str, Any]:
    """The fields of FacilityRow about telephone numbers, from the cells.

    A cell with more in it than one number is kept as it is too: whoever calls may need its "press 2".
    """
    cells = [("phone", PhoneKind.MAIN, phone)]
    cells += [("intake line", PhoneKind.INTAKE, cell) for cell in intake_phones]
    cells += [("hotline", PhoneKind.HOTLINE, cell) for cell in hotlines]
    numbers: dict[PhoneKind, dict[str, None]] = {kind: {} for kind in PhoneKind}
    as_written: dict[str, None] = {}
    for what, kind, text in cells:
        found = _found(tidy(text), what, kind, notes)
        for one in found:
            numbers[one.kind][one.number] = None
        if not _is_one_number(text):
            as_written[tidy(text)] = None
    return _sorted(*(list(numbers[kind]) for kind in (PhoneKind.MAIN, PhoneKind.INTAKE, PhoneKind.HOTLINE))) | {
        "phone_as_written": BETWEEN_CELLS.join(as_written)[:LONGEST_AS_WRITTEN]
    }


def _sorted(main: list[str], intakes: list[str], hotlines: list[str]) -> dict[str, Any]:
    """A clinic of which a source gives hotlines alone is called there."""
    main = main or ([] if intakes else hotlines[:1])
    return {
        "phone": next(iter(main), ""),
        "other_phones": tuple(main[1:][:MOST_PHONES]),
        "intake_phones": tuple(intakes[:MOST_PHONES]),
        "hotlines": tuple(hotlines[:MOST_PHONES]),
    }


def _found(text: str, what: str, kind: PhoneKind, notes: list[str]) -> list[FoundPhone]:
    found = find_phones(text, kind)
    shown = text[:LONGEST_IN_NOTE]
    if not found and text:
        notes.append(f"{what} left out: '{shown}' is not a phone number")
    elif not is_told_by(text, found):
        notes.append(f"{what} '{shown}' has words beside its numbers")
    if any(_digits(one.number.partition(" ")[0]) not in _digits(text) for one in found):
        notes.append(f"{what} '{shown}' written in letters")
    return found


def _is_one_number(text: str) -> bool:
    """Whether nothing is lost when `text` is written in our form; a text without digits says nothing."""
    try:
        number = normalise_phone(text)
    except NotAPhone:
        return not _digits(text).strip("0")
    if PLACEHOLDER.fullmatch(_digits(number)):
        return False
    return not re.search(r"[A-Za-z]", re.sub(r"(?i)ext(ension)?|x", "", text))


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
