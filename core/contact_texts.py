"""Phone numbers, links and addresses of mail in what people type, also where letters and digits are disguised.

Each expression does bounded work from each place of a text, so that reading costs as much as the text is long.
"""

import re
import unicodedata
from enum import StrEnum

LONGEST = 40_000  # characters that are read, as typed and as normalised; forms refuse texts far shorter than this


class Kind(StrEnum):
    PHONE = "phone"
    LINK = "link"
    EMAIL = "email"


# Letters that are put in place of others to get past a rule: "s3lling", "$uboxone".
DISGUISE = str.maketrans({"$": "s", "@": "a", "0": "o", "1": "i", "3": "e", "5": "s", "7": "t", "!": "i"})
SEVERAL_SIGNS = str.maketrans(
    dict.fromkeys("’‘", "'")
    | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
    | dict.fromkeys("\u115f\u1160\u3164\uffa0", " ")
    | dict.fromkeys("。．｡", ".")
)
INVISIBLE = frozenset(["Mn", "Me", "Cf"])  # accents, the frames of keycap emoji, joiners and marks of direction
WORD = re.compile(r"\S+")
ASCII_LETTER = re.compile(r"[A-Za-z]")
SINGLE_LETTERS = re.compile(r"(?<!\w)\w(?:([ .\-_*])\w(?=\1|\W|$))(?:\1\w(?!\w))+")

_BETWEEN = r"[\s.\-/_*()·•]{0,3}"
_DIGIT = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine"
    r"|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|\d)"
)
_DOT = r"(?: ?(?:\[dot\]|\(dot\)|\[\.\]|\(\.\)) ?| dot | punto )"
_ENDINGS = (
    r"(?:com|net|org|info|biz|io|co|us|ru|xyz|shop|store|online|site|health|healthcare|clinic|care|center|centre|help"
    r"|hospital|doctor|dental|life|live|today|world|support|services|solutions|network|group|page|link|click|website"
    r"|space|pro|top|icu|tv|cc|me|ai|app|ly|dev|blog|news|email|chat|community|foundation|example|gov|edu)"
)
WITHOUT_AREA_CODE = re.compile(r"(?<![\w-])\d{3}[\s.\-]\d{4}\b(?!-\d)")  # no ZIP+4
PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.PHONE, re.compile(rf"(?<!\d)(?:\+?1{_BETWEEN})?\(?[2-9]\d\d{_BETWEEN}[2-9]\d\d{_BETWEEN}\d{{4}}(?!\d)")),
    (Kind.PHONE, WITHOUT_AREA_CODE),
    (
        Kind.PHONE,
        re.compile(r"(?<!\d)8(?:00|33|44|55|66|77|88)[\s.\-]{1,2}(?=[\d .\-]{0,9}[A-Z])(?:[A-Z\d][ .\-]?){7}"),
    ),
    (Kind.PHONE, re.compile(rf"\b{_DIGIT}(?:[\W_]{{1,3}}{_DIGIT}){{6}}\b", re.IGNORECASE)),
    (Kind.LINK, re.compile(r"https?:", re.IGNORECASE)),
    (Kind.LINK, re.compile(r"\bwww\.", re.IGNORECASE)),
    (Kind.LINK, re.compile(rf"[\w-]\.{_ENDINGS}\b", re.IGNORECASE)),
    (Kind.LINK, re.compile(r"\w\.[a-z]{2,6}/\w", re.IGNORECASE)),  # any ending, with a path
    (Kind.LINK, re.compile(rf"\w{_DOT}{_ENDINGS}\b", re.IGNORECASE)),
    (Kind.LINK, re.compile(r"(?<!\w)@\w{3}")),  # an account of a social network
    (Kind.EMAIL, re.compile(r"\S@\S")),
    (
        Kind.EMAIL,
        re.compile(r"\w(?: ?[\[(](?:at|arroba)[\])] ?| at | arroba )(?:gmail|hotmail|yahoo|outlook|icloud)\b", re.I),
    ),
)


# Numbers of prose that nobody calls: times; dates, spans of years, prices and ZIP+4 if no other number is beside them.
_TIME = re.compile(r"\b(?:[01]?\d|2[0-4]):[0-5]\d\b|\b24/7\b")
_NO_PHONE = re.compile(
    r"\b(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/(?:19|20)?\d\d\b|\b(?:19|20)\d\d ?- ?(?:19|20)\d\d\b"
    r"|\$ ?\d{1,3}(?:,?\d{3})?(?:\.\d\d)?\b|\b\d{5}-\d{4}\b"
)
_NUMBER_WORD = re.compile(rf"{_DIGIT}\Z", re.IGNORECASE)
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_MOST_BETWEEN = 6  # signs between two parts of one number
_FEWEST_DIGITS = 7
_SHORT_CODE = re.compile(
    r"\b(?:text|sms|send|envie|mande)\b[^.\n]{0,40}?\b(?:to|al|a)\b\W{0,3}\d{5,6}\b", re.IGNORECASE
)
_SPELLED_NUMBER = re.compile(r"(?<!\d)[2-9]\d\d[\s.\-]{1,3}[A-Z]{2,4}-[A-Z\d]{3,5}\b")  # 410-GET-HELP


def contacts_in(text: str, *, of_address: bool = False) -> list[Kind]:
    """The kinds of contact that a text holds, in the order of Kind. At most LONGEST characters of it are read.

    `of_address`: seven digits may be two numbers of a street, "Hwy 441 2500".
    """
    return contacts_of(readings(text), of_address=of_address)


def contacts_of(versions: set[str], *, of_address: bool = False) -> list[Kind]:
    """The same of a text that has been read (`readings`)."""
    found = {
        kind
        for kind, pattern in PATTERNS
        if not (of_address and pattern is WITHOUT_AREA_CODE) and any(pattern.search(version) for version in versions)
    }
    return [kind for kind in Kind if kind in found]


def leads_elsewhere(text: str) -> bool:
    """Whether a text, which no editor reads first, may hold a contact: stricter than `contacts_in`."""
    versions = readings(text)
    return bool(contacts_of(versions)) or any(
        _SHORT_CODE.search(version) or _SPELLED_NUMBER.search(version) or _has_long_number(version)
        for version in versions
    )


def _has_long_number(text: str) -> bool:
    """Whether digits and words for digits, with no other word between them, make seven digits or more."""
    text = _NO_PHONE.sub(_unless_beside_a_number, _TIME.sub(" at ", text))
    digits, end = 0, 0
    for token in _TOKEN.finditer(text):
        is_number = token[0].isdigit() or _NUMBER_WORD.match(token[0])
        is_near = token.start() - end <= _MOST_BETWEEN
        length = len(token[0]) if token[0].isdigit() else 1
        digits = (digits + length if is_near else length) if is_number else 0
        end = token.end()
        if digits >= _FEWEST_DIGITS:
            return True
    return False


def _unless_beside_a_number(match: re.Match[str]) -> str:
    """A part of a longer number may look like a ZIP code: "41055-5019 9"."""
    before = match.string[max(0, match.start() - _MOST_BETWEEN - 1) : match.start()]
    after = match.string[match.end() : match.end() + _MOST_BETWEEN + 1]
    is_beside = re.search(r"\d\W*\Z", before) or re.match(r"\W*\d", after)
    return match[0] if is_beside else " and "


def readings(text: str) -> set[str]:
    """A text as it is written, and as it is meant where letters are disguised."""
    written = plain(text)
    return {written, undisguised(written), undisguised(closed_up(written))}


def plain(text: str) -> str:
    """Without accents, odd spaces and invisible characters, with straight apostrophes and hyphens.

    Normalising makes some characters several: a text of LONGEST characters may become longer, and is cut again.
    """
    text = _readable(text[:LONGEST].translate(SEVERAL_SIGNS))  # first: the order of many marks costs their square
    text = _readable(unicodedata.normalize("NFKD", text)[:LONGEST].translate(SEVERAL_SIGNS))
    return re.sub(r"[^\S\n]+", " ", unicodedata.normalize("NFC", text))  # a Korean syllable is one character again


def undisguised(text: str) -> str:
    """Words that mix letters with digits and signs, read as they are meant; numbers stay numbers."""
    return WORD.sub(lambda word: word[0].translate(DISGUISE) if ASCII_LETTER.search(word[0]) else word[0], text)


def closed_up(text: str) -> str:
    """Single letters and digits with the same sign between them, as one word: "s u b s", "b.l.u.3.s"."""
    return SINGLE_LETTERS.sub(lambda match: re.sub(r"\W|_", "", match[0]), text)


def _readable(text: str) -> str:
    """Without what nobody sees, and with the digits of every script as ours."""
    return "".join(
        each if each.isascii() else str(unicodedata.decimal(each, each))
        for each in text
        if each.isascii() or unicodedata.category(each) not in INVISIBLE
    )
