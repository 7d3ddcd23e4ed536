"""Hours as people type them, in English or Spanish: read, asked back where they leave something open, and written.

`read_hours` reads all of a text and keeps what it understood: hours, walk-in hours and dosing hours, that a visit
needs an appointment, that holidays are closed. What it had to guess ("9-5" is a.m. to p.m.) is a sentence in
`questions`, for a form to ask. What it does not understand raises NotHours, which names that part: nothing is left out
in silence. The words are in hours_words.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext

from clinics.hours import ALL_WEEK, DAY, DAYS, Week, alike_days, clock_text, joined, run_text
from clinics.hours_words import EXAMPLE, Kind, NotHours, Span, Token, clock, is_read_as, tokens_of

OPEN, WALK_IN, DOSING = "open", "walk-in", "dosing"
NEVER, ALWAYS = "none", "24/7"


@dataclass
class TypedHours:
    """What a text states; None is not stated."""

    weeks: dict[str, Week] = field(default_factory=dict)  # by OPEN, WALK_IN, DOSING
    by_appointment: bool = False  # only with an appointment
    closed_on_holidays: bool = False
    questions: list[str] = field(default_factory=list)  # sentences about what was guessed
    elsewhere: str = ""  # the part of the text that is not about the hours that were asked for

    def week(self, what: str) -> Week | None:
        return self.weeks.get(what)


@dataclass
class _Clause:
    """Days with their times, in either order, or days that are closed."""

    text: str = ""
    days: list[list[int]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    is_closed: bool = False
    closed_first: bool = False  # "closed Sat"
    times_first: bool = False  # "9-5 Mon-Fri"
    has_holidays: bool = False
    is_around_the_clock: bool = False  # without a time

    @property
    def all_days(self) -> list[int]:
        return [day for days in self.days for day in days]


def parse_week(text: str) -> Week:
    """The week that a text such as "Mon-Fri 9:00-17:00; Sat 9am-noon" states. Raises NotHours.

    Also "24/7" and "none". For a field that holds hours and nothing else.
    """
    read = read_hours(text)
    if read.elsewhere:
        raise NotHours(gettext("“%(text)s” cannot be kept in this field.") % {"text": read.elsewhere})
    return read.weeks[OPEN]


def read_hours(text: str, *, about: str = OPEN) -> TypedHours:
    """All that a text says; hours without a word for it are `about` that. Raises NotHours."""
    return _Reader(about).read(text)


class _Reader:
    def __init__(self, about: str) -> None:
        self.about = about
        self.label = about
        self.found = TypedHours()
        self.days: dict[str, dict[int, list[tuple[int, int]]]] = {}
        self.closed: dict[str, set[int]] = {}
        self.clause = _Clause()
        self.last_days: list[int] = []
        self.unused_label = ""

    def read(self, text: str) -> TypedHours:
        plain = " ".join(text.lower().split())
        if plain in (NEVER, "never", "closed", "cerrado"):
            return TypedHours({self.about: ()})
        if plain in (ALWAYS, "always", "siempre"):
            return TypedHours({self.about: ALL_WEEK})
        tokens = tokens_of(text)
        for number, token in enumerate(tokens):
            following = tokens[number + 1] if number + 1 < len(tokens) else None
            self._take(token, following)
        self._end_clause()
        if self.unused_label:
            raise _without_a_time(self.unused_label)
        self._finish()
        return self.found

    # What a token does

    def _take(self, token: Token, following: Token | None) -> None:
        if token.kind == Kind.BREAK:
            self._end_clause()
        elif token.kind == Kind.LABEL:
            self._end_clause()
            self.label, self.unused_label = token.label or self.about, token.text
            if self.label != self.about:
                self.found.elsewhere = self.found.elsewhere or token.text
        elif token.kind == Kind.APPOINTMENT:
            self._end_clause()
            self.found.by_appointment, self.unused_label = True, ""
            self.found.elsewhere = self.found.elsewhere or token.text
        else:
            self.unused_label = ""
            {
                Kind.DAYS: self._take_days,
                Kind.SPAN: self._take_span,
                Kind.ALL_DAY: self._take_span,
                Kind.CLOSED: self._take_closed,
                Kind.HOLIDAYS: self._take_holidays,
            }[token.kind](token, following)
            self.clause.text = f"{self.clause.text} {token.text}".strip()

    def _take_days(self, token: Token, _following: Token | None) -> None:
        clause = self.clause
        is_complete = (clause.spans and not clause.times_first) or (clause.is_closed and not clause.closed_first)
        if is_complete or (clause.closed_first and clause.spans):
            self._end_clause()
        self.clause.days.append(list(token.days))

    def _take_span(self, token: Token, _following: Token | None) -> None:
        clause = self.clause
        if clause.times_first and clause.days:
            self._end_clause()
        elif clause.is_closed:
            self._take_span_after_closed(token)
            return
        clause = self.clause
        clause.times_first = clause.times_first or not clause.days
        clause.is_around_the_clock = clause.is_around_the_clock or token.kind == Kind.ALL_DAY
        clause.spans.append(token.span)
        self.found.questions += [token.span.question] if token.span.question else []

    def _take_span_after_closed(self, token: Token) -> None:
        """ "closed 12-1", of the days before; "closed Sat, Mon 9-5", of which the last day begins something new."""
        clause = self.clause
        if not clause.closed_first:  # "Sat closed 9-5 Mon"
            self._end_clause()
            self._take_span(token, None)
        elif not clause.days and self.last_days:
            self._cut(self.last_days, token.span)
            clause.spans.append(token.span)
        elif len(clause.days) > 1:
            new = clause.days.pop()
            self._end_clause()
            self.clause.days, self.clause.spans = [new], [token.span]
            names = ", ".join(run_text([(day, day)]) for day in new)
            self.found.questions.append(
                gettext("“%(text)s”: the hours of %(days)s?") % {"text": token.text, "days": names}
            )
        else:
            raise _ambiguous(f"{clause.text} {token.text}")

    def _take_closed(self, token: Token, _following: Token | None) -> None:
        clause = self.clause
        if clause.days and not clause.spans and not clause.is_closed:
            clause.is_closed = True
            return
        if clause.has_holidays and not clause.days:  # "holidays closed"
            clause.is_closed = True
            return
        self._end_clause()
        self.clause.is_closed = self.clause.closed_first = True

    def _take_holidays(self, token: Token, following: Token | None) -> None:
        says_closed = self.clause.is_closed or (following is not None and following.kind == Kind.CLOSED)
        if not says_closed:
            sentence = gettext("We do not understand “%(text)s”: say whether you are closed on holidays.")
            raise NotHours(sentence % {"text": token.text})
        if not self.found.closed_on_holidays:
            sentence = gettext("“%(text)s”: closed on all eleven federal holidays?")
            self.found.questions.append(sentence % {"text": token.text})
        if self.clause.spans:
            self._end_clause()
        self.clause.has_holidays = self.found.closed_on_holidays = True
        self.found.elsewhere = self.found.elsewhere or token.text

    # What a clause states

    def _end_clause(self) -> None:
        clause, self.clause = self.clause, _Clause()
        if not clause.text:
            return
        days = clause.all_days
        if clause.is_closed:
            if not (days or clause.has_holidays or clause.spans):
                raise _names_no_day(clause.text)
            self.closed.setdefault(self.label, set()).update(days)
        elif not clause.spans:
            raise _without_a_time(clause.text)
        elif not days and not clause.is_around_the_clock:
            raise _names_no_day(clause.text)
        else:
            self._state(clause, days or list(range(7)))

    def _state(self, clause: _Clause, days: list[int]) -> None:
        """A day that is named again: other times are added; times that overlap take the place of the first ones."""
        spans = [(span.start, span.end) for span in clause.spans]
        known = self.days.setdefault(self.label, {})
        if len(joined(spans)) < len(spans) and any(a != b and _overlap(a, b) for a in spans for b in spans):
            self._ask(gettext("The times of “%(text)s” overlap: is it open from the first to the last?"), clause.text)
        for day in dict.fromkeys(days):
            before = known.get(day, [])
            if any(_overlap(old, new) for old in before for new in spans):
                self._ask(gettext("“%(text)s”: an exception to what you wrote before it?"), clause.text)
                before = []
            known[day] = before + spans
        self.last_days = days

    def _ask(self, sentence: str, text: str) -> None:
        question = sentence % {"text": text}
        if question not in self.found.questions:
            self.found.questions.append(question)

    def _cut(self, days: Iterable[int], away: Span) -> None:
        """Closed for lunch."""
        known = self.days.get(self.label, {})
        for day in days:
            known[day] = [part for span in known.get(day, []) for part in _without(span, (away.start, away.end))]

    def _finish(self) -> None:
        for label, by_day in self.days.items():
            closed = self.closed.get(label, set())
            stretches = [
                (day * DAY + start, day * DAY + end)
                for day, spans in by_day.items()
                if day not in closed
                for start, end in spans
            ]
            self.found.weeks[label] = joined(stretches)
        if self.about not in self.found.weeks and self.closed.get(self.about):
            raise NotHours(gettext("No hours were given. Write them like %(example)s.") % {"example": EXAMPLE})
        if not (self.found.weeks or self.found.by_appointment or self.found.closed_on_holidays):
            raise NotHours(gettext("No hours were given. Write them like %(example)s.") % {"example": EXAMPLE})
        if self.found.by_appointment:
            self.found.weeks.setdefault(WALK_IN, ())


def overnight_question(start: int, end: int) -> str:
    """Of a stretch that lasts past midnight; minutes of its first day. "" for another one."""
    if end <= DAY:
        return ""
    times = {"start": clock_text(start), "end": clock_text(end)}
    return gettext("Open from %(start)s until %(end)s the next day?") % times


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _without(span: tuple[int, int], away: tuple[int, int]) -> list[tuple[int, int]]:
    parts = [(span[0], min(span[1], away[0])), (max(span[0], away[1]), span[1])]
    return [(start, end) for start, end in parts if start < end]


def _without_a_time(text: str) -> NotHours:
    shown = {"text": text, "example": EXAMPLE}
    return NotHours(gettext("“%(text)s” has no time. Write hours like %(example)s.") % shown)


def _names_no_day(text: str) -> NotHours:
    shown = {"text": text, "example": EXAMPLE}
    return NotHours(gettext("“%(text)s” names no day. Write hours like %(example)s.") % shown)


def _ambiguous(text: str) -> NotHours:
    shown = {"text": text, "example": EXAMPLE}
    return NotHours(gettext("“%(text)s” can be read in two ways. Write hours like %(example)s.") % shown)


# The way back


def format_week(week: Week) -> str:
    """The text that `parse_week` reads back to the same week."""
    if not week:
        return NEVER
    if week == ALL_WEEK:
        return ALWAYS
    return "; ".join(
        f"{run_text(runs, DAYS)} " + ", ".join(_span_text(start, end) for start, end in spans)
        for runs, spans in alike_days(week)
    )


def _span_text(start: int, end: int) -> str:
    """On the clock of 24 hours where that is read back as it is, else with am and pm: "9:00am-5:00am"."""
    text = f"{clock(start)}-{clock(end)}"
    if is_read_as(text, start, end + (DAY if end <= start else 0)):
        return text
    return "-".join(
        f"{clock((m // 60 - 1) % 12 * 60 + 60 + m % 60)}{'pm' if m // 60 % 24 >= 12 else 'am'}" for m in (start, end)
    )
