"""The name of a clinic as people say it, made of what its source prints.

SAMHSA's lists break a name over two cells of 38 characters and abbreviate to fit them ("Alc and Drug Servs of" beside
"Gallatin Cnty"); CMS cuts after 35, all in capitals. Only what is sure is mended: the words, and beside which others
they are sure, are in clinics/data/name_words.csv. A SourceRecord keeps the source's own spelling, and rows are
compared in another form (normalization.py), so a better rule never changes which clinic a row belongs to.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from clinics.imports.normalization import words_of

WORDS_FILE = Path(__file__).resolve().parents[1] / "data" / "name_words.csv"
LONGEST_NAME = 200  # characters, as Clinic stores both
CMS_CUTS_AFTER = 35  # characters

SMALL_WORDS = frozenset(
    ["a", "an", "and", "at", "by", "de", "del", "dba", "for", "in", "la", "of", "on", "or", "the", "to", "with", "y"]
)
# A name goes on in the second cell after one of these; written with a capital ("Outside In") it is part of the name.
UNFINISHED = re.compile(r"(?:\b(?:of|and|for|the|at|in|to|with|by|on|from|de|del|para|y|con)|[&,])$")
GOES_ON = re.compile(r"(?:of|for|and|de|y) ")
NOT_A_SECOND_LINE = re.compile(r"DBA |\(", re.IGNORECASE)
# Where the name ends and the site begins, in a second line that goes on with the name: "Recovery Agency/FLACRA OP 1".
SITE = re.compile(r"(?:\b(?:Inc|LLC|Agency|Centers?|Ctrs?|Services|Servs|County|Cnty)|\))/|/(?=DBA )")
NOTHING = frozenset(["NA", "N/A", "NONE"])  # some lists print this where there is no trade name

TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|.", re.DOTALL)
BETWEEN = frozenset(" -.&’'")  # may stand between two words that belong together
ROMAN = re.compile(r"(?=.)(?:X[LC]|L?X{0,3})(?:I[XV]|V?I{0,3})")
SLASH = "/"
VOWEL = re.compile(r"[AEIOUY]")
SHORTEST_PLAIN_WORD = 3  # letters
LONGER_THAN_ABBREVIATIONS = 7  # letters
# Short words that are neither a name nor spoken letter by letter.
SHORT_WORDS = frozenset(
    [
        *("inc", "corp", "ltd", "co", "st", "dr", "jr", "sr", "mt", "ft", "ave", "blvd", "rd"),
        *("we", "el", "up", "go", "be", "bi", "re", "hi", "no", "my", "our"),
    ]
)


class Kind(StrEnum):
    """What a row of name_words.csv is about."""

    ABBREVIATION = "abbreviation"
    APOSTROPHE = "apostrophe"
    CAPITALS = "capitals"  # how a word of a name that is all capitals is written
    ENDING = "ending"  # what a cut last word was


@dataclass(frozen=True, slots=True)
class Context:
    """The phrases of which one must stand beside a word, or of which none may; "^" and "$" are the edges."""

    phrases: tuple[tuple[str, ...], ...]
    is_forbidden: bool

    @classmethod
    def parse(cls, cell: str) -> "Context":
        phrases = tuple(tuple(phrase.split()) for phrase in cell.removeprefix("!").split("|") if phrase)
        return cls(phrases, cell.startswith("!"))

    def allows_before(self, words: Sequence[str]) -> bool:
        return self._allows(lambda phrase: phrase == tuple(words[-len(phrase) :]))

    def allows_after(self, words: Sequence[str]) -> bool:
        return self._allows(lambda phrase: phrase == tuple(words[: len(phrase)]))

    def _allows(self, is_beside: Callable[[tuple[str, ...]], bool]) -> bool:
        return not self.phrases or any(map(is_beside, self.phrases)) != self.is_forbidden


@dataclass(frozen=True, slots=True)
class Rule:
    read: str
    previous: Context
    next: Context


Rules = dict[str, list[Rule]]  # by the word as it is written


@cache
def rules() -> dict[Kind, Rules]:
    """The rows of name_words.csv by kind and word, in the order of the file."""
    found: dict[Kind, Rules] = {kind: defaultdict(list) for kind in Kind}
    with WORDS_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rule = Rule(row["read"], Context.parse(row["previous"]), Context.parse(row["next"]))
            found[Kind(row["kind"])][row["written"]].append(rule)
    return found


def display_name(name: str, detail: str, city: str = "") -> tuple[str, str]:
    """(name, name_detail) as people say them, of a source's two cells and the city it prints."""
    if detail.upper() in NOTHING:
        detail = ""
    name, detail = _joined(name, detail)
    shown_name, shown_detail = _without_loose_end(_mended(name, city)), _mended(detail, city)
    if words_of(shown_name) == words_of(shown_detail):
        shown_detail = ""
    return (
        shown_name if len(shown_name) <= LONGEST_NAME else name,
        shown_detail if len(shown_detail) <= LONGEST_NAME else detail,
    )


def is_unfinished(name: str) -> bool:
    """Whether a source broke off this name."""
    return bool(UNFINISHED.search(name.lower() if name.isupper() else name))


def is_shouted(name: str) -> bool:
    """Whether a name is printed in capitals that are no abbreviation: it has two words, or a long one."""
    if not name.isupper():
        return False
    words = list(filter(_is_plain_word, TOKEN.findall(name)))
    return len(words) > 1 or any(len(word) >= LONGER_THAN_ABBREVIATIONS for word in words)


def _joined(name: str, detail: str) -> tuple[str, str]:
    """A name that goes on in the second cell, in one; what follows of the site stays there."""
    if not detail or NOT_A_SECOND_LINE.match(detail) or not (is_unfinished(name) or GOES_ON.match(detail)):
        return name, detail
    at = SITE.search(detail)
    rest, site = (detail[: at.end() - 1], detail[at.end() :]) if at else (detail, "")
    joined = f"{name} {rest}"
    return (joined, site) if len(joined) <= LONGEST_NAME else (name, detail)


def _mended(text: str, city: str) -> str:
    if is_shouted(text):
        is_cut = len(text) == CMS_CUTS_AFTER
        text = _in_small_letters(text)
        if is_cut:
            text = _replaced(text, Kind.ENDING, last_only=True).rstrip(" ,-&")
    elif text.isupper():
        text = _replaced(text, Kind.CAPITALS)
    text = _replaced(text, Kind.ABBREVIATION)
    place = city.casefold().replace("saint ", "st ").replace("st. ", "st ")
    return _replaced(text, Kind.APOSTROPHE, except_place=place)


def _replaced(text: str, kind: Kind, *, last_only: bool = False, except_place: str = "") -> str:
    known = rules()[kind]
    tokens = TOKEN.findall(text)
    if known.keys().isdisjoint(tokens):
        return text
    words = [(at, token) for at, token in enumerate(tokens) if token in known]
    if last_only:
        words = [(at, token) for at, token in words if not any(map(str.isalnum, tokens[at + 1 :]))]
    replaced = list(tokens)
    for at, token in words:
        before, after = _words_before(tokens, at), _words_after(tokens, at)
        if f"st {token.casefold()}" == except_place and before[-1:] in (["st"], ["saint"]):
            continue  # the city of Saint Marys is spelled so
        for rule in known[token]:
            if rule.previous.allows_before(before) and rule.next.allows_after(after):
                replaced[at] = rule.read
                if rule.read.endswith("'"):  # "Coeur d Alene"
                    replaced[at + 1] = ""
                break
    return "".join(replaced)


def _words_before(tokens: Sequence[str], at: int) -> list[str]:
    """The words before a place in small letters, the nearest last, as far as nothing but a slash parts them."""
    return ["^", *reversed(_words(reversed(tokens[:at])))]


def _words_after(tokens: Sequence[str], at: int) -> list[str]:
    return [*_words(tokens[at + 1 :]), "$"]


def _words(tokens: Iterable[str]) -> list[str]:
    words = []
    for token in tokens:
        if token == SLASH or token[0].isalnum():
            words.append(token.casefold())
        elif token not in BETWEEN:
            break
    return words


def _without_loose_end(name: str) -> str:
    """A name of which the source gives no second half, up to its last whole word."""
    while UNFINISHED.search(name):
        name = UNFINISHED.sub("", name).rstrip()
    return name


def _in_small_letters(text: str) -> str:
    """A name in capitals, each word as it is written: "BHG XLII, LLC" stays, "HOPE OF MCDOWELL CO" does not."""
    tokens = TOKEN.findall(text)
    return "".join(_in_small(token, tokens, at) if token.isupper() else token for at, token in enumerate(tokens))


def _in_small(word: str, tokens: Sequence[str], at: int) -> str:
    small = word.casefold()
    if at and tokens[at - 1].isdigit() and small in ("st", "nd", "rd", "th"):
        return small
    if exact := rules()[Kind.CAPITALS].get(word):
        return exact[0].read
    if small in SMALL_WORDS:
        return small if any(token[0].isalnum() for token in tokens[:at]) else word.capitalize()
    if _is_plain_word(word) or small in SHORT_WORDS or word.capitalize() in rules()[Kind.ABBREVIATION]:
        first, *rest = small.split("'")
        head = "Mc" + first[2:].capitalize() if first.startswith("mc") and len(first) > 4 else first.capitalize()
        return "'".join([head, *(part.capitalize() if len(part) > 2 else part for part in rest)])
    return word


def _is_plain_word(token: str) -> bool:
    """Whether a word in capitals is a word, not an abbreviation that is spoken letter by letter."""
    exact = rules()[Kind.CAPITALS].get(token)
    return (
        len(token) >= SHORTEST_PLAIN_WORD
        and bool(VOWEL.search(token))
        and not ROMAN.fullmatch(token)
        and token.casefold() not in SHORT_WORDS | SMALL_WORDS
        and (exact is None or exact[0].read != token)
    )
