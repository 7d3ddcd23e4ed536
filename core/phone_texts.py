"""The telephone numbers in a cell of a list, whatever stands around them: "(205) 555-0100 Intake: (205) 555-0102"."""

import re
import unicodedata
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

import phonenumbers

from core.phones import NotAPhone, normalise_phone


class PhoneKind(StrEnum):
    """What a number is for, by the words beside it."""

    MAIN = "main"
    INTAKE = "intake"
    HOTLINE = "hotline"
    FAX = "fax"  # as the next two: never a number to call
    TTY = "tty"
    TEXT = "text"


CALLED = frozenset([PhoneKind.MAIN, PhoneKind.INTAKE, PhoneKind.HOTLINE])


class FoundPhone(NamedTuple):
    number: str  # as core.phones.normalise_phone writes it
    kind: PhoneKind
    words: str  # those beside it that say more than its kind: "press 2", "24 hours"


# The first that fits wins: "fax for referrals" is a fax, "24-hour crisis intake" a hotline.
KIND_WORDS = (
    (PhoneKind.FAX, re.compile(r"\b((tele|e)?fax(es)?|facsimile|facs|fx)\b|\bf:", re.IGNORECASE)),
    (PhoneKind.TTY, re.compile(r"\b(tty|tdd|videophone|vp|deaf)\b", re.IGNORECASE)),
    (PhoneKind.HOTLINE, re.compile(r"\b(hot ?-?lines?|help ?-?lines?|crisis|emergency|emergencies)\b", re.IGNORECASE)),
    (
        PhoneKind.INTAKE,
        re.compile(
            r"\b(intakes?|admissions?|admits?|referrals?|appointments?|appts?|scheduling|enroll(ment)?|access line"
            r"|new (patients?|clients?))\b",
            re.IGNORECASE,
        ),
    ),
    (PhoneKind.TEXT, re.compile(r"^(?!.*\b(call|talk)\b).*\b(text|texts|txt|sms)\b", re.IGNORECASE)),
    (
        PhoneKind.MAIN,
        re.compile(r"\b(main|office|phone|telephone|tel|ph|voice|cell|mobile|clinic|front desk)\b", re.IGNORECASE),
    ),
)
# What such a word does not make a fax or a TTY: "press 2 for fax", "do not fax", "Tel/Fax".
NOT_ITS_KIND = re.compile(
    r"\b(press|option|opt|dial|select)\b[^;]{0,60}\b(for|is|to) ((a|the|our) )?fax(es)?\b"
    r"|\b(do not|don'?t|no|not( a)?) fax\w*"
    r"|\b(phone|telephone|tel|ph|voice)\.? ?(/|&|and|or|\+) ?(fax|tty|tdd)\b"
    r"|\b(fax|tty|tdd) ?(/|&|and|or|\+) ?(phone|telephone|tel|ph|voice)\b",
    re.IGNORECASE,
)
VOICE = re.compile(r"(?<!\bno )\b(phone|telephone|tel|voice)\b", re.IGNORECASE)
# Labels of one letter, where nothing else is said: "F" is a fax; "Building F", "M, W, F", "T/F" (toll-free) are not.
LETTERS = {"f": "fax", "p": "phone", "t": "tel", "v": "voice", "o": "office", "c": "cell"}
LETTER_LABELS = re.compile(r"(?!\W*t/f\b)\W*[fptvoc](\W+[fptvoc])*\W*", re.IGNORECASE)
LETTER_IN_BRACKETS = re.compile(r"\([fptvoc]\)", re.IGNORECASE)
# Words that add nothing to a number.
NOISE = re.compile(
    r"\b(or|and|at|to|the|our|us|lines?|numbers?|no|calls?|contact|dial|please|toll ?-?free|local|free"
    r"|phone|telephone|tel|ph|main|office|voice|intakes?|hot ?-?lines?)\b",
    re.IGNORECASE,
)
LONGEST_AS_WRITTEN = 200  # characters that are kept of a source's own words
BETWEEN_CELLS = " \N{BROKEN BAR} "  # of them: a mark that no cell has, unlike ";"
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"))
_BETWEEN = r"[\s.\-_/()]{0,4}"
_START = r"(?<![0-9])(?:\+?1[\s.\-/(]{0,3})?\(?\s?"
# An area code and an exchange never start with 0 or 1. Letters stand for digits from the exchange on.
PLAIN = re.compile(rf"{_START}([2-9][0-9]{{2}}){_BETWEEN}([2-9][0-9]{{2}}){_BETWEEN}([0-9]{{4}})(?![0-9])")
# Small letters are words, not digits; nor is "300 BUILDING" a number, unless it is free to call. The look ahead is
# bounded: without, a cell of a thousand digits takes minutes.
LETTERED = re.compile(
    rf"{_START}([2-9][0-9]{{2}}){_BETWEEN}(?=[0-9\-. ]{{0,13}}[A-Z])((?:[A-Z0-9][\-. ]?){{7}}[A-Z]*)(?![0-9A-Za-z])"
)
PLACEHOLDER = re.compile(r"([0-9])\1{9,}")  # 888-888-8888 stands in SAMHSA's lists where a cell wanted something
ALL_LETTERS = re.compile(r"[^0-9]+")
FREE_TO_CALL = frozenset(["800", "833", "844", "855", "866", "877", "888"])
EXTENSION = re.compile(
    r"(?:[\s,;.(\-]*(?:x|ext(?:ension|n)?|extension)[\s.:#]*|\s*\#\s*)([0-9]{1,7})\)?(?![0-9])", re.IGNORECASE
)
_NO_TIME = r"(?!\s*-?\s*(?:hours?|hrs?|days?|[ap]\.?m)\b|\s?[/x]\s?7\b)"
# "803-555-0140-55266": a switchboard number and what its menu wants; never the start of the next number.
DASHED_EXTENSION = re.compile(rf"-([0-9]{{2,7}})(?![0-9\-]){_NO_TIME}", re.IGNORECASE)
MORE_EXTENSIONS = re.compile(
    rf"\s*(?:or|and|,|/|&)\s*(?!{PLAIN.pattern})(?:x|ext\.?)?\s*(?P<digits>[0-9]{{1,7}})"
    rf"(?![0-9\-]|\s*[\-.(]\s*[0-9]|\s[0-9]{{4}}\b){_NO_TIME}",
    re.IGNORECASE,
)
AGAIN_IN_DIGITS = re.compile(r"\s*\(?([0-9\-]{4,8})\)?")  # 800-662-HELP (4357)
OTHER_COUNTRY = re.compile(
    r"(?:\+\s?(?!1\b)[0-9]{1,3}|\b011[\s\-]?[0-9]{1,3}|^[2-9][0-9])[\s.\-(]*$|(?<![0-9.\-/])[2-9][0-9][\-.]\(?$"
)
LONGEST_PREFIX = 30  # characters before a number that may say its country
# What spreadsheets make of ten digits. With fewer digits before the E the last ones are lost.
AS_FLOAT = re.compile(r"\+?1?[2-9][0-9]{9}\.0+")
AS_POWER = re.compile(r"[1-9]\.[0-9]{7,10}E\+?(?:9|09|10)", re.IGNORECASE)


def find_phones(text: str, kind: PhoneKind = PhoneKind.MAIN) -> list[FoundPhone]:
    """Every number in `text` that can be dialled, in order, none twice for one kind.

    `kind`: what a number is for if no word says so.
    """
    text = _plain(text)
    spans = _spans(text)
    if not spans:
        return [FoundPhone(number, kind, "") for number in _whole(text)]
    before, after = _labels(text, spans)
    found: dict[tuple[str, PhoneKind], FoundPhone] = {}
    carried = kind
    for place, span in enumerate(spans):
        label = f"{before[place]} {after[place]}"
        own = _kind_of(label)
        if own in (PhoneKind.FAX, PhoneKind.TTY) and len(spans) == 1 and VOICE.search(label):
            own = PhoneKind.MAIN  # one number for both
        if own is None and _says_something(before[place]):
            carried = kind  # another label ends the one before
        stated = own or carried
        if _kind_of(before[place]) is not None:
            carried = stated
        words = _words(f"{label} {span.said}")
        for number in span.numbers:
            found.setdefault((number, stated), FoundPhone(number, stated, words))
    return list(found.values())


def is_told_by(text: str, found: list[FoundPhone]) -> bool:
    """Whether the numbers to call in `found` say all that `text` says: no word, digit or fax beside them."""
    if any(phone.words or phone.kind not in CALLED for phone in found):
        return False
    digits = re.sub(r"[^0-9]", "", text)
    return bool(found) or not digits.strip("0") or PLACEHOLDER.fullmatch(digits) is not None


class _Span(NamedTuple):
    """Where a number stands in the text, with what belongs to it."""

    start: int
    end: int
    numbers: list[str]  # one, or one for each of its extensions
    said: str  # what is not certain about it, as written


def _plain(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", text).translate(DASHES).split())
    if AS_FLOAT.fullmatch(text) or AS_POWER.fullmatch(text):
        return f"{float(text):.0f}"
    return text


def _whole(text: str) -> list[str]:
    """A number that is all of the text, letters of any size: "800-recovery"."""
    if not re.search(r"[A-Za-z]", text) or not re.fullmatch(r"[0-9+(). \-]*[0-9)\-][A-Za-z0-9\-]+", text):
        return []
    try:
        number = normalise_phone(text)
    except NotAPhone:
        return []
    return [number]


def _spans(text: str) -> list[_Span]:
    spans, at = [], 0
    ahead: dict[re.Pattern[str], re.Match[str] | None] = {}  # looked for once, not again from every number
    while at < len(text):
        for pattern in (PLAIN, LETTERED):
            if pattern not in ahead or ((known := ahead[pattern]) and known.start() < at):
                ahead[pattern] = pattern.search(text, at)
        matches = [match for match in ahead.values() if match]
        if not matches:
            break
        match = min(matches, key=lambda match: (match.start(), -len(match.groups())))
        span = _span(text, match)
        if span is None:
            at = match.start() + 1
        else:
            spans.append(span)
            at = span.end
    return spans


def _span(text: str, match: re.Match[str]) -> _Span | None:
    digits = "".join(match.groups())
    if match.re is LETTERED:
        if " " in match[0] and ALL_LETTERS.fullmatch(match[2]) and match[1] not in FREE_TO_CALL:
            return None
        digits = re.sub(r"[^0-9]", "", phonenumbers.convert_alpha_characters_in_number(digits))[:10]
    if not re.fullmatch(r"[2-9][0-9]{2}[2-9][0-9]{6}", digits) or PLACEHOLDER.fullmatch(digits):
        return None
    if OTHER_COUNTRY.search(text, max(0, match.start() - LONGEST_PREFIX), match.start()):
        return None
    base, end, said = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}", match.start() + len(match[0].rstrip(" -.")), ""
    again = AGAIN_IN_DIGITS.match(text, end) if match.re is LETTERED else None
    if again and digits.endswith(again[1].replace("-", "")):
        end = again.end()
    numbers = [base]
    if extension := EXTENSION.match(text, end):
        numbers, end = [f"{base} x{extension[1]}"], extension.end()
        while more := MORE_EXTENSIONS.match(text, end):
            numbers, end = [*numbers, f"{base} x{more['digits']}"], more.end()
    elif extension := DASHED_EXTENSION.match(text, end):
        numbers, end, said = [f"{base} x{extension[1]}"], extension.end(), extension[0]
    return _Span(match.start(), end, numbers, said)


def _labels(text: str, spans: list[_Span]) -> tuple[list[str], list[str]]:
    """The words before and after each number: a gap between two belongs to one of them, or to both in parts."""
    first, last = _spelled_out(text[: spans[0].start]), _spelled_out(text[spans[-1].end :])
    before, after = [first], []
    for one, other in pairwise(spans):
        gap = _spelled_out(text[one.end : other.start])
        left, right = _divided(gap, comes_after=_kind_of(last) is not None, comes_before=_kind_of(first) is not None)
        after.append(left)
        before.append(right)
    return before, [*after, last]


def _spelled_out(label: str) -> str:
    """Labels of one letter as words: " (F) / " is " (fax) / "."""

    def words(match: re.Match[str]) -> str:
        return re.sub(r"\w", lambda letter: LETTERS[letter[0].lower()], match[0])

    return words(match) if (match := LETTER_LABELS.fullmatch(label)) else LETTER_IN_BRACKETS.sub(words, label)


def _divided(gap: str, *, comes_after: bool, comes_before: bool) -> tuple[str, str]:
    """(what belongs to the number before, to the number after), by where the first and last number have their kind"""
    parts = re.match(r"(\s*\([^)]*\))(.*)", gap, re.DOTALL)  # "(24 hours)" is about what it follows
    if parts and (comes_before or comes_after) and not parts[2].strip(" ):(") and _kind_of(parts[1]):
        return (gap, "") if comes_after else ("", gap)
    if parts:
        return parts[1], parts[2]
    if parts := re.match(r"(.*?)(?:[,;|&]|(?<![0-9])/|/(?![0-9])|\b(?:or|and)\b)(.*)", gap, re.IGNORECASE | re.DOTALL):
        return parts[1], parts[2]
    return (gap, "") if comes_after and ":" not in gap else ("", gap)


def _kind_of(words: str) -> PhoneKind | None:
    spaced = NOT_ITS_KIND.sub("", _spaced(words))
    return next((kind for kind, pattern in KIND_WORDS if pattern.search(spaced)), None)


def _spaced(words: str) -> str:
    """ "press2thenpress5" as "press 2 then press 5"."""
    return re.sub(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])|(?<=[0-9]then)(?=[a-z])", " ", words)


def _says_something(words: str) -> bool:
    return bool(re.search(r"[A-Za-z0-9]", NOISE.sub("", words)))


def _words(words: str) -> str:
    kept = " ".join(_spaced(words).split()).strip(" ,;:./|-()")
    return kept if _says_something(kept) else ""
