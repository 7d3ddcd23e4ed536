"""The point that a row states, put right where a spreadsheet lost its sign or swapped its columns."""

import math
import re

from clinics.state_boxes import STATE_BOXES, may_be_in

from .cells import NOT_STATED, tidy

NUMBER = re.compile(r"([+-]?[0-9]+(?:[.,][0-9]*)?) ?°? ?([NSEW]?)", re.IGNORECASE)  # 42.3647, 42,3647, 71.1042° W


def read_coordinates(latitude: str, longitude: str, state: str, notes: list[str]) -> tuple[float | None, float | None]:
    """Both in decimal degrees, or neither: none stated, no numbers, or no place of the United States.

    A lost sign and swapped columns are mended where the mended point is in the state and the stated one is not. One in
    another state stays as stated: the state may be what is wrong (clinics/locations/judge.py).
    """
    latitude, longitude = tidy(latitude), tidy(longitude)
    if latitude.upper() in NOT_STATED and longitude.upper() in NOT_STATED:
        return None, None
    north, east = _degrees(latitude), _degrees(longitude)
    if may_be_in(state, north, east):
        return north, east
    stated = f"coordinates '{latitude[:20]}, {longitude[:20]}'"
    for mended, what in _mended(north, east):
        if may_be_in(state, *mended):
            notes.append(f"{stated} {what}")
            return mended
    if any(may_be_in(other, north, east) for other in STATE_BOXES):
        return north, east
    notes.append(f"{stated} left out: not in {state}")
    return None, None


def _degrees(text: str) -> float:
    """The number in a cell, also with a comma for the point or the letter of a hemisphere; NaN for anything else."""
    found = NUMBER.fullmatch(text.strip())
    if not found:
        return math.nan
    degrees = float(found[1].replace(",", "."))
    return -abs(degrees) if found[2].upper() in ("S", "W") and found[2] else degrees


def _mended(north: float, east: float) -> list[tuple[tuple[float, float], str]]:
    """What may have been meant by a point that cannot be, likeliest first."""
    signs = ((north, -east), (-north, east), (-north, -east))
    swapped = ((east, north), (-east, north), (east, -north), (-east, -north))
    return [(point, "had a wrong sign") for point in signs] + [(point, "were swapped") for point in swapped]
