"""Several clinics of one owner: facts that they share are written once."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from listings.models import Listing
from listings.wizard import publishing, steps
from listings.wizard.steps import offers, practice
from listings.wizard.views import begin_changes, open_submission, send_in

LIVE = (Listing.Status.LIVE, Listing.Status.NEEDS_CONFIRMATION)


class WebsiteStep(steps.Step):
    """Of the page with the phones, which each clinic has of its own, only what a chain shares."""

    slug, title, is_sensitive = "website", gettext_lazy("Website"), True
    website = practice.PhonesStep.base_fields["website"]


# What is shared: its page, and the step of the form that it is a part of.
PARTS = {
    "website": (WebsiteStep, "phones"),
    "hours": (offers.HoursStep, "hours"),
    "services": (offers.ServicesStep, "services"),
    "payment": (offers.PaymentStep, "payment"),
    "languages": (offers.LanguagesStep, "languages"),
    "access": (offers.AccessStep, "access"),
}


def live_listings(user):
    return Listing.objects.of(user).filter(clinic__isnull=False, status__in=LIVE).select_related("clinic")


@login_required
@require_GET
def shared_parts(request):
    """What can be written once for all clinics of a person."""
    parts = [(slug, step.title) for slug, (step, _whole) in PARTS.items()]
    return render(request, "listings/shared_parts.html", {"parts": parts, "listings": live_listings(request.user)})


@login_required
@require_http_methods(["GET", "POST"])
def shared_part(request, part):
    """One group of facts for every clinic that is ticked. It begins with what the first of them says."""
    if part not in PARTS:
        raise Http404
    step_class, whole = PARTS[part]
    listings = list(live_listings(request.user))
    if not listings:
        return redirect("listings:account")
    chosen, status = listings, 200
    if request.method == "POST":
        form = step_class(request.POST)
        ticked = set(request.POST.getlist("listing"))
        chosen = [listing for listing in listings if str(listing.pk) in ticked]
        if form.is_valid() and chosen:
            _change_all(request, chosen, whole, form.typed(), form.fields)
            return redirect("listings:account")
        status = 422
    else:
        form = step_class.of(publishing.answers_of(listings[0].clinic)[whole])
    context = {
        "form": form,
        "step": step_class,
        "listings": listings,
        "chosen": chosen,
        "first": listings[0],
        "show_errors": status == 422,
        "general": [] if chosen else [_("Tick at least one clinic.")],
    }
    return render(request, "listings/shared_part.html", context, status=status)


def _change_all(request, listings, whole: str, typed: dict, names) -> None:
    outcomes = {"live": [], "waiting": [], "same": [], "busy": []}
    for listing in listings:
        outcomes[_change(request, listing, whole, typed, names)].append(str(listing))
    sentences = {
        "live": _("Changed, and live: %(names)s."),
        "waiting": _("An editor looks at it next: %(names)s."),
        "same": _("It said so already: %(names)s."),
        "busy": _("Not changed, because other changes are under way: %(names)s. Finish those first."),
    }
    for outcome, names_ in outcomes.items():
        if names_:
            write = messages.warning if outcome == "busy" else messages.success
            write(request, sentences[outcome] % {"names": ", ".join(names_)})


def _change(request, listing, whole: str, typed: dict, names) -> str:
    """What came of it for one clinic: a key of the sentences above."""
    if open_submission(listing):
        return "busy"
    try:
        with transaction.atomic():
            submission = begin_changes(listing, request.user)
            others = {name: values for name, values in submission.answers[whole].items() if name not in names}
            submission.store_answers(whole, others | typed)
            if not steps.changed(submission):
                submission.delete()
                return "same"
            return send_in(request, submission)
    except IntegrityError:  # begun by somebody else in this moment
        return "busy"
