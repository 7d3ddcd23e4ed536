"""The steps of the wizard, and the pages that ask for them.

A step is a form whose data is stored as typed, {field: [values]}, and can be read again. When a live listing is
changed, the steps with facts behind the lock (clinics/verification/lock.py) wait for an editor; the others go live at
once. A page asks for a whole step, or for a part of one in fewer questions (`steps.questions`): what it does not ask
stays.
"""

from listings.wizard.steps.base import ServicesField, Step
from listings.wizard.steps.hours import HoursStep
from listings.wizard.steps.npi import NpiStep, to_confirm
from listings.wizard.steps.offers import (
    AccessStep,
    DescriptionStep,
    LanguagesStep,
    PaymentStep,
    ServicesStep,
    VisitStep,
)
from listings.wizard.steps.people import PractitionersStep
from listings.wizard.steps.place import MapStep
from listings.wizard.steps.practice import PhonesStep, PracticeStep
from listings.wizard.steps.questions import (
    EverythingElsePage,
    MedicinesPage,
    SettingPage,
    StartPage,
    TelehealthPage,
)

__all__ = ["DescriptionStep", "EverythingElsePage", "MapStep", "NpiStep", "PractitionersStep", "ServicesField", "Step"]

# What is stored and published, in the order in which an editor reads it.
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
# The twelve questions, in order; the pin belongs to the address.
ASKED: tuple[type[Step], ...] = (
    NpiStep,
    PracticeStep,
    MapStep,
    PhonesStep,
    MedicinesPage,
    SettingPage,
    TelehealthPage,
    PaymentStep,
    HoursStep,
    StartPage,
    LanguagesStep,
    DescriptionStep,
    PractitionersStep,
)
NOT_COUNTED = ("map",)
FOR_LATER: tuple[type[Step], ...] = (VisitStep, EverythingElsePage)  # when there is time: each folded on its page
PAGES: dict[str, type[Step]] = {page.slug: page for page in (*ASKED, *FOR_LATER)}
REQUIRED = ("practice", "phones")  # the other steps may stay unanswered


def following(slug: str) -> str:
    """The slug of the next page; "" after the last of the twelve questions, and after each of the others."""
    order = [page.slug for page in ASKED]
    return order[order.index(slug) + 1] if slug in order[:-1] else ""


def preceding(slug: str) -> str:
    """The slug of the page before; "" before the first."""
    order = list(PAGES)
    return order[order.index(slug) - 1] if order.index(slug) else ""


def number_of(slug: str) -> int:
    """Which of the twelve questions a page asks; 0 for none."""
    counted = [page.slug for page in ASKED if page.slug not in NOT_COUNTED]
    asked = "practice" if slug in NOT_COUNTED else slug
    return counted.index(asked) + 1 if asked in counted else 0


QUESTION_COUNT = len(ASKED) - len(NOT_COUNTED)


def page_of(slug: str, answers: dict, listing=None, **options) -> Step:
    """The form of a page with the answers so far; unbound if there are none."""
    page = PAGES[slug]
    return page.of(answers.get(page.stored_in()), answers=answers, listing=listing, **options)


def forms_of(answers: dict, listing=None) -> dict[str, Step]:
    """The form of every step that was answered, by slug."""
    context = {"answers": answers, "listing": listing}
    return {slug: step.of(answers[slug], **context) for slug, step in STEPS.items() if slug in answers}


def problems(submission, forms: dict[str, Step]) -> list[type[Step]]:
    """The pages with errors, which must be corrected before the answers can be sent in, and those to be confirmed.

    Of changes to a live listing those that are changed: a rule of today must not keep new hours back because of an old
    text elsewhere.
    """
    is_edit = submission.kind == submission.Kind.EDIT
    asked = changed(submission) if is_edit else [*STEPS]
    wrong = {
        slug
        for slug in asked
        if (slug in REQUIRED and slug not in forms) or (slug in forms and not forms[slug].is_valid())
    }
    found = {slug for slug in to_confirm(submission.answers) if slug in PAGES and PAGES[slug].stored_in() in asked}
    for slug in wrong:
        pages = [page.slug for page in PAGES.values() if page.stored_in() == slug]
        guilty = [each for each in pages if not page_of(each, submission.answers, submission.listing).is_valid()]
        found.update(guilty or pages[:1])
    return [page for page in PAGES.values() if page.slug in found]


def changed(submission) -> list[str]:
    """The slugs of steps whose answers differ from what was live when the changes were begun."""
    return [
        slug
        for slug in STEPS
        if slug in submission.answers
        and submission.answers[slug] != submission.live_answers.get(slug)
        and _meaning(slug, submission.answers[slug]) != _meaning(slug, submission.live_answers.get(slug))
    ]


def waiting(submission, forms: dict[str, Step]) -> list[str]:
    """The slugs of the changed steps that wait for an editor: by the lock, or because of their words."""
    return [slug for slug in changed(submission) if STEPS[slug].waits_for_editor() or forms[slug].needs_editor]


def _meaning(slug: str, typed) -> list:
    return STEPS[slug].of(typed or {}).lines()
