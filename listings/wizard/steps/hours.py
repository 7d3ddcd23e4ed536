"""When it is open: a row a day with two times, or a text in its place, and always what readers will see of it.

A text that can be read becomes rows at once. What was guessed in it, and what lasts past midnight, is asked back.
Doses, walk-in hours and holidays, which a text may hold too, have a fold each.
"""

import re
from collections.abc import Iterator

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics import typed_hours
from clinics.answers import hours_as_seen
from clinics.form_fields import LONGEST_HOURS
from clinics.hours import DAY, DAY_NAMES, SHORT_NAMES, Week, days_of, joined, readable_week
from clinics.models import Clinic
from clinics.models.places import time_zone_of
from clinics.questions.kinds import form_field
from clinics.questions.registry import QUESTIONS
from clinics.typed_hours import DOSING, OPEN, WALK_IN, NotHours, TypedHours, format_week, read_hours
from listings.wizard.steps.asking import Doubt
from listings.wizard.steps.base import Step, as_data

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS = ("from", "to", "from2", "to2")
FIELD_OF = {OPEN: "open_hours", WALK_IN: "walk_in_hours", DOSING: "dosing_hours"}
OWN_QUESTIONS = ("dosing_hours", "holidays_closed")  # of the registry, which this step asks
PART_NAMES = {"from": _("opens"), "to": _("closes"), "from2": _("opens again"), "to2": _("closes again")}
LONGEST_TIME = 20  # characters
_OF_THE_BROWSER = re.compile(r"(\d\d):(\d\d)(?::\d\d)?")  # how a field of the type "time" sends it


def row_name(what: str, day: int, part: str) -> str:
    return f"{what.replace('-', '_')}_{DAYS[day]}_{part}"


def rows_of(what: str) -> list[str]:
    return [row_name(what, day, part) for day in range(7) for part in PARTS]


def typed_rows(what: str, week: Week | None) -> dict[str, list[str]]:
    """A week as it is typed into the rows; a third stretch of a day does not fit, see `fits`."""
    typed = {name: [""] for name in rows_of(what)}
    for day, spans in enumerate(days_of(week or ())):
        for number, span in enumerate(spans[:2]):
            for part, minute in zip(PARTS[2 * number : 2 * number + 2], span, strict=True):
                typed[row_name(what, day, part)] = [f"{minute % DAY // 60:02}:{minute % 60:02}"]
    return typed


def fits(week: Week | None) -> bool:
    """Whether the rows can hold it: none is no week of rows, and a day has two stretches."""
    return week is None or (bool(week) and all(len(spans) <= 2 for spans in days_of(week)))


def typed_week(what: str, week: Week | None) -> dict[str, list[str]]:
    """A stored week as the answers of this step."""
    if what == WALK_IN and week == ():
        return typed_rows(what, None) | {FIELD_OF[what]: [""], "by_appointment": ["on"]}
    text = "" if fits(week) else format_week(week or ())
    return typed_rows(what, None if text else week) | {FIELD_OF[what]: [text]}


class _TimeInput(forms.TimeInput):
    input_type = "time"


def _row_fields(what: str) -> dict[str, forms.Field]:
    return {
        row_name(what, day, part): forms.CharField(
            label=format_lazy("{day}, {part}", day=DAY_NAMES[day], part=PART_NAMES[part]),
            required=False,
            max_length=LONGEST_TIME,
            widget=_TimeInput(attrs={"class": "input"}),
        )
        for day in range(7)
        for part in PARTS
    }


def _text_field(label) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=LONGEST_HOURS)


def _hidden_field() -> forms.CharField:
    return forms.CharField(required=False, max_length=LONGEST_HOURS, widget=forms.HiddenInput)


class HoursStep(Step):
    slug, title = "hours", _("Hours")
    template = "listings/_step_hours.html"
    open_hours = _text_field(_("Or type it, such as M-F 9am-5pm or 24/7"))
    walk_in_hours = _text_field(_("Or type it"))
    dosing_hours = _text_field(_("Or type it"))
    locals().update({name: field for what in FIELD_OF for name, field in _row_fields(what).items()})
    locals().update({f"{name}_read": _hidden_field() for name in FIELD_OF.values()})
    same = forms.BooleanField(label=_("Tuesday to Friday: same as above"), required=False)
    by_appointment = forms.BooleanField(label=_("Only with an appointment"), required=False)
    holidays_closed = form_field(QUESTIONS["holidays_closed"])

    inputs = {FIELD_OF[what]: (FIELD_OF[what], *rows_of(what)) for what in FIELD_OF}
    inputs["walk_in_hours"] += ("by_appointment",)

    def __init__(self, data=None, **options):
        super().__init__(None if data is None else _with_rows(data), **options)

    @classmethod
    def facts(cls) -> tuple[str, ...]:
        return (*FIELD_OF.values(), "holidays_closed")

    # Reading

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        for what, name in FIELD_OF.items():
            try:
                cleaned[name] = self._week(what)
            except ValidationError as error:
                self.add_error(name, error)
            if self._has_errors(name):
                cleaned.pop(name, None)
        dosing = cleaned.get("dosing_hours")
        cleaned["dosing_hours"] = None if dosing is None else format_week(dosing)
        return cleaned

    def _has_errors(self, name: str) -> bool:
        """Of the answer `name`: of its text or of one of its rows."""
        return any(each in self.errors for each in self.inputs[name])

    def _week(self, what: str) -> Week | None:
        """Of the rows, or of a text that is none of rows. Raises ValidationError for the text; see `_stretches`."""
        text = (self.cleaned_data.get(FIELD_OF[what]) or "").strip()
        stretches = list(self._stretches(what))
        if what == WALK_IN and self.cleaned_data.get("by_appointment"):
            if stretches or text:
                raise ValidationError(_("Only with an appointment, or at these times? Take one of them away."), "both")
            return ()
        if not text:
            return joined(stretches) if stretches else None
        has_rows = bool(stretches) or any(self._value(what, day, part) for day in range(7) for part in PARTS)
        try:
            read = read_hours(text, about=what)
        except NotHours as error:
            clear = gettext("Or clear this line: the rows have times already.") if has_rows else ""
            raise ValidationError(f"{error} {clear}".strip(), "invalid") from error
        for label in read.weeks:
            if days := _clashing_days(self.data, label, read):
                sentence = _("The rows have other times for %(days)s. Clear those, or this line.")
                raise ValidationError(sentence, "both", {"days": ", ".join(str(DAY_NAMES[day]) for day in days)})
        if has_rows or what not in read.weeks:
            raise ValidationError(_("Clear this line, or the times in the rows."), "both")
        return read.weeks[what]

    def _stretches(self, what: str) -> Iterator[tuple[int, int]]:
        """Of the rows without errors; an error is that of the field where it is mended."""
        for day in range(7):
            spans = []
            for first, last in (PARTS[:2], PARTS[2:]):
                start, end = (self._value(what, day, part) for part in (first, last))
                if bool(start) != bool(end):
                    empty = row_name(what, day, last if start else first)
                    self.add_error(empty, ValidationError(_("Fill in both times, or none."), "half"))
                elif start:
                    try:
                        spans.append(_read_times(start, end))
                    except ValidationError as error:
                        self.add_error(row_name(what, day, first), error)
            if len(spans) > 1 and spans[0][0] < spans[1][1] and spans[1][0] < spans[0][1]:
                overlap = ValidationError(_("The two times of this day overlap."), "overlap")
                self.add_error(row_name(what, day, PARTS[2]), overlap)
            yield from ((day * DAY + start, day * DAY + end) for start, end in spans)

    def _value(self, what: str, day: int, part: str) -> str:
        return (self.cleaned_data.get(row_name(what, day, part)) or "").strip()

    # Asking back

    def doubts(self) -> list[Doubt]:
        return [*super().doubts(), *(doubt for what in FIELD_OF for doubt in self._doubts_about(what))]

    def _doubts_about(self, what: str) -> list[Doubt]:
        week = self._cleaned_week(what)
        if not week or week == self._live_week(what):
            return []
        read = self._read_text(what)
        questions = list(read.questions) if read and _says(week, read.week(what)) else []
        questions += [question for question in _overnight_questions(week) if not _is_asked(question, questions)]
        if not questions:
            return []
        sentence = gettext("%(questions)s Readers will see: %(hours)s.") % {
            "questions": " ".join(questions),
            "hours": readable_week(week).removesuffix("."),
        }
        return [Doubt(f"{what}:{format_week(week)}", sentence)]

    def _read_text(self, what: str) -> TypedHours | None:
        """What was read into the rows, from whichever of the texts."""
        for about, name in FIELD_OF.items():
            text = self.cleaned_data.get(f"{name}_read") or self.cleaned_data.get(name) or ""
            read = _read_or_none(text, about) if isinstance(text, str) else None
            if read and what in read.weeks:
                return read
        return None

    def _cleaned_week(self, what: str) -> Week | None:
        value = self.cleaned_data.get(FIELD_OF[what])
        if isinstance(value, str):
            return typed_hours.parse_week(value) if value else None
        return value

    def _live_week(self, what: str) -> Week | None:
        clinic = self.listing.clinic if self.listing else None
        if clinic is None:
            return None
        stored = clinic.answers.get("dosing_hours") if what == DOSING else getattr(clinic, FIELD_OF[what])
        return typed_hours.parse_week(stored) if isinstance(stored, str) else stored

    # Showing

    @property
    def as_seen(self) -> list[str]:
        """The sentences about its hours on the page of the clinic; none where the hours cannot be read."""
        if not self.is_bound or not (self.is_valid() or self.cleaned_data):
            return []
        week, walk_in = self.cleaned_data.get("open_hours"), self.cleaned_data.get("walk_in_hours")
        place = {name: "".join(values).strip() for name, values in self.answers.get("practice", {}).items()}
        zone = time_zone_of(place.get("zip_code", "")[:5], place.get("state", "")) or settings.TIME_ZONE
        answers = {name: self.cleaned_data.get(name) for name in OWN_QUESTIONS}
        return hours_as_seen(Clinic(open_hours=week, walk_in_hours=walk_in, time_zone=zone), answers)

    def table(self, what: str) -> list[dict]:
        """The rows of the page: the name of the day and its four fields."""
        rows = []
        for day in range(7):
            first, second = ([self[row_name(what, day, part)] for part in parts] for parts in (PARTS[:2], PARTS[2:]))
            rows.append({"name": SHORT_NAMES[day], "first": first, "second": second})
        return rows

    @property
    def open_table(self) -> list[dict]:
        return self.table(OPEN)

    @property
    def walk_in_table(self) -> list[dict]:
        return self.table(WALK_IN)

    @property
    def dosing_table(self) -> list[dict]:
        return self.table(DOSING)

    def _has(self, *names: str) -> bool:
        return self.is_bound and any(self.data.get(name, "") for name in names)

    @property
    def open_folds(self) -> dict[str, bool]:
        """Which folds have something in them. Holidays are said above."""
        second = [row_name(OPEN, day, part) for day in range(7) for part in PARTS[2:]]
        return {
            "second": self._has(*second),
            "walk_in": self._has("walk_in_hours", "by_appointment", *rows_of(WALK_IN)),
            "dosing": self._has("dosing_hours", *rows_of(DOSING)),
        }

    def lines(self) -> list[tuple[str, str]]:
        labels = {
            OPEN: _("Open"),
            WALK_IN: QUESTIONS["walk_in_hours"].question,
            DOSING: QUESTIONS["dosing_hours"].question,
        }
        if self.is_bound:
            self.is_valid()
        lines = []
        for what, name in FIELD_OF.items():
            if self.is_bound and not self._has_errors(name):
                week = self._cleaned_week(what)
                lines.append((str(labels[what]), "" if week is None else readable_week(week)))
            else:
                typed = (
                    [value for key in self.inputs[name] for value in self.data.getlist(key)] if self.is_bound else []
                )
                lines.append((str(labels[what]), " ".join(filter(None, typed))))
        closed = self.data.getlist("holidays_closed") if self.is_bound else []
        names = {choice.slug: str(choice.label) for choice in QUESTIONS["holidays_closed"].choices}
        words = ", ".join(names.get(slug, slug) for slug in closed)
        return [*lines, (str(QUESTIONS["holidays_closed"].question), words)]


def _with_rows(data):
    """The same answers with each text that can be read in the rows, where its owner sees what it means."""
    typed = as_data({name: data.getlist(name) for name in data})
    for what, name in FIELD_OF.items():
        text = typed.get(name, "").strip()
        read = _read_or_none(text, what)
        if read and _can_be_filled_in(typed, read):
            if read.week(OPEN) and not read.by_appointment and _said_by_appointment(typed, name, what):
                del typed["by_appointment"]  # the text that ticked it has been replaced by this one
            _fill(typed, read)
            typed[name], typed[f"{name}_read"] = "", text
    if typed.get("same"):
        for part in PARTS:
            for day in range(1, 5):
                typed[row_name(OPEN, day, part)] = typed.get(row_name(OPEN, 0, part), "")
        del typed["same"]
    return typed


def _can_be_filled_in(typed, read: TypedHours) -> bool:
    """Whether the rows hold all of it, beside what was typed into them."""
    are_rows = all(fits(week) or (label == WALK_IN and week == ()) for label, week in read.weeks.items())
    return are_rows and not any(_clashing_days(typed, label, read) for label in read.weeks)


def _clashing_days(typed, label: str, read: TypedHours) -> list[int]:
    """The days that the text names, and that have other times in the rows, typed there and by no earlier text."""
    if not fits(read.weeks[label]):
        return []
    earlier = _earlier_rows(typed, label)
    new = typed_rows(label, read.weeks[label])
    clashing = []
    for day in range(7):
        names = [row_name(label, day, part) for part in PARTS]
        [now, then, before] = [
            [(rows.get(name) or [""])[-1] for name in names]
            for rows in (new, {name: typed.getlist(name) for name in names}, earlier)
        ]
        if any(now) and any(then) and then not in (now, before):
            clashing.append(day)
    return clashing


def _earlier_rows(typed, label: str) -> dict[str, list[str]]:
    """What the text before this one filled in."""
    for what, name in FIELD_OF.items():
        read = _read_or_none(typed.get(f"{name}_read", ""), what)
        if read and label in read.weeks and fits(read.weeks[label]):
            return typed_rows(label, read.weeks[label])
    return {}


def _said_by_appointment(typed, name: str, what: str) -> bool:
    earlier = _read_or_none(typed.get(f"{name}_read", ""), what)
    return earlier is not None and earlier.by_appointment and "by_appointment" in typed


def _read_or_none(text: str, what: str) -> TypedHours | None:
    try:
        return read_hours(text, about=what) if text else None
    except NotHours:
        return None


def _says(week: Week, read: Week | None) -> bool:
    """Whether the week holds what the text says, on each day that it names."""
    pairs = zip(days_of(read or ()), days_of(week), strict=True)
    return bool(read) and all(said in ([], has) for said, has in pairs)


def _fill(typed, read: TypedHours) -> None:
    """Into the rows of the days that the text names; other days stay as they are."""
    for label, week in read.weeks.items():
        for day, spans in enumerate(days_of(week)):
            for name, values in typed_rows(label, week).items() if spans else ():
                if name.startswith(row_name(label, day, "")):
                    typed.setlist(name, values)
    if read.by_appointment and read.week(WALK_IN) == ():
        typed["by_appointment"] = "on"
    if read.closed_on_holidays:
        typed.setlist("holidays_closed", [choice.slug for choice in QUESTIONS["holidays_closed"].choices])


def _read_times(start: str, end: str) -> tuple[int, int]:
    """Minutes of the day; what the browser sends is on the clock of 24 hours, and what is typed is read as a text."""
    found = [_OF_THE_BROWSER.fullmatch(text) for text in (start, end)]
    if all(found):
        opens, closes = (int(each[1]) * 60 + int(each[2]) for each in found if each)
        if opens < DAY and closes <= DAY:
            return opens, closes + (DAY if closes <= opens else 0)
    try:
        [(opens, closes)] = read_hours(f"Mon {start} - {end}").weeks[OPEN]
    except (NotHours, ValueError) as error:
        sentence = _("“%(text)s” is not a time from and to. Write it like 9:00 am and 5:00 pm.")
        raise ValidationError(sentence, "times", {"text": f"{start} - {end}"}) from error
    return opens, closes


def _overnight_questions(week: Week) -> list[str]:
    spans = dict.fromkeys(span for spans in days_of(week) for span in spans)
    nights = [(start, end + DAY) for start, end in spans if end <= start and (start, end) != (0, DAY)]
    return [question for start, end in nights if (question := typed_hours.overnight_question(start, end))]


def _is_asked(question: str, questions: list[str]) -> bool:
    """Whether one of these asks about the next day already."""
    return any(gettext("the next day?") in asked for asked in questions)
