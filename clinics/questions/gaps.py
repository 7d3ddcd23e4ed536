"""What a clinic has not said and readers filter by: shown to its owners and callers, and asked three at a time.

The figures count clinics that say it, never readers who asked: nobody knows what a reader looked for.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinics.models import Clinic
from clinics.questions import stated
from clinics.questions.registry import QUESTIONS, Question
from clinics.search.counts import count_facets

MILES = 25
MOST_ASKED = 3  # at once, so that it is answered
ONE_TAP = ("yes-no", "days")  # kinds of questions that a button can answer
DAYS = (0, 1, 3, 7, 14, 30)


@dataclass(frozen=True)
class Gap:
    """A question that a clinic has not answered, and how many clinics near it a filter finds by their answer."""

    question: Question
    found: int
    near: int

    @property
    def why(self) -> str:
        if not self.near:
            return ""
        if not self.found:
            return _("A search can filter by it, and finds no clinic near you so far.")
        names = {"found": self.found, "near": self.near, "miles": MILES}
        return (
            _("A search that filters by it finds %(found)d of %(near)d clinics within %(miles)d miles, not yours.")
            % names
        )

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(value, words) of the buttons that answer it; none for a question that a button cannot answer."""
        if self.question.kind == "yes-no":
            return [("yes", _("Yes")), ("no", _("No"))]
        return [(str(days), _in_days(days)) for days in DAYS] if self.question.kind == "days" else []


def _in_days(days: int) -> str:
    named = {0: _("Today"), 1: _("Tomorrow")}
    return named.get(days) or _("Within %(days)d days") % {"days": days}


def gaps_of(clinic: Clinic, *, one_tap: bool = False) -> list[Gap]:
    """Most useful first: what a search finds most of the clinics near it by, then in the order of the registry."""
    known = stated.known(clinic)
    unknown = [
        question
        for key, question in QUESTIONS.items()
        if question.facet
        and known[key] is None
        and stated.is_asked(question, clinic)
        and (not one_tap or question.kind in ONE_TAP)
    ]
    if not unknown:
        return []
    found, near = _counts_near(clinic)
    gaps = [Gap(question, found.get(question.facet, 0), near) for question in unknown]
    return sorted(gaps, key=lambda gap: -gap.found)


def _counts_near(clinic: Clinic) -> tuple[dict[str, int], int]:
    """({facet: clinics within MILES that it finds}, clinics there); itself is not counted."""
    if clinic.coordinates is None:
        return {}, 0
    others = Clinic.objects.listed().treating().near(clinic.coordinates, MILES).exclude(pk=clinic.pk)
    counts = count_facets(others.with_availability(state=clinic.state), {})
    return counts.by_value, counts.total


def read_tap(text: str) -> tuple[Question, bool | int] | None:
    """The question and its answer of a button, "id_needed=no"; None for what is no such answer."""
    key, _equals, value = text.partition("=")
    question = QUESTIONS.get(key)
    if question is None or question.kind not in ONE_TAP:
        return None
    if question.kind == "yes-no":
        return (question, value == "yes") if value in ("yes", "no") else None
    return (question, int(value)) if value in map(str, DAYS) else None
