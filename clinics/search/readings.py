"""The ways to read a text without digits as the name of a place: (name, state, what it lies in), likeliest first."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from clinics.search.characters import is_only_street_words, is_street
from clinics.search.gazetteer import search_name, states
from clinics.search.misspelt import closest_state

MOST_WORDS_OF_A_NAME = 4
LONGEST_STATE = 4  # words: "Northern Mariana Islands", "estado de Nueva York"
WITH_STATE = re.compile(r"(?:the )?state of (.+)|estado de (.+)|(.+) state", re.IGNORECASE)
TWO_STATES = re.compile(r"(.+?)[\s,]+([a-z]{2}) ?(?:/|&|-|or| o | or | y | and )[ ]?([a-z]{2})", re.IGNORECASE)
COUNTY = re.compile(r"(?:condado de|county of) (.+)", re.IGNORECASE)
BEFORE_A_NAME = re.compile(r"(?:the|(?:city|town|village) of|downtown|(?:la )?ciudad de|in|en) (.+)", re.IGNORECASE)
# Short words at the ends of names, as the Postal Service writes them.
FIRST_WORDS = {"n": "North", "s": "South", "e": "East", "w": "West", "no": "North", "so": "South"}
LAST_WORDS = {
    **{"spgs": "Springs", "spg": "Spring", "hts": "Heights", "bch": "Beach", "jct": "Junction", "vlg": "Village"},
    **{"cty": "City", "twp": "Township", "hls": "Hills", "lk": "Lake", "co": "County", "is": "Island"},
}


class Reading(NamedTuple):
    name: str
    state: str = ""  # two letters; "" if none is stated
    within: str = ""  # the city or borough that the name is a part of


def state_of(text: str) -> str:
    """Two letters of the state that `text` is: "tx", "Texas", "Washington State", "estado de Nueva York"; else ""."""
    if code := states().get(search_name(text)):
        return code
    if found := WITH_STATE.fullmatch(text.strip()):
        return states().get(search_name(next(filter(None, found.groups()))), "")
    return ""


def two_states(text: str) -> list[Reading]:
    """ "Bristol TN/VA": the same name in both."""
    found = TWO_STATES.fullmatch(text)
    codes = [state_of(found[2]), state_of(found[3])] if found else []
    return [Reading(found[1], code) for code in codes] if found and all(codes) else []


def readings(text: str) -> Iterator[Reading]:
    parts = [part.strip() for part in text.split(",") if search_name(part)]
    if not parts:
        return
    *before, last = parts
    state = state_of(last)
    if state and before:
        *before, last = before
        yield from of_a_name(last, state, before, is_street(text))
        return
    for name, code in with_a_state(last):
        yield from of_a_name(name, code, before, is_street(text))
    yield from of_a_name(last, "", before, is_street(text))


def with_a_state(text: str) -> Iterator[tuple[str, str]]:
    """The name and the state that the last words may be: "Charleston West Virginia" is not in Virginia."""
    words = text.split()
    for count in range(min(LONGEST_STATE, len(words) - 1), 0, -1):
        if code := state_of(" ".join(words[-count:])):
            yield " ".join(words[:-count]), code


def of_a_name(name: str, state: str, before: list[str], in_a_street: bool) -> Iterator[Reading]:
    if before and not in_a_street:
        yield Reading(before[-1], state, within=name)
    for form in forms(name):
        yield Reading(form, state)
    words = name.split()
    if in_a_street:  # "5 Main St Albany"
        for count in range(min(MOST_WORDS_OF_A_NAME, len(words) - 1), 0, -1):
            if not is_only_street_words(words[-1]):
                yield Reading(" ".join(words[-count:]), state)
    else:  # "Tenderloin San Francisco"
        for count in range(1, min(len(words), 2 * MOST_WORDS_OF_A_NAME)):
            yield Reading(" ".join(words[:count]), state, within=" ".join(words[count:]))


def last_words(text: str) -> Iterator[Reading]:
    """A city at the end of words that say something else: "alcohol help Boise"."""
    ends = list(with_a_state(text)) or [(text, "")]
    for name, state in ends:
        words = name.replace(",", " ").split()
        for count in range(min(MOST_WORDS_OF_A_NAME, len(words) - 1), 0, -1):
            yield Reading(" ".join(words[-count:]), state)


def forms(name: str) -> Iterator[str]:
    """A name, with its short words written out, as a county, without "the"."""
    words = name.split()
    first, last = words[0].lower().strip("."), words[-1].lower().strip(".")
    if len(words) > 1 and first in FIRST_WORDS:
        yield " ".join([FIRST_WORDS[first], *words[1:]])
    if len(words) > 1 and last in LAST_WORDS:
        yield " ".join([*words[:-1], LAST_WORDS[last]])
    yield name
    if found := COUNTY.fullmatch(name):
        yield f"{found[1]} County"
    if found := BEFORE_A_NAME.fullmatch(name):
        yield found[1]


def misspelt_state(text: str) -> Reading | None:
    """ "Minneapolis, Minesota"."""
    before, comma, last = text.rpartition(",")
    if not comma:
        before, _blank, last = text.rpartition(" ")
    state = closest_state(last) if before else ""
    return Reading(before.rpartition(",")[2].strip(), state) if state else None
