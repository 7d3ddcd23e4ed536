"""The steps of the wizard, in order: one group of questions a page.

A step is a form whose data is stored as typed, {field: [values]}, and can be read again. When a live listing is
changed, the sensitive steps wait for an editor; the others go live at once.
"""

from listings.wizard.steps.base import ServicesField, Step
from listings.wizard.steps.offers import (
    AccessStep,
    DescriptionStep,
    HoursStep,
    LanguagesStep,
    PaymentStep,
    ServicesStep,
    VisitStep,
)
from listings.wizard.steps.people import PractitionersStep
from listings.wizard.steps.place import MapStep
from listings.wizard.steps.practice import PhonesStep, PracticeStep

__all__ = ["DescriptionStep", "MapStep", "PractitionersStep", "ServicesField", "Step"]

STEPS: dict[str, type[Step]] = {
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
        VisitStep,
        DescriptionStep,
    )
}
REQUIRED = ("practice", "phones")  # the other steps may stay unanswered


def following(slug: str) -> str:
    """The slug of the next step; "" after the last."""
    order = [*STEPS, ""]
    return order[order.index(slug) + 1]


def forms_of(answers: dict, listing=None) -> dict[str, Step]:
    """The form of every step that was answered, by slug."""
    context = {"answers": answers, "listing": listing}
    return {slug: step.of(answers[slug], **context) for slug, step in STEPS.items() if slug in answers}


def problems(answers: dict, listing=None) -> list[type[Step]]:
    """The steps with errors, which must be corrected before the answers can be sent in."""
    forms = forms_of(answers, listing)
    return [
        step
        for slug, step in STEPS.items()
        if (slug in REQUIRED and slug not in forms) or (slug in forms and not forms[slug].is_valid())
    ]


def changed(submission) -> list[str]:
    """The slugs of steps whose answers differ from what was live when the changes were begun."""
    return [
        slug
        for slug in STEPS
        if slug in submission.answers
        and _meaning(slug, submission.answers[slug]) != _meaning(slug, submission.live_answers.get(slug))
    ]


def _meaning(slug: str, typed) -> list:
    return STEPS[slug].of(typed or {}).lines()
