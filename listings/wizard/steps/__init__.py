"""The form of a listing, one group of questions a page. Every answer is kept as typed; `cleaned` reads them all.

A step is a form whose data can be stored and read again: {field: [values]}. Steps whose facts are sensitive wait for
an editor when a live listing is changed; the others go live at once.
"""

from listings.wizard.steps.base import ServicesField, Step
from listings.wizard.steps.offers import (
    AccessStep,
    DescriptionStep,
    HoursStep,
    LanguagesStep,
    PaymentStep,
    ServicesStep,
)
from listings.wizard.steps.people import PractitionersStep
from listings.wizard.steps.place import MapStep
from listings.wizard.steps.practice import PhonesStep, PracticeStep

__all__ = ["DescriptionStep", "MapStep", "PractitionersStep", "ServicesField", "Step"]

STEPS = {
    step.slug: step
    for step in (
        PracticeStep,
        MapStep,
        PhonesStep,
        HoursStep,
        PractitionersStep,
        ServicesStep,
        PaymentStep,
        LanguagesStep,
        AccessStep,
        DescriptionStep,
    )
}
NEEDED = ("practice", "phones")  # a listing cannot be without these; the rest may be left open


def following(slug: str) -> str:
    """The slug of the next step; "" after the last."""
    order = [*STEPS, ""]
    return order[order.index(slug) + 1]


def read(answers: dict, listing=None) -> dict[str, Step]:
    """Every step that was answered, as a form with its data."""
    context = {"answers": answers, "listing": listing}
    return {slug: step.of(answers[slug], **context) for slug, step in STEPS.items() if slug in answers}


def problems(answers: dict, listing=None) -> list[type[Step]]:
    """The steps that need another look before it can be sent in."""
    forms_ = read(answers, listing)
    return [
        step
        for slug, step in STEPS.items()
        if (slug in NEEDED and slug not in forms_) or (slug in forms_ and not forms_[slug].is_valid())
    ]


def changed(submission) -> list[str]:
    """The steps whose answers differ from what was live when they were begun."""
    return [
        slug
        for slug in STEPS
        if slug in submission.answers
        and _meaning(slug, submission.answers[slug]) != _meaning(slug, submission.before.get(slug))
    ]


def _meaning(slug: str, typed) -> list:
    return STEPS[slug].of(typed or {}).lines()
