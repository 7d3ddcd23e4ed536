"""The words that people type beside a place, and other names of places: two tables of clinics/data/."""

import csv
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from clinics.locations.towns import DATA
from clinics.search import facets
from clinics.search.gazetteer import search_name, states

TYPED_WORDS = DATA / "typed_words.csv"
PLACE_NAMES = DATA / "place_names.csv"
HERE = "here"  # in the column `filters`: the words mean where the reader is
BEGIN_NAMES = frozenset(("el", "la", "las", "los", "the"))  # Las Vegas, El Paso, Los Angeles
CUT = "\0"  # where a filter stood; no text that somebody typed has it
TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class Word(NamedTuple):
    """What a phrase of the table means: facets, or nothing for words like "clinic" that say nothing more."""

    filters: tuple[str, ...]
    is_here: bool
    state: str  # whose Medicaid has this name


@dataclass
class Words:
    """The words of a text: those that are filters, and what is left of the text without them."""

    filters: list[str] = field(default_factory=list)  # keys of facets
    filter_words: list[str] = field(default_factory=list)  # as they were typed
    is_here: bool = False
    state: str = ""
    medicaid_name: str = ""
    rests: list[str] = field(default_factory=list)  # the likeliest first: what may be a place
    bare: str = ""  # the last of them: without any word of the table

    @property
    def say_something(self) -> bool:
        return bool(self.filters) or self.is_here


class NoPlaceMeant(Exception):  # noqa: N818 - what happened, not a fault of ours
    """Only words such as "suboxone" or "near me"."""


OVERDOSE = frozenset(["overdose", "overdosed", "overdosing", "overdoses", "od", "sobredosis"])


@dataclass
class Understanding:
    """What has been understood of a text so far."""

    words: Words = field(default_factory=Words)
    notes: list[str] = field(default_factory=list)
    near: str = ""  # of the place, where `label` is not the shortest text for it
    name: str = ""

    def say(self, sentence: str, **values: str) -> None:
        if sentence:
            self.notes.append(sentence % values)


def fold(token: str) -> str:
    """A word as it is compared: lower case without accents and apostrophes."""
    return unicodedata.normalize("NFKD", token).encode("ascii", "ignore").decode().lower().replace("'", "")


def names_an_overdose(text: str) -> bool:
    """Whether someone types of an overdose: then a clinic is not what helps first."""
    return not OVERDOSE.isdisjoint(fold(token) for token in TOKEN.findall(text))


@cache
def phrases() -> dict[tuple[str, ...], Word]:
    """By the folded words of each phrase."""
    with TYPED_WORDS.open(encoding="utf-8", newline="") as file:
        return {
            tuple(fold(token) for token in TOKEN.findall(row["words"])): Word(
                tuple(key for key in row["filters"].split() if key in facets.VALUES),
                row["filters"] == HERE,
                row["state"],
            )
            for row in csv.DictReader(file)
        }


@cache
def longest_phrase() -> int:
    return max(map(len, phrases()))


@cache
def place_names() -> dict[str, tuple[str, ...]]:
    """The places that another name means, by `search_name`: a nickname, an old name, a region; several are asked."""
    with PLACE_NAMES.open(encoding="utf-8", newline="") as file:
        return {search_name(row["typed"]): tuple(row["means"].split("|")) for row in csv.DictReader(file)}


def take_words(text: str) -> Words:
    """The filters in a text, longest phrases first, and what may be a place without them."""
    tokens = list(TOKEN.finditer(text))
    folded = [fold(token[0]) for token in tokens]
    words, taken, noise, at = Words(), [], [], 0
    while at < len(tokens):
        length, word = longest_from(folded, at)
        if word is None:
            at += 1
            continue
        span = (tokens[at].start(), tokens[at + length - 1].end())
        if word.filters or word.is_here:
            take(words, word, text[slice(*span)])
            taken.append(span)
        else:
            noise.append(span)
        at += length
    words.rests = likely_rests(text, taken, noise)
    words.bare = tidy(without(text, [*taken, *noise]))
    return words


def longest_from(folded: list[str], at: int) -> tuple[int, Word | None]:
    for length in range(min(longest_phrase(), len(folded) - at), 0, -1):
        if word := phrases().get(tuple(folded[at : at + length])):
            return length, word
    return 1, None


def take(words: Words, word: Word, typed: str) -> None:
    words.filters += [key for key in word.filters if key not in words.filters]
    words.is_here |= word.is_here
    if word.filters:
        words.filter_words.append(typed)
    if word.state and not words.state:
        words.state, words.medicaid_name = word.state, typed


def likely_rests(text: str, taken: list[tuple[int, int]], noise: list[tuple[int, int]]) -> list[str]:
    """The text without the filters; then also without noise at its ends; then without any noise.

    "in" and "or" are words, and Indiana and Oregon: what keeps them is tried first.
    """
    bare = tidy(without(text, [*taken, *noise]))
    kept = without(text, taken, mark=CUT)
    trimmed = tidy(" ".join(map(trim_noise, kept.split(CUT)))) if noise else ""
    return list(dict.fromkeys(rest for rest in (tidy(kept.replace(CUT, " ")), trimmed, bare) if rest))


def without(text: str, spans: list[tuple[int, int]], mark: str = " ") -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]}{mark}{text[end:]}"
    return text


def trim_noise(text: str) -> str:
    """Without words like "clinics in" before a place and "please" behind it; the code of a state stays at the end."""
    words = text.split()
    while words and is_noise(words[0]) and words[0].lower() not in BEGIN_NAMES:
        words.pop(0)
    while words and is_noise(words[-1]) and not (len(words) > 1 and search_name(words[-1]) in states()):
        words.pop()
    return " ".join(words)


def is_noise(word: str) -> bool:
    folded = tuple(fold(token) for token in TOKEN.findall(word))
    known = phrases().get(folded)
    return not folded or (known is not None and not known.filters and not known.is_here)


def tidy(text: str) -> str:
    """Single blanks, no empty parts between commas."""
    parts = (" ".join(part.split()).strip(" .;:()-/&+") for part in text.split(","))
    return ", ".join(part for part in parts if part)
