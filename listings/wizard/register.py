"""The head of the form: a practice is looked up in the register of NPIs, and what is found fills in answers.

With NPPES_LOOKUP=off, or while the register does not answer, all is typed. Nobody is asked inside a transaction, and
none of these pages asks again when it is only looked at.
"""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinics.verification import npi_lookup
from clinics.verification.nppes import NppesUnavailable
from core.rate_limits import allowed, rate_limit
from listings.accounts.drafts import begin
from listings.models import Submission
from listings.shortcuts import sign_up_first
from listings.wizard.pages import step_context
from listings.wizard.steps import npi
from listings.wizard.steps.npi import NpiStep

SHOWN = 3  # matches; the others are folded


@sign_up_first
@require_http_methods(["GET", "POST"])
@rate_limit("listing")
def new_listing(request):
    """Begin the listing of a practice that is not in the directory yet."""
    form = NpiStep(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "lookup": settings.NPPES_LOOKUP, "show_errors": form.is_bound}
        return render(request, "listings/new_listing.html", context, status=422 if form.is_bound else 200)
    answers = {"npi": form.typed()} if form.cleaned_data["npi_or_name"] else {}
    return _look_up(request, begin(request.user, answers), form)


def ask_register(request, submission):
    """The page of the first question: what the register found for what was typed, to choose from."""
    found, status = npi.matches(submission.answers), 200
    if request.method == "POST":
        number = request.POST.get("match", "")
        if number in map(str, range(len(found))):
            submission.change_answers(lambda answers: npi.filled(answers, found[int(number)]))
            return redirect("listings:step", submission.listing_id, "practice")
        form = NpiStep(request.POST, answers=submission.answers)
        submission.change_answers(lambda answers: answers | {"npi": answers.get("npi", {}) | form.typed()})
        if form.is_valid():
            return _look_up(request, submission, form)
        status = 422
    else:
        form = NpiStep.of(submission.answers.get("npi"), answers=submission.answers)
    numbered = list(enumerate(found))
    context = step_context(request, submission, form, status) | {"lookup": settings.NPPES_LOOKUP}
    context |= {"matches": numbered[:SHOWN], "more_matches": numbered[SHOWN:]}
    return render(request, "listings/npi.html", context, status=status)


def _look_up(request, submission: Submission, form: NpiStep):
    """To what the register finds; if that is nothing, to the page where the practice is typed."""
    typed, found = form.cleaned_data["npi_or_name"], []
    if typed and npi_lookup.is_on() and not allowed(request, "register"):
        messages.warning(request, _("You have asked the register of NPIs often. Please type your answers."))
        typed = ""
    try:
        found = npi_lookup.look_up(typed, form.cleaned_data["npi_state"])
        if typed and not found and npi_lookup.is_on():
            messages.info(request, _("The register of NPIs has nothing like it. Please type your answers."))
    except NppesUnavailable:
        messages.warning(request, _("The register of NPIs does not answer now. Please type your answers."))
    submission.change_answers(lambda answers: npi.with_matches(answers, found) if typed else answers)
    if found:
        return redirect("listings:step", submission.listing_id, NpiStep.slug)
    submission.change_answers(npi.filled_by_hand)
    return redirect("listings:step", submission.listing_id, "practice")
