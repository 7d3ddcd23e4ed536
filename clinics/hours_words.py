"""The words of hours that people type, in English and Spanish, cut into tokens: days, times, closed, and so on."""

import re
import unicodedata
from enum import Enum, auto
from typing import NamedTuple

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from clinics.hours import DAY, SHORT_NAMES, clock_text

EXAMPLE = _("Mon-Fri 9:00-17:00; Sat 9:00-12:30")
_EARLIEST = 5 * 60  # no clinic opens earlier: "1-5" is the afternoon
_SURELY_MORNING = 9 * 60  # "9-11" is, "6-9" may be an evening
_OTHER_HALF = {"am": "pm", "pm": "am"}


class NotHours(ValueError):  # noqa: N818 - what happened
    """Hours that cannot be read; str() says what is wrong and how to write them."""


class Kind(Enum):
    DAYS = auto()
    SPAN = auto()
    ALL_DAY = auto()
    CLOSED = auto()
    HOLIDAYS = auto()
    APPOINTMENT = auto()
    LABEL = auto()
    BREAK = auto()


class Span(NamedTuple):
    """Minutes of a day; the end is after the start, maybe on the next day. `question`: what was guessed, or ""."""

    start: int
    end: int
    question: str = ""


class Token(NamedTuple):
    kind: Kind
    text: str
    days: tuple[int, ...] = ()
    span: Span = Span(0, 0)
    label: str = ""  # of which hours; "": of those that were asked for


# Made plain before anything is read. Without accents and in small letters.
_REWORDED = (
    (re.compile(r"[‐‑‒–—−]"), "-"),
    (re.compile(r"(?<=\d)\.(?=\d\d\b)"), ":"),
    (re.compile(r"(\d)\s*([ap])\.?\s?m\b\.?"), r"\1\2m"),
    (re.compile(r"\b(?:12 ?)?(?:noon|del mediodia|mediodia)\b"), "12pm"),
    (re.compile(r"\b(?:12 ?)?(?:midnight|medianoche)\b"), "12am"),
    (re.compile(r"\s*\b(?:de|por) la manana\b"), "am"),
    (re.compile(r"\s*\b(?:de|por) la (?:tarde|noche)\b"), "pm"),
    (re.compile(r"\s*\bin the morning\b"), "am"),
    (re.compile(r"\s*\b(?:in the (?:afternoon|evening)|at night)\b"), "pm"),
    (
        re.compile(r"\b(?:(?:7|seven|siete) (?:days|dias) (?:a|per|each|por|a la) ?(?:week|semana)|every ?day)\b"),
        "daily",
    ),
    (re.compile(r"\b(?:all days|todos los dias|diario|diariamente)\b"), "daily"),
    (re.compile(r"\b(?:fines? de semana)\b"), "weekends"),
    (re.compile(r"\b(?:entre semana|dias (?:de semana|laborables))\b"), "weekdays"),
)
_TO = r"(?:\s*-+\s*|\s+(?:to|until|till|til|through|thru|a|al|hasta)\s+(?:l[oa]s?\s+)?)"
_CLOCK = r"(?:l[ao]s )?(\d{1,2})(?::?(\d\d))?\s*(am|pm|a|p|hrs?|h)?(?![a-z0-9:])"
_SPAN = re.compile(rf"{_CLOCK}{_TO}{_CLOCK}")
_DAY = r"([a-z]{1,5}\b\.?|[a-z]+)"  # the dot of "Mon." ends no sentence
_DAYS = re.compile(rf"{_DAY}(?:{_TO}{_DAY})?")
_AFTERNOON_HOUR = re.compile(r"\b(?:1[3-9]|2[0-4])(?::?\d\d)?\b|\b0\d:\d\d\b")  # the clock of 24 hours is meant
_24_7 = re.compile(r"24 ?/ ?7(?: ?/ ?365)?(?!\d)")
_ALL_DAY = re.compile(
    r"(?:open |abierto )?(?:24 ?-?(?:hours?|hrs?|h|horas)(?: (?:a|per|al) (?:day|dia))?\b|all day\b|around the clock\b"
    r"|todo el dia\b|(?:all )?day and night\b|dia y noche\b)"
)
_CLOSED = re.compile(
    r"(?:closed|cerrad[oa]s?|except(?:ing)?|excluding|excepto|salvo|lunch|almuerzo)"
    r"(?: (?:for|para|por)(?: el)? ?(?:lunch|almuerzo))?\b"
)
_HOLIDAYS = re.compile(
    r"(?:on |en |los |all |most |major |federal |public |national |legal |bank |u\.?s\.? |dias )*"
    r"(?:holidays?|feriados|festivos|dias festivos)(?: (?:federales|nacionales))?\b"
)
_APPOINTMENT = re.compile(
    r"(?:only |solo |solamente )?(?:by|with|con|previa|appointments?|appt|cita) ?(?:an |una )?"
    r"(?:appointments?|appts?|cita)?\.?(?: previa)?(?: only| solamente)?(?: required| needed)?(?=[\s;,.)]|$)"
)
_IS_APPOINTMENT = re.compile(r"appointment|appt|cita")
_LABELS = (
    ("walk-in", re.compile(r"(?:walk[ -]?ins?|sin cita)(?: hours| clinic| times)?\b(?! (?:welcome|ok|accepted))")),
    (
        "dosing",
        re.compile(
            r"(?:horario de (?:las )?dosis|(?:methadone )?(?:dosing|doses|dose|medicating|dosis|medication window)"
            r"(?: hours| window| times)?)\b"
        ),
    ),
    ("open", re.compile(r"(?:office|clinic|business|regular|opening) hours\b")),
    ("", re.compile(r"(?:hours(?: of operation)?|horario)\b")),
)
_BREAK = re.compile(r"\s*(?:[;|]|\.(?=\s|$))\s*")
_NOISE = re.compile(
    r"[\s,:/&()-]+|(?:and|from|open|on|at|the|are|we|is|y|e|de|del|desde|los|las|el|la|abierto|abrimos)\b"
)
_FRAGMENT = re.compile(r"[^\s;,]+")
_LETTER = re.compile(r"th|tu|sa|su|[mtwrf]")  # of MWF, TTh
_LETTERS = re.compile(rf"(?!mf$)(?:{_LETTER.pattern})+")  # MF may be M-F
_FULL_NAMES = (
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"),
)
_SHORT_DAYS = {
    **{"m": 0, "mo": 0, "t": 1, "tu": 1, "w": 2, "we": 2, "weds": 2, "r": 3, "th": 3},
    **{"f": 4, "fr": 4, "sa": 5, "su": 6},
    **{"l": 0, "lu": 0, "ma": 1, "mi": 2, "x": 2, "j": 3, "ju": 3, "v": 4, "vi": 4, "do": 6},
}
_SPANISH_LETTERS = {"s": 5, "d": 6}  # of L M X J V S D; in English "S" may be two days
_SEVERAL_DAYS = {"daily": range(7), **dict.fromkeys(["weekdays", "weekday"], range(5))}
_SEVERAL_DAYS |= dict.fromkeys(["weekends", "weekend"], range(5, 7))


def tokens_of(text: str) -> list[Token]:
    """Raises NotHours, which names the first part that it does not understand."""
    # A new line ends what was said before it.
    plain = "; ".join(line for line in map(_plain, text.splitlines()) if line)
    on_24_hours = bool(_AFTERNOON_HOUR.search(plain))
    tokens, at = [], 0
    while at < len(plain):
        found, token = _token_at(plain, at, on_24_hours)
        if token:
            tokens.append(token)
        at = found.end()
    return tokens


def _plain(line: str) -> str:
    letters = unicodedata.normalize("NFKD", line.lower())
    text = "".join(letter for letter in letters if not unicodedata.combining(letter))
    for words, short in _REWORDED:
        text = words.sub(short, text)
    return " ".join(text.split())


def _token_at(text: str, at: int, on_24_hours: bool) -> tuple[re.Match[str], Token | None]:
    """What stands there; None in place of a token that means nothing, such as a comma."""
    if found := _BREAK.match(text, at):
        return found, Token(Kind.BREAK, found[0])
    for label, words in _LABELS:
        if found := words.match(text, at):
            return found, Token(Kind.LABEL, found[0], label=label)
    if found := _HOLIDAYS.match(text, at):
        return found, Token(Kind.HOLIDAYS, found[0])
    if (found := _APPOINTMENT.match(text, at)) and _IS_APPOINTMENT.search(found[0]):
        return found, Token(Kind.APPOINTMENT, found[0].strip())
    if found := _24_7.match(text, at):
        return found, Token(Kind.ALL_DAY, found[0], span=Span(0, DAY))
    if found := _ALL_DAY.match(text, at):
        sentence = gettext("“%(text)s”: day and night?") % {"text": found[0]}
        return found, Token(Kind.ALL_DAY, found[0], span=Span(0, DAY, sentence))
    if found := _SPAN.match(text, at):
        span = read_span(*found.groups(), on_24_hours=on_24_hours, text=found[0])
        return found, Token(Kind.SPAN, found[0], span=span)
    if found := _CLOSED.match(text, at):
        return found, Token(Kind.CLOSED, found[0])
    if found := _NOISE.match(text, at):
        return found, None
    if found := _DAYS.match(text, at):
        return found, Token(Kind.DAYS, found[0], tuple(_read_days(*found.groups())))
    fragment = _FRAGMENT.match(text, at)
    shown = {"text": fragment[0] if fragment else text[at:], "example": EXAMPLE}
    raise NotHours(gettext("“%(text)s” is not a time from and to. Write hours like %(example)s.") % shown)


def _read_days(*names: str | None) -> list[int]:
    """The days of "mon-fri", "weekdays", "tu", and of the letters "mwf"."""
    first_name, last_name = ((name or "").removesuffix(".") for name in names)
    if not last_name:
        if first_name in _SEVERAL_DAYS:
            return list(_SEVERAL_DAYS[first_name])
        letters = _LETTERS.fullmatch(first_name)
        if letters and _day_or_none(first_name) is None:
            return [_day(letter) for letter in _LETTER.findall(first_name)]
    first = _day(first_name)
    last = _day(last_name) if last_name else first
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _day(name: str) -> int:
    day = _day_or_none(name)
    if day is None:
        shown = {"text": name, "days": ", ".join(map(str, SHORT_NAMES))}
        raise NotHours(gettext("“%(text)s” is not a day. Write days as %(days)s.") % shown)
    return day


def _day_or_none(name: str) -> int | None:
    if name in _SHORT_DAYS:
        return _SHORT_DAYS[name]
    if name in _SPANISH_LETTERS and (get_language() or "").startswith("es"):
        return _SPANISH_LETTERS[name]
    singular = name.removesuffix("s") if name.endswith(("days", "sabados", "domingos")) else name
    found = [
        day
        for names in _FULL_NAMES
        for day, full_name in enumerate(names)
        if len(name) >= 3 and full_name.startswith(singular)
    ]
    return found[0] if found else None


def read_span(
    hour: str,
    minute: str | None,
    half: str | None,
    end_hour: str,
    end_minute: str | None,
    end_half: str | None,
    *,
    on_24_hours: bool = False,
    text: str = "",
) -> Span:
    """Minutes of the day of "9-5", "9:00-17:00" or "5:30a-11a". Raises NotHours."""
    half, end_half = _half(half), _half(end_half)
    read = _halves(hour, minute, half, end_hour, end_minute, end_half, on_24_hours=on_24_hours)
    start, end = _minute(hour, minute, read[0]), _minute(end_hour, end_minute, read[1])
    end += DAY if end <= start else 0
    is_on_12_hours = 1 <= int(hour) <= 12 and 1 <= int(end_hour) <= 12
    is_guessed = is_on_12_hours and not (half and end_half) and not (on_24_hours and read == (None, None))
    question = ""
    if end > DAY:
        sentence = gettext("“%(text)s”: %(start)s to %(end)s the next day?")
    elif is_guessed:
        sentence = gettext("“%(text)s”: %(start)s to %(end)s?")
    else:
        sentence = ""
    if sentence:
        question = sentence % {
            "text": text or f"{hour}-{end_hour}",
            "start": clock_text(start),
            "end": clock_text(end),
        }
    return Span(start, end, question)


def _half(text: str | None) -> str | None:
    return f"{text[0]}m" if text and text[0] in "ap" else None


def _halves(
    hour: str,
    minute: str | None,
    half: str | None,
    end_hour: str,
    end_minute: str | None,
    end_half: str | None,
    *,
    on_24_hours: bool,
) -> tuple[str | None, str | None]:
    """Whether each time is "am" or "pm"; None for as it stands. Raises NotHours where nobody can know.

    What is not written is what people mean of a clinic: open by day, and rather briefly than overnight. "9-5" and
    "8-4:30" are am to pm, "12-8" begins at noon, "1-5" is the afternoon, "11-2pm" begins at 11 am. "6-9" is asked.
    """
    if (half and end_half) or not (1 <= int(hour) <= 12 and 1 <= int(end_hour) <= 12):
        return half, end_half
    start, end = (int(h) % 12 * 60 + int(m or 0) for h, m in ((hour, minute), (end_hour, end_minute)))
    if half:
        return half, half if end > start else _OTHER_HALF[half]
    if end_half:
        return end_half if start < end else _OTHER_HALF[end_half], end_half
    if end > start and (int(hour) == 12 or start < _EARLIEST):
        return "pm", "pm"
    if end <= start and int(hour) != 12 and start >= _EARLIEST:
        return "am", "pm"
    if end > start and (minute or end_minute or on_24_hours or start >= _SURELY_MORNING):
        return None, None
    shown = {"text": f"{hour}-{end_hour}", "one": f"{hour}am-{end_hour}am", "other": f"{hour}pm-{end_hour}pm"}
    raise NotHours(
        gettext("“%(text)s” may be morning or evening. Write am or pm, such as %(one)s or %(other)s.") % shown
    )


def _minute(hour: str, minute: str | None, half: str | None) -> int:
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            raise NotHours(gettext("“%(text)s” is not a time of day.") % {"text": f"{hour} {half}"})
        hours = hours % 12 + (12 if half == "pm" else 0)
    if minutes > 59 or hours * 60 + minutes > DAY:
        raise NotHours(gettext("“%(text)s” is not a time of day.") % {"text": f"{hour}:{minutes:02}"})
    return hours * 60 + minutes


def is_read_as(text: str, start: int, end: int) -> bool:
    """Whether these times of day, without anything beside them, are read as those minutes."""
    found = _SPAN.fullmatch(text)
    try:
        return found is not None and read_span(*found.groups())[:2] == (start, end)
    except NotHours:  # "01:00-12:00" may be morning or evening
        return False


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"
