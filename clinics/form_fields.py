"""Form fields of the access facts: an empty one means not stated, which is neither yes nor no."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinics import hours
from clinics.availability import DESK_LANGUAGES, STATE_BITS
from clinics.typed_hours import NotHours, format_week, overnight_question, parse_week

NONE = "none"
LONGEST_HOURS = 500  # characters


class ParsedTextField(forms.CharField):
    """A text that stands for a value which is no text: `parse` reads it, an empty one is None."""

    def parse(self, text: str):
        """The value. Raises ValidationError with a sentence."""
        raise NotImplementedError

    def to_python(self, value):
        text = super().to_python(value)
        return self.parse(text) if text else None

    def run_validators(self, value):
        """Those of a text do not apply to the value."""

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True


class WeekFormField(ParsedTextField):
    """Weekly hours as a text such as "Mon-Fri 9:00-17:00"; clean value: a Week, or None."""

    default_help_text = _("For example Mon-Fri 9:00-17:00; Sat 9:00-12:30, or 24/7, or none. Empty: not stated.")

    def __init__(self, **options):
        super().__init__(**options)
        self.help_text = self.help_text or self.default_help_text

    def prepare_value(self, value: hours.Week | str | None) -> str | None:
        return format_week(value) if isinstance(value, (tuple, list)) else value

    def parse(self, text):
        if len(text) > LONGEST_HOURS:
            raise ValidationError(_("That is too long for weekly hours."), "max_length")
        try:
            week = parse_week(text)
        except NotHours as error:
            raise ValidationError(str(error), "invalid") from error
        if question := _long_night(week):
            raise ValidationError(f"{question} {_ASK_AGAIN}", "night")
        return week


_ASK_AGAIN = _("If so, write two times: until midnight, and from midnight on.")
LONGEST_NIGHT_MINUTES = 16 * 60


def _long_night(week: hours.Week) -> str:
    """The question about a stretch past midnight that lasts so long that another one was meant: "9am-5am"."""
    spans = {(start, end + hours.DAY) for spans in hours.days_of(week) for start, end in spans if end <= start}
    long = sorted((start, end) for start, end in spans if LONGEST_NIGHT_MINUTES < end - start < hours.DAY)
    return overnight_question(*long[0]) if long else ""


class WordsField(ParsedTextField):
    """Some of known words, separated by commas; "none" is an empty list, nothing is None."""

    known: tuple[str, ...] = ()

    def __init__(self, *, base_field=None, **options):
        super().__init__(**options)  # a model's array brings a field for its items, which is not asked

    def prepare_value(self, value):
        return (", ".join(value) or NONE) if isinstance(value, (list, tuple)) else value

    def parse(self, text):
        if text.strip().lower() == NONE:
            return []
        by_spelling = {word.lower(): word for word in self.known}
        words = [word.strip() for word in text.split(",") if word.strip()]
        if unknown := [word for word in words if word.lower() not in by_spelling]:
            sentence = _("“%(word)s” is not one of: %(known)s.")
            raise ValidationError(sentence % {"word": unknown[0], "known": ", ".join(self.known)}, "invalid")
        return sorted({by_spelling[word.lower()] for word in words})


class StatesField(WordsField):
    known = tuple(STATE_BITS)


class DeskLanguagesField(WordsField):
    known = tuple(DESK_LANGUAGES)
