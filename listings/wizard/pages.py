"""What every page of the form shows around its question."""

from listings.models import Submission
from listings.wizard import steps
from listings.wizard.steps.npi import to_confirm


def step_context(request, submission: Submission, form: steps.Step, status: int) -> dict:
    """A page that was sent before and needs a look says why; one that was filled in for its owner does not."""
    is_filled_in = form.slug in to_confirm(submission.answers)
    step = form.stored_in()
    is_as_live = submission.answers.get(step) == submission.live_answers.get(step)
    is_to_blame = "look" in request.GET or (form.was_sent and not is_filled_in and not is_as_live)
    show_errors = status == 422 or (form.is_bound and is_to_blame and not form.is_valid())
    if form.is_bound and not show_errors:
        form.hide_errors()
    return {
        "listing": submission.listing,
        "form": form,
        "step": type(form),
        "number": steps.number_of(form.slug),
        "total": steps.QUESTION_COUNT,
        "previous": steps.preceding(form.slug),
        "submission": submission,
        "show_errors": show_errors,
        "is_filled_in": is_filled_in,
    }
