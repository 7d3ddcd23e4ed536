"""The pages of the wizard: a question each, saved as it is typed, and the check of all answers at the end."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from listings.models import Listing, Submission
from listings.shortcuts import get_listing, post_only, redirect_if_locked
from listings.wizard import preview, steps, submissions
from listings.wizard.addresses import enqueue_look_up
from listings.wizard.duplicates import likely_duplicates
from listings.wizard.pages import step_context
from listings.wizard.register import ask_register
from listings.wizard.steps.npi import confirmed
from listings.wizard.submissions import begin_changes, send_in
from listings.wizard.tasks import tasks_of


@login_required
@post_only
def edit_listing(request, pk):
    """Begin changes to a live listing, or continue those that were begun; `question` is the page to open first."""
    listing = get_listing(request.user, pk)
    if locked := redirect_if_locked(request, listing):
        return locked
    submission = listing.open_submission
    if submission is None:
        try:
            with transaction.atomic():
                submission = begin_changes(listing, request.user)
        except IntegrityError:  # somebody else began changes at the same moment
            submission = listing.open_submission
    if submission is None or not submission.is_editable:
        return redirect("listings:listing", listing.pk)
    slug = request.POST.get("question", "")
    return (
        redirect("listings:step", listing.pk, slug) if slug in steps.PAGES else redirect("listings:tasks", listing.pk)
    )


def open_submission(request, pk) -> tuple[Listing, Submission]:
    listing = get_listing(request.user, pk)
    submission = listing.open_submission
    if submission is None:
        raise Http404
    return listing, submission


@login_required
@require_http_methods(["GET", "POST"])
def step(request, pk, slug):
    """One page. What was typed is saved even if it is wrong; errors are shown with the reason."""
    if slug not in steps.PAGES:
        raise Http404
    listing, submission = open_submission(request, pk)
    if locked := redirect_if_locked(request, listing):
        return locked
    if not submission.is_editable:
        return redirect("listings:listing", listing.pk)
    if slug == steps.NpiStep.slug:
        return ask_register(request, submission)
    page, status = steps.PAGES[slug], 200
    options = {"listing": listing} | ({"search": request.GET.get("q", "")} if slug in SEARCHED else {})
    if request.method == "POST":
        form = page(request.POST, answers=submission.answers, **options)
        after_button = form.answers_after_button()
        if after_button is not None:
            submission.store_answers(page.stored_in(), after_button)
            return redirect("listings:step", listing.pk, slug)
        submission.change_answers(lambda answers: _stored(page(request.POST, answers=answers, **options)))
        if form.is_valid():
            return redirect(*_next_page(request, listing, form))
        status = 422
    else:
        form = steps.page_of(slug, submission.answers, **options)
    return render(request, "listings/step.html", step_context(request, submission, form, status), status=status)


SEARCHED = (steps.EverythingElsePage.slug,)  # pages with a search of their own


def _stored(form: steps.Step) -> dict:
    return confirmed(form.answers | {form.stored_in(): form.to_store()}, form.slug)


def _next_page(request, listing, form) -> tuple:
    """`form` is valid."""
    if form.slug == "practice":
        enqueue_look_up(form.cleaned_data)
    if form.slug == "practice" and listing.clinic_id is None:
        Listing.objects.filter(pk=listing.pk).update(practice_name=form.cleaned_data["name"])
    if "check" in request.POST:
        return "listings:check", listing.pk
    if not steps.following(form.slug):
        return "listings:tasks", listing.pk
    return "listings:step", listing.pk, steps.following(form.slug)


@login_required
@require_http_methods(["GET", "POST"])
def check(request, pk):
    """All answers on one page; POST sends them in. What was sent in can still be seen."""
    listing, submission = open_submission(request, pk)
    if locked := redirect_if_locked(request, listing):
        return locked
    if not submission.is_editable and request.method == "POST":
        return redirect("listings:listing", listing.pk)
    forms = steps.forms_of(submission.answers, listing)
    problems = steps.problems(submission, forms)
    duplicates = likely_duplicates(forms, exclude=listing.clinic)
    needs_answer = bool(duplicates) and submission.kind == Submission.Kind.NEW
    is_refused = False
    if request.method == "POST":
        is_refused = bool(problems) or (needs_answer and request.POST.get("not_a_duplicate") != "yes")
        if not is_refused:
            return _send_in(request, submission)
    context = _check_context(submission, forms, problems) | {
        "duplicates": duplicates,
        "needs_answer": needs_answer,
        "is_refused": is_refused,
    }
    return render(request, "listings/check.html", context, status=422 if is_refused else 200)


def _send_in(request, submission):
    status = send_in(request, submission)
    if status == "live":
        messages.success(request, _("Your changes are live."))
    elif status == "waiting":
        messages.success(request, _("Thank you. An editor will review it, and you will get an e-mail."))
    return redirect("listings:listing", submission.listing_id)


@login_required
@post_only
def take_back(request, pk):
    """Back to its owners what was sent in by mistake, such as a phone number with a typo."""
    listing = get_listing(request.user, pk)
    submission = listing.open_submission
    if locked := redirect_if_locked(request, listing):
        return locked
    try:
        if submission is None:
            raise ValueError("It was decided already.")
        submissions.take_back(submission)
    except ValueError:  # an editor was quicker, or the button was pressed twice
        messages.warning(request, _("This cannot be taken back any more: an editor has begun, or it was taken back."))
        return redirect("listings:listing", listing.pk)
    messages.success(request, _("Taken back. Change what you like and send it in again."))
    return redirect("listings:tasks", listing.pk)


def _check_context(submission, forms, problems) -> dict:
    return {
        "listing": submission.listing,
        "submission": submission,
        "problems": problems,
        "seen": preview.of(submission, forms),
        "flags": [flag for form in forms.values() for flag in form.flags],
        "tasks": tasks_of(submission, (*steps.ASKED, *steps.FOR_LATER), problems),
    }
