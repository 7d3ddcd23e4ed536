"""The answers that a clinic keeps in `Clinic.answers`, each with who gave it and when in `Clinic.answers_stated`.

    answers         {"id_needed": false, "letters": ["court"]}
    answers_stated  {"id_needed": ["owner", "2026-11-30"], "letters": ["called", "2026-05-02"]}

What is not there is not known. An answer that is older than its question says is not known either, on every page and
in every filter.
"""

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from clinics import holidays
from clinics.questions.registry import FILTERS, OWN, QUESTIONS, Question
from clinics.search import facets
from clinics.typed_hours import NotHours, parse_week

COLUMNS = ("answers", "answers_stated")


class Statement(NamedTuple):
    question: Question
    value: Any
    source: str  # of Source
    stated_on: date


def statements(clinic, today: date | None = None) -> list[Statement]:
    """What is known of a clinic's own answers, in the order of the registry."""
    day = today or timezone.localdate()
    found = []
    for key, question in OWN.items():
        if key not in clinic.answers or key not in clinic.answers_stated:
            continue
        statement = _statement(question, clinic.answers[key], clinic.answers_stated[key])
        if statement and is_asked(question, clinic) and is_known(statement, day):
            found.append(statement)
    return found


def _statement(question: Question, value: Any, stated: Any) -> Statement | None:
    """None for what no code of ours wrote there: a page, a search and an export go on without it."""
    try:
        source, stated_on = stated
        day = date.fromisoformat(stated_on)
    except (TypeError, ValueError):
        return None
    return Statement(question, value, str(source), day) if is_storable(question, value) else None


def is_known(statement: Statement, today: date) -> bool:
    """Whether an answer still counts: on the last of its days it does, on the day after it does not."""
    return today <= statement.stated_on + timedelta(days=statement.question.ages_after_days)


def known(clinic, today: date | None = None) -> dict[str, Any]:
    """{key: answer} of every question of the registry, None where it is not known."""
    of_columns = clinic.as_known
    answers = {each.question.key: each.value for each in statements(clinic, today)}
    return {
        key: getattr(of_columns, key) if question.has_column else answers.get(key)
        for key, question in QUESTIONS.items()
    }


HOLIDAYS = "holidays_closed"  # the question whose answer decides whether it is open now
BITS = sum(1 << question.bit for question in FILTERS) | holidays.bits_of(holidays.BITS)


def bits(clinic, today: date | None = None) -> int:
    """Its part of the mask `availability_bits`: the filters that find it, and the holidays on which it is closed."""
    found = 0
    for question, value, _source, _day in statements(clinic, today):
        if question.has_own_filter and question.is_wanted(value):
            found |= 1 << question.bit
        elif question.key == HOLIDAYS:
            found |= holidays.bits_of(value)
    return found


def state(clinic, values: Mapping[str, Any], source: str, today: date | None = None) -> None:
    """From today on `source` gives these answers; None takes one back. Other keys stay as they are. Does not save."""
    day = (today or timezone.localdate()).isoformat()
    answers, stated = dict(clinic.answers), dict(clinic.answers_stated)
    for key, value in values.items():
        if key not in OWN:
            continue
        if value is None:
            answers.pop(key, None)
            stated.pop(key, None)
        else:
            answers[key], stated[key] = value, [str(source), day]
    clinic.answers, clinic.answers_stated = answers, stated


def restate(clinic, source: str) -> None:
    """All that it still says is right today: `source` says it again. Does not save."""
    state(clinic, {each.question.key: each.value for each in statements(clinic)}, source)


def take_over(clinic, other) -> None:
    """Of each question the answer that was given last, with who gave it; of the same day its own. Does not save."""
    own = {each.question.key: each for each in statements(clinic)}
    for each in statements(other):
        key = each.question.key
        if key not in own or own[key].stated_on < each.stated_on:
            clinic.answers = clinic.answers | {key: each.value}
            clinic.answers_stated = clinic.answers_stated | {key: [each.source, each.stated_on.isoformat()]}


def is_asked(question: Question, clinic) -> bool:
    """Whether the question is for a clinic of this kind."""
    if question.asked_of == "all":
        return True
    mask = facets.MEDICINE.mask if question.asked_of == "medicine" else facets.VALUES["kind/otp"].mask
    return bool(clinic.treatment_bits & mask)


def asked_of(clinic) -> list[Question]:
    """The questions with an answer of their own that are for a clinic of this kind."""
    return [question for question in OWN.values() if is_asked(question, clinic)]


def is_storable(question: Question, value: Any) -> bool:
    """Whether a value is of the question's kind: a hand may have written another into the row."""
    if question.kind == "yes-no":
        return isinstance(value, bool)
    if question.kind == "choice":
        slugs = [choice.slug for choice in question.choices]
        return isinstance(value, list) and all(slug in slugs for slug in value)
    if question.kind in ("days", "money"):
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, str) and bool(value) and _can_be_read(question.kind, value)


def _can_be_read(kind: str, text: str) -> bool:
    try:
        if kind == "hours":
            parse_week(text)
        elif kind == "time":
            time.fromisoformat(text)
    except (NotHours, ValueError):
        return False
    return True
