"""Several clinics at once: an owner writes answers that their clinics share in one form."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from listings.models import Listing
from listings.wizard import steps
from listings.wizard.answers import answers_of
from listings.wizard.steps import hours, offers, practice
from listings.wizard.submissions import begin_changes, send_in


class WebsiteStep(steps.Step):
    """The part of the step with the phones that several clinics can share; each has phones of its own."""

    slug, title = "website", gettext_lazy("Website")
    website = practice.PhonesStep.base_fields["website"]


# What can be shared: its form, and the slug of the wizard's step that it is a part of.
PARTS: dict[str, tuple[type[steps.Step], str]] = {
    "website": (WebsiteStep, "phones"),
    "hours": (hours.HoursStep, "hours"),
    "services": (offers.ServicesStep, "services"),
    "payment": (offers.PaymentStep, "payment"),
    "languages": (offers.LanguagesStep, "languages"),
    "access": (offers.AccessStep, "access"),
}


def live_listings(user):
    return Listing.objects.of(user).live().filter(clinic__isnull=False).select_related("clinic")


@login_required
@require_GET
def shared_parts(request):
    """What can be written once for all clinics of a person."""
    parts = [(slug, form_class.title) for slug, (form_class, _step_slug) in PARTS.items()]
    return render(request, "listings/shared_parts.html", {"parts": parts, "listings": live_listings(request.user)})


@login_required
@require_http_methods(["GET", "POST"])
def shared_part(request, part):
    """One form for every clinic that is ticked. It starts with the answers of the first clinic."""
    if part not in PARTS:
        raise Http404
    form_class, step_slug = PARTS[part]
    listings = list(live_listings(request.user))
    if not listings:
        return redirect("listings:account")
    chosen, status = listings, 200
    if request.method == "POST":
        form = form_class(request.POST)
        ticked = set(request.POST.getlist("listing"))
        chosen = [listing for listing in listings if str(listing.pk) in ticked]
        if form.is_valid() and chosen:
            _change_all(request, chosen, step_slug, form)
            return redirect("listings:account")
        status = 422
    else:
        form = form_class.of(answers_of(listings[0].clinic)[step_slug])
    context = {
        "form": form,
        "step": form_class,
        "listings": listings,
        "chosen": chosen,
        "first": listings[0],
        "show_errors": status == 422,
        "general": [] if chosen else [_("Tick at least one clinic.")],
    }
    return render(request, "listings/shared_part.html", context, status=status)


def _change_all(request, listings, step_slug: str, form: steps.Step) -> None:
    """Change each listing, and say in one sentence for each status which listings have it."""
    sentences = {
        "live": _("Changed, and live: %(names)s."),
        "waiting": _("Waiting for an editor: %(names)s."),
        "unchanged": _("No change was needed: %(names)s."),
        "busy": _("Not changed, because other changes are under way: %(names)s. Finish those first."),
    }
    names: dict[str, list[str]] = {status: [] for status in sentences}
    for listing in listings:
        names[_change(request, listing, step_slug, form)].append(str(listing))
    for status, changed in names.items():
        if changed:
            add_message = messages.warning if status == "busy" else messages.success
            add_message(request, sentences[status] % {"names": ", ".join(changed)})


def _change(request, listing, step_slug: str, form: steps.Step) -> str:
    """Change one listing; returns its status: "live", "waiting", "unchanged" or "busy"."""
    if listing.open_submission:
        return "busy"
    try:
        with transaction.atomic():
            submission = begin_changes(listing, request.user)
            answers = submission.answers[step_slug]
            others = {name: values for name, values in answers.items() if name not in form.fields}
            submission.store_answers(step_slug, others | form.typed())
            if not steps.changed(submission):
                submission.delete()
                return "unchanged"
            return send_in(request, submission)
    except IntegrityError:  # somebody else began changes at the same moment
        return "busy"
