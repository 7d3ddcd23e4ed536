"""The task list of a draft: each question, how far it is, and what is missing before it can be sent in."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from listings.models import Submission
from listings.shortcuts import get_listing, redirect_if_locked
from listings.wizard import steps

NOT_STARTED, DONE, LOOK = "not-started", "done", "look"


@dataclass(frozen=True)
class Task:
    page: type[steps.Step]
    status: str  # NOT_STARTED, DONE or LOOK
    is_needed: bool
    is_changed: bool  # of changes to a live listing

    @property
    def number(self) -> int:
        return steps.number_of(self.page.slug)


@login_required
@require_GET
def tasks(request, pk):
    listing = get_listing(request.user, pk)
    submission = listing.open_submission
    if submission is None:
        raise Http404
    if locked := redirect_if_locked(request, listing):
        return locked
    if not submission.is_editable:
        return redirect("listings:listing", listing.pk)
    problems = steps.problems(submission, steps.forms_of(submission.answers, listing))
    context = {
        "listing": listing,
        "submission": submission,
        "asked": tasks_of(submission, steps.ASKED, problems),
        "later": tasks_of(submission, steps.FOR_LATER, problems),
        "can_be_sent": not problems,
    }
    return render(request, "listings/tasks.html", context)


def tasks_of(submission: Submission, pages, problems) -> list[Task]:
    is_edit = submission.kind == Submission.Kind.EDIT
    changed = steps.changed(submission) if is_edit else []
    asked = [page for page in pages if not (is_edit and page is steps.NpiStep)]
    return [_task(submission, page, problems, page.stored_in() in changed) for page in asked]


def _task(submission: Submission, page: type[steps.Step], problems, is_changed: bool) -> Task:
    answers, listing = submission.answers, submission.listing
    is_needed = page.slug in steps.REQUIRED
    form = steps.page_of(page.slug, answers, listing)
    status = DONE if form.is_answered else NOT_STARTED
    if page in problems and (form.is_bound or not is_needed):
        status = LOOK
    if is_changed:
        before = steps.page_of(page.slug, submission.live_answers, listing)
        is_changed = form.lines() != before.lines()
    return Task(page, status, is_needed, is_changed)
