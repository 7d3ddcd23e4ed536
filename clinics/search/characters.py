"""What a text may say, from its characters alone: digits and dashes of every keyboard, points, ZIP codes, streets."""

import re
import unicodedata
from typing import NamedTuple

from django.utils.translation import gettext as _

from clinics.search.gazetteer import PlaceNotFound, is_in_the_us

LONGEST_TEXT = 100  # characters

COUNTRY = re.compile(r"[, ]+(?:usa|u\.s\.a\.|united states(?: of america)?|estados unidos)$", re.IGNORECASE)
SPREADSHEET = re.compile(r"([0-9]{3,5})\.0+")  # a ZIP code that was a number for a while
FEW_DIGITS = re.compile(r"[0-9]{3,4}")
FOUR_DIGITS = re.compile(r"(?<![\w.-])[0-9]{4}(?![\w.-])")
ONLY_A_ZIP = re.compile(r"([0-9]{5})|([0-9]{3,5})-([0-9]{4})|([0-9]{3,5})([0-9]{4})")
PHONE = re.compile(r"\+?1?[ .(-]*[0-9]{3}[ .)-]*[0-9]{3}[ .-]*[0-9]{4}(?: ?(?:x|ext\.?) ?[0-9]+)?", re.IGNORECASE)
# Five characters on their own that are digits, or letters that look like them.
ZIP_LIKE = re.compile(r"(?<![\w.-])([0-9OoIl|]{5})(?:[- ][0-9]{4})?(?![\w]|[-.][0-9])")
FEWEST_DIGITS = 2  # of ZIP_LIKE that are no letters
LOOK_ALIKE = str.maketrans("OoIl|", "00111")

STUCK_TO_A_WORD = re.compile(r"(?<=[a-z])(?=[0-9]{5}(?:[ ,]|-[0-9]{4}|$))", re.IGNORECASE)  # zip10001
NAMES_OF_NUMBERS = re.compile(
    r"\b(?:geo|gps|lat(?:itude?|itud)?|lon(?:g|gitude?|gitud)?|coordinates|coordenadas)\b[:=]?|[()\[\]]",
    re.IGNORECASE,
)
POINT = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?)(?: ?[,;/] ?| )([+-]?[0-9]+(?:\.[0-9]*)?)")
DECIMAL_COMMAS = re.compile(r"([+-]?[0-9]+),([0-9]+)(?: ?; ?| )([+-]?[0-9]+),([0-9]+)")
_DEGREES = r"""([+-]?[0-9]+(?:\.[0-9]*)?) ?°? ?(?:([0-9]+(?:\.[0-9]*)?) ?' ?)?(?:([0-9]+(?:\.[0-9]*)?) ?(?:"|'') ?)?"""
HEMISPHERES_BEHIND = re.compile(rf"{_DEGREES} ?([NS])[ ,;/]*{_DEGREES} ?([EWO])", re.IGNORECASE)
HEMISPHERES_BEFORE = re.compile(rf"([NS]) ?{_DEGREES}[ ,;/]*([EWO]) ?{_DEGREES}", re.IGNORECASE)

MOST_DEGREES = 180

STREET_WORDS = frozenset(
    (
        *(
            "st",
            "street",
            "ave",
            "avenue",
            "av",
            "rd",
            "road",
            "blvd",
            "boulevard",
            "dr",
            "drive",
            "ln",
            "lane",
            "way",
        ),
        *("hwy", "highway", "pkwy", "parkway", "ct", "court", "pl", "sq", "square", "ter", "terrace", "cir", "circle"),
        *("pike", "route", "rt", "apt", "suite", "ste", "unit", "floor", "trl", "trail", "loop"),
        *("calle", "avenida", "carretera"),
    )
)
SAME_MARKS = str.maketrans("º’‘ʻ′´`“”″", "°''''''\"\"\"")


class Point(NamedTuple):
    latitude: float
    longitude: float
    note: str = ""


def readable(text: str) -> str:
    """`text` with single blanks, plain digits, dashes and quotes, without the country. Raises PlaceNotFound."""
    if len(text) <= LONGEST_TEXT:
        text = unicodedata.normalize("NFKC", text.translate(SAME_MARKS)).translate(SAME_MARKS)
        text = "".join(map(plain_character, text))
    if len(text) > LONGEST_TEXT:  # as typed, or once a character that stands for several is these
        raise PlaceNotFound(_("That is too long for a place. Type a ZIP code, or a city and state."))
    text = " ".join(text.split()).strip(" .,;")
    if not text.isprintable():
        raise PlaceNotFound(_("Some characters of that cannot be read. Type a ZIP code, or a city and state."))
    return STUCK_TO_A_WORD.sub(" ", COUNTRY.sub("", text))


def plain_character(character: str) -> str:
    """The ASCII digit or dash that a character stands for; nothing for marks of direction that come along unseen."""
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    return "" if category == "Cf" else character


def read_point(text: str) -> Point | None:
    """Latitude and longitude, however they are written; the note says what was put right."""
    text = " ".join(NAMES_OF_NUMBERS.sub(" ", text).split())
    if found := DECIMAL_COMMAS.fullmatch(text):
        text = f"{found[1]}.{found[2]}, {found[3]}.{found[4]}"
    if found := POINT.fullmatch(text):
        return put_right(float(found[1]), float(found[2])) if "." in text else whole_degrees(found)
    if found := HEMISPHERES_BEHIND.fullmatch(text):
        *north, ns, d, m, s, ew = found.groups()
        return Point(degrees(north, ns), degrees([d, m, s], ew))
    if found := HEMISPHERES_BEFORE.fullmatch(text):
        ns, *north, ew, d, m, s = found.groups()
        return Point(degrees(north, ns), degrees([d, m, s], ew))
    return None


def whole_degrees(found: re.Match) -> Point | None:
    """Two whole numbers are a point, but not those of a ZIP+4 with a blank, or two ZIP codes."""
    first, second = map(float, found.groups())
    return put_right(first, second) if max(abs(first), abs(second)) <= MOST_DEGREES else None


def degrees(parts, hemisphere: str) -> float:
    whole, minutes, seconds = (float(part or 0) for part in parts)
    size = abs(whole) + minutes / 60 + seconds / 3600
    return -size if hemisphere.upper() in "SWO" or whole < 0 else size


def put_right(first: float, second: float) -> Point:
    """A swapped pair, or one without the minus of the west, is what it must be to lie in the United States."""
    if is_in_the_us(first, second):
        return Point(first, second)
    if is_in_the_us(second, first):
        return Point(second, first, _("We read the second number as the latitude."))
    if is_in_the_us(first, -second):
        return Point(first, -second, _("We read the longitude as west: it has a minus."))
    if is_in_the_us(second, -first):
        return Point(second, -first, _("We read the second number as the latitude, and the longitude as west."))
    return Point(first, second)


class ZipToken(NamedTuple):
    """Five characters in a text that may be a ZIP code."""

    code: str
    start: int
    end: int
    is_at_the_end: bool
    typed: str

    @property
    def had_letters(self) -> bool:
        return self.typed != self.code


def zip_tokens(text: str) -> list[ZipToken]:
    """The last of them first: a ZIP code stands behind what it belongs to."""
    found = []
    for token in ZIP_LIKE.finditer(text):
        if sum(character.isdigit() for character in token[1]) >= FEWEST_DIGITS:
            is_last = not any(character.isalnum() for character in text[token.end() :])
            code = token[1].translate(LOOK_ALIKE)
            found.append(ZipToken(code, token.start(), token.end(), is_last, token[1]))
    return found[::-1]


def digits_beside_words(text: str) -> str:
    """The four digits in "Boston, MA 2118", which may be a ZIP code without its zero; "" in an address or a number."""
    found = FOUR_DIGITS.findall(text)
    is_beside = len(found) == 1 and any(map(str.isalpha, text)) and not is_street(text)
    return found[0] if is_beside and sum(map(str.isdigit, text)) == len(found[0]) else ""


def is_only_street_words(text: str) -> bool:
    return STREET_WORDS.issuperset(re.split(r"[^a-z0-9]+", text.lower().strip(" .")))


def is_street(text: str) -> bool:
    """Whether a number and a word such as Ave stand in it."""
    words = re.split(r"[^a-z0-9]+", text.lower())
    return any(word.isdigit() for word in words) and not STREET_WORDS.isdisjoint(words)
