"""The pages of the wizard: one step each, saved as it is typed, and the check of all answers at the end."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.rate_limits import rate_limit
from listings.models import Listing, Membership, Submission
from listings.shortcuts import get_listing, redirect_if_locked
from listings.wizard import steps
from listings.wizard.addresses import normalized
from listings.wizard.duplicates import likely_duplicates
from listings.wizard.submissions import begin_changes, send_in


@login_required
@require_http_methods(["GET", "POST"])
@rate_limit("listing")
def new_listing(request):
    """Begin the listing of a practice that is not in the directory yet."""
    if request.method == "GET":
        return render(request, "listings/new_listing.html", {"step_count": len(steps.STEPS)})
    with transaction.atomic():
        listing = Listing.objects.create()
        Membership.objects.create(listing=listing, user=request.user)
        Submission.objects.create(listing=listing, started_by=request.user)
    return redirect("listings:step", listing.pk, next(iter(steps.STEPS)))


@login_required
@require_POST
def edit_listing(request, pk):
    """Begin changes to a live listing, or continue those that were begun."""
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
    return redirect("listings:check", listing.pk)


def _open_submission(request, pk) -> tuple[Listing, Submission]:
    listing = get_listing(request.user, pk)
    submission = listing.open_submission
    if submission is None:
        raise Http404
    return listing, submission


@login_required
@require_http_methods(["GET", "POST"])
def step(request, pk, slug):
    """One step. What was typed is saved even if it is wrong; errors are shown with the reason."""
    if slug not in steps.STEPS:
        raise Http404
    listing, submission = _open_submission(request, pk)
    if locked := redirect_if_locked(request, listing):
        return locked
    if not submission.is_editable:
        return redirect("listings:listing", listing.pk)
    step_class, status = steps.STEPS[slug], 200
    context = {"answers": submission.answers, "listing": listing}
    if request.method == "POST":
        form = step_class(request.POST, **context)
        after_button = form.answers_after_button()
        submission.store_answers(slug, form.typed() if after_button is None else after_button)
        if after_button is not None:
            return redirect("listings:step", listing.pk, slug)
        if form.is_valid():
            return redirect(*_next_page(request, listing, slug))
        status = 422
    else:
        form = step_class.of(submission.answers.get(slug), **context)
    return render(request, "listings/step.html", _step_context(request, submission, form, status), status=status)


def _step_context(request, submission, form, status: int) -> dict:
    order = list(steps.STEPS)
    index = order.index(form.slug)
    return {
        "listing": submission.listing,
        "form": form,
        "step": type(form),
        "number": index + 1,
        "total": len(order),
        "previous": order[index - 1] if index else "",
        "submission": submission,
        "show_errors": status == 422 or (form.is_bound and "look" in request.GET),
    }


def _next_page(request, listing, slug) -> tuple:
    if slug == "practice":
        name = request.POST.get("name", "")[:200]
        if listing.clinic_id is None and name:
            Listing.objects.filter(pk=listing.pk).update(practice_name=name)
    if "check" in request.POST or not steps.following(slug):
        return "listings:check", listing.pk
    return "listings:step", listing.pk, steps.following(slug)


@login_required
@require_http_methods(["GET", "POST"])
def check(request, pk):
    """All answers on one page; POST sends them in."""
    listing, submission = _open_submission(request, pk)
    if locked := redirect_if_locked(request, listing):
        return locked
    if not submission.is_editable:
        return redirect("listings:listing", listing.pk)
    problems = steps.problems(submission.answers, listing)
    duplicates = likely_duplicates(submission.answers, exclude=listing.clinic)
    needs_answer = bool(duplicates) and submission.kind == Submission.Kind.NEW
    is_refused = False
    if request.method == "POST":
        is_refused = bool(problems) or (needs_answer and request.POST.get("not_a_duplicate") != "yes")
        if not is_refused:
            return _send_in(request, submission)
    context = _check_context(submission, problems) | {
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


def _check_context(submission, problems) -> dict:
    listing, answers = submission.listing, submission.answers
    forms = steps.forms_of(answers, listing)
    changed = steps.changed(submission) if submission.kind == Submission.Kind.EDIT else []
    return {
        "listing": listing,
        "submission": submission,
        "problems": problems,
        "parts": [
            {
                "step": step_class,
                "lines": forms[slug].lines() if slug in forms else [],
                "has_problem": step_class in problems,
                "is_changed": slug in changed,
            }
            for slug, step_class in steps.STEPS.items()
        ],
        "address": _normalized_address(forms.get("practice")),
        "map": steps.MapStep.of(answers.get("map"), answers=answers, listing=listing).map,
    }


def _normalized_address(form) -> dict | None:
    """The address as it will be written; {} if it stays as typed, None if there is no valid one."""
    return normalized(form.cleaned_data) if form and form.is_valid() else None
