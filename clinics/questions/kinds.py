"""How an answer of each kind is typed, stored as JSON, and said. None is not known, which no text here says.

kind     stored                         typed
yes-no   True, False                    a radio button
choice   ["court", "work"], [] is none  boxes, "none of these" among them
days     14                             a number
hours    "Mon-Fri 9:00-17:00", "none"   the same, however it is spelled
time     "15:00"                        a time of day
money    cents, 9500                    US dollars
text     "Main Street Pharmacy"         a short text
states   ["MA", "NH"], [] is none       two letters each
"""

from collections.abc import Callable
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy, get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.form_fields import StatesField, WeekFormField
from clinics.hours import readable_week
from clinics.questions.registry import Question
from clinics.typed_hours import format_week, parse_week
from core.forms import DollarsField, OneLineField, YesNoUnknownField, without_contacts

LONGEST_TEXT = 120  # characters
MOST_DAYS = 365
NONE = "none"
NO_HOURS = format_week(())


class ChoicesField(forms.MultipleChoiceField):
    """Some of the choices, or none of them; nothing ticked is None, which is not known."""

    widget = forms.CheckboxSelectMultiple

    def to_python(self, value):
        chosen = super().to_python(value)
        if NONE in chosen and len(chosen) > 1:
            raise ValidationError(_("You ticked “none of these” and something else. Untick one."), "contradiction")
        return None if not chosen else [slug for slug in chosen if slug != NONE]

    def validate(self, value):
        super().validate(value or [])

    def bound_data(self, data, initial):
        """Nothing ticked is not known: shown again it must not become "none of these"."""
        return data or None

    def prepare_value(self, value):
        return [NONE] if value == [] else value

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)


class _StoredAsText(forms.Field):
    """A field whose clean value is another spelling of what was typed."""

    def has_changed(self, initial, data):
        try:
            return self.clean(data) != initial
        except ValidationError:
            return True


class TimeOfDayField(_StoredAsText, forms.TimeField):
    """A time of day as "15:00"."""

    def __init__(self, **options):
        inputs = ["%H:%M", "%I:%M %p", "%I %p", "%I:%M%p", "%I%p", "%H:%M:%S"]
        such_as = format_lazy(_("Such as {time} or {same}."), time="3:00 pm", same="15:00")
        super().__init__(input_formats=inputs, help_text=such_as, **options)
        sentence = _("We cannot read this time. Write it like {time} or {same}.")
        self.error_messages["invalid"] = format_lazy(sentence, time="3:00 pm", same="15:00")

    def clean(self, value):
        text = value.replace(".", "").strip() if isinstance(value, str) else value  # "3 p.m."
        found = super().clean(text)
        return found and f"{found:%H:%M}"


class HoursField(_StoredAsText, WeekFormField):
    """Weekly hours as they are stored: the text of a week."""

    def clean(self, value):
        week = super().clean(value)
        return None if week is None else format_week(week)


def _yes_no(question: Question, label, widget=None) -> forms.Field:
    return YesNoUnknownField(label=label, **({"widget": widget} if widget else {}))


def _choice(question: Question, label, widget=None) -> forms.Field:
    choices = [(choice.slug, choice.label.lazy) for choice in question.choices]
    return ChoicesField(label=label, required=False, choices=[*choices, (NONE, _("None of these"))])


def _days(question: Question, label, widget=None) -> forms.Field:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        help_text=_("0: the same day. Empty: not stated."),
    )


def _text(question: Question, label, widget=None) -> forms.Field:
    return OneLineField(
        label=label, required=False, max_length=LONGEST_TEXT, empty_value=None, validators=[without_contacts]
    )


_FIELDS: dict[str, Callable[..., forms.Field]] = {
    "yes-no": _yes_no,
    "choice": _choice,
    "days": _days,
    "hours": lambda question, label, widget=None: HoursField(label=label, required=False),
    "time": lambda question, label, widget=None: TimeOfDayField(label=label, required=False),
    "money": lambda question, label, widget=None: DollarsField(
        label=label, required=False, help_text=_("0: free. Empty: not stated.")
    ),
    "text": _text,
    "states": lambda question, label, widget=None: StatesField(
        label=label, required=False, help_text=_("Two letters each, such as MA, NH; none: not by phone or video.")
    ),
}


def form_field(question: Question, *, label=None, widget=None) -> forms.Field:
    """A field whose clean value is what is stored. `widget`: of a yes or no."""
    return _FIELDS[question.kind](question, label or question.question.lazy, widget)


def typed(question: Question, value: Any) -> list[str]:
    """A stored value as it would have been typed into `form_field`."""
    if value is None:
        return [] if question.kind == "choice" else [""]
    if question.kind == "choice":
        return value or [NONE]
    if question.kind == "states":
        return [", ".join(value) or NONE]
    if question.kind == "yes-no":
        return [YesNoUnknownField.WORDS[value]]
    return [f"{value / 100:.2f}" if question.kind == "money" else str(value)]


def in_words(question: Question, value: Any) -> str:
    """An answer alone, in the reader's language: "yes", "court and work", "3 p.m."; "none" of several things."""
    if question.kind == "yes-no":
        return gettext("yes") if value else gettext("no")
    if _is_none(question, value):
        return gettext("none")
    if question.kind == "states":
        return ", ".join(value)
    if question.kind == "choice":
        names = {choice.slug: str(choice.label) for choice in question.choices}
        return get_text_list([names[slug] for slug in value], gettext("and"))
    if question.kind == "hours":
        return readable_week(parse_week(value))
    if question.kind == "time":
        return time_format(time.fromisoformat(value), "TIME_FORMAT")
    return f"${value / 100:,.2f}" if question.kind == "money" else str(value)


def sentence(question: Question, value: Any) -> str | SafeString:
    """An answer as the page of a clinic says it, in the reader's language."""
    if value is False or _is_none(question, value):
        return str(question.no)
    if value is True:
        return str(question.yes)
    before, _answer, after = str(question.yes).partition("{answer}")
    said = in_words(question, value)
    if after.startswith(".") and said.endswith("."):  # "5 p.m." brings its own
        after = after.removeprefix(".")
    return format_html("{}{}{}", before, said, after)


def _is_none(question: Question, value: Any) -> bool:
    return value == [] or (question.kind == "hours" and value == NO_HOURS)
