"""The pages of the form: one group of questions each, what was typed kept at every step, and the check at the end."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.rate_limits import rate_limit
from listings.emails.owners import notify_submission
from listings.models import Listing, Membership, OwnerLanguage, Submission
from listings.wizard import publishing, steps

OPEN_STATES = (Submission.State.DRAFT, Submission.State.OPEN, Submission.State.ASKED)


def listing_of(user, pk, *roles) -> Listing:
    """A listing that this person manages. Of others nothing is told, not even that they exist."""
    return get_object_or_404(Listing.objects.of(user, *roles).select_related("clinic"), pk=pk)


def turned_back(request, listing):
    """The way back, with the reason, if this listing takes no changes now; else None."""
    if listing.takes_changes:
        return None
    messages.error(request, _("This listing is suspended or closed, so nothing of it can be changed."))
    return redirect("listings:listing", listing.pk)


def open_submission(listing) -> Submission | None:
    return listing.submissions.filter(state__in=OPEN_STATES).first()


@login_required
@require_http_methods(["GET", "POST"])
@rate_limit("listing")
def new_listing(request):
    """Begin a listing of a practice that is not here yet."""
    if request.method == "GET":
        return render(request, "listings/new_listing.html")
    with transaction.atomic():
        listing = Listing.objects.create()
        Membership.objects.create(listing=listing, user=request.user)
        Submission.objects.create(listing=listing, started_by=request.user)
    return redirect("listings:step", listing.pk, next(iter(steps.STEPS)))


@login_required
@require_POST
def edit_listing(request, pk):
    """Begin changes to a live listing, with what is live; changes that were begun are gone on with."""
    listing = listing_of(request.user, pk)
    if back := turned_back(request, listing):
        return back
    submission = open_submission(listing)
    if submission is None:
        try:
            with transaction.atomic():
                submission = begin_changes(listing, request.user)
        except IntegrityError:  # begun by somebody else in this moment
            submission = open_submission(listing)
    if submission is None or not submission.is_editable:
        return redirect("listings:listing", listing.pk)
    return redirect("listings:check", listing.pk)


def begin_changes(listing, user) -> Submission:
    """Changes to what is live; of a listing that was turned down, another try with the same answers."""
    if listing.clinic_id:
        live = publishing.answers_of(listing.clinic)
        wanted = {"kind": Submission.Kind.EDIT, "answers": live, "before": live}
    else:
        last = listing.submissions.order_by("-pk").first()
        wanted = {"answers": last.answers if last else {}}
    return Submission.objects.create(listing=listing, started_by=user, **wanted)


def _editable(request, pk):
    listing = listing_of(request.user, pk)
    submission = open_submission(listing)
    if submission is None:
        raise Http404
    return listing, submission


@login_required
@require_http_methods(["GET", "POST"])
def step(request, pk, slug):
    """One group of questions. What was typed is kept, right or wrong; wrong answers are shown with the reason."""
    if slug not in steps.STEPS:
        raise Http404
    listing, submission = _editable(request, pk)
    if back := turned_back(request, listing):
        return back
    if not submission.is_editable:
        return redirect("listings:listing", listing.pk)
    step_class, status = steps.STEPS[slug], 200
    context = {"answers": submission.answers, "listing": listing}
    if request.method == "POST":
        form = step_class(request.POST, **context)
        stays = form.pressed()
        submission.store_answers(slug, form.typed() if stays is None else stays)
        if stays is not None:
            return redirect("listings:step", listing.pk, slug)
        if form.is_valid():
            return redirect(*_next(request, listing, slug))
        status = 422
    else:
        form = step_class.of(submission.answers.get(slug), **context)
    order = list(steps.STEPS)
    context = {
        "listing": listing,
        "form": form,
        "step": step_class,
        "number": order.index(slug) + 1,
        "total": len(order),
        "previous": order[order.index(slug) - 1] if order.index(slug) else "",
        "submission": submission,
        "show_errors": status == 422 or (form.is_bound and "look" in request.GET),
    }
    return render(request, "listings/step.html", context, status=status)


def _next(request, listing, slug) -> tuple:
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
    listing, submission = _editable(request, pk)
    if back := turned_back(request, listing):
        return back
    if not submission.is_editable:
        return redirect("listings:listing", listing.pk)
    problems = steps.problems(submission.answers, listing)
    duplicates = publishing.likely_duplicates(submission.answers, besides=listing.clinic)
    needs_word = bool(duplicates) and submission.kind == Submission.Kind.NEW
    status = 200
    if request.method == "POST":
        if problems or (needs_word and request.POST.get("not_a_duplicate") != "yes"):
            status = 422
        else:
            outcome = send_in(request, submission)
            if outcome == "live":
                messages.success(request, _("Your changes are live."))
            elif outcome == "waiting":
                messages.success(request, _("Thank you. An editor looks at it next, and you get a mail."))
            return redirect("listings:listing", listing.pk)
    forms = steps.read(submission.answers, listing)
    changed = steps.changed(submission) if submission.kind == Submission.Kind.EDIT else []
    parts = [
        {
            "step": step_class,
            "lines": forms[slug].lines() if slug in forms else [],
            "has_problem": step_class in problems,
            "is_changed": slug in changed,
        }
        for slug, step_class in steps.STEPS.items()
    ]
    context = {
        "listing": listing,
        "submission": submission,
        "parts": parts,
        "problems": problems,
        "duplicates": duplicates,
        "needs_word": needs_word,
        "address": _address(forms),
        "map": steps.MapStep.of(submission.answers.get("map"), answers=submission.answers, listing=listing).map,
        "is_refused": status == 422,
    }
    return render(request, "listings/check.html", context, status=status)


def _address(forms) -> dict | None:
    """How the address will be written; {} if it stays as typed."""
    practice = forms.get("practice")
    return publishing.normalised(practice.cleaned_data) if practice and practice.is_valid() else None


def send_in(request, submission) -> str:
    """Store it, then answer. Of changes to a live listing only the sensitive ones wait for an editor.

    What came of it: "live", "waiting", or "busy" if it was sent in before.
    """
    with transaction.atomic():
        OwnerLanguage.remember(request.user)
        if not submission.send_in(request.user):
            return "busy"
        if submission.kind == Submission.Kind.EDIT:
            changed = steps.changed(submission)
            at_once = [slug for slug in changed if not steps.STEPS[slug].is_sensitive]
            publishing.publish(submission, at_once, request.user)
            if at_once == changed:
                submission.decide(Submission.State.APPROVED, None, "No change needed an editor.")
                return "live"
        notify_submission(request, "submitted", submission)
    return "waiting"
