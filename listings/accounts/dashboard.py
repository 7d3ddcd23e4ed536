"""The dashboard of owners: all their listings, and one listing with what it needs."""

from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinics.clinic_maps import map_of_clinic
from clinics.closings import closed_text
from clinics.forms import ClosureForm
from clinics.models import Clinic, Confirmation, Source
from clinics.questions.gaps import MOST_ASKED, gaps_of, read_tap
from clinics.verification.freshness import Freshness, freshness
from clinics.verification.lock import Writer
from clinics.verification.proposals import propose, withdraw
from clinics.verification.provenance import answer, stated_groups
from clinics.verification.reconfirmation import still_right
from listings.billing.bills import bills_of, plans_of, present_plan
from listings.emails.monthly import switch_path
from listings.models import Claim, Listing, Membership
from listings.shortcuts import get_listing, post_only, redirect_if_locked

VIEW_DAYS = 14  # on the dashboard
FEWEST_VIEWS = 10  # a smaller number could reveal single people
OWNER = Membership.Role.OWNER


@login_required
@require_GET
def account(request):
    """Every listing and claim of a person."""
    context = {
        "listings": Listing.objects.of(request.user).select_related("clinic", "subscription__price__plan"),
        "claims": request.user.claims.exclude(
            status__in=[Claim.Status.APPROVED, Claim.Status.WITHDRAWN]
        ).select_related("clinic"),
        "bills": [bill for bill in bills_of(request.user, plans_of(request.user)) if bill.is_current],
    }
    return render(request, "listings/account.html", context)


@login_required
@require_GET
def listing(request, pk):
    return listing_page(request, get_listing(request.user, pk))


def listing_page(request, listing: Listing, closure_form: ClosureForm | None = None):
    """One listing: what is live, what waits for an editor, what to confirm, and what patients look for in vain.

    `closure_form`: one that was sent and has errors.
    """
    clinic = listing.clinic
    owner = listing.memberships.filter(user=request.user, role=OWNER).first()
    decided = listing.submissions.decided().order_by("-decided_at").first()
    context = {
        "listing": listing,
        "clinic": clinic,
        "submission": listing.open_submission,
        "decided": decided,
        "is_owner": owner is not None,
        "monthly_mail_path": switch_path(owner) if owner else "",
    }
    if context["is_owner"] and (plan := present_plan(listing)) and plan.account:
        [context["bill"]] = bills_of(request.user, [plan])
    if clinic:
        confirmations = list(clinic.confirmations.all())
        context |= {
            "confirmations": confirmations,
            "needs_confirmation": needs_confirmation(clinic, confirmations),
            "reports": clinic.corrections.open().worst_first(),
            "missing": missing(clinic),
            "gaps": gaps_of(clinic, one_tap=True)[:MOST_ASKED] if listing.is_live else [],
            "map": map_of_clinic(clinic),
            "views": daily_views(clinic, timezone.localdate(listing.created_at)) if listing.is_paid else [],
            "fewest_views": FEWEST_VIEWS,
            "closure_form": closure_form or ClosureForm(clinic=clinic),
            "closed_text": closed_text(clinic),
            "proposals": clinic.proposed_changes.open(),
            "rivals": Claim.objects.rivals_of(clinic).filter(status=Claim.Status.OPEN),
        }
    return render(request, "listings/listing.html", context, status=422 if closure_form else 200)


def needs_confirmation(clinic: Clinic, confirmations: list[Confirmation]) -> bool:
    """Whether the owners have not confirmed some stated fact group, or not lately."""
    own = [row for row in confirmations if row.source == Source.OWNER and row.confirmed_on]
    never = set(stated_groups(clinic)) - {row.fact_group for row in own}
    return bool(never) or any(freshness(row.confirmed_on) is not Freshness.FRESH for row in own)


def daily_views(clinic: Clinic, since: date) -> list[tuple[date, int | None]]:
    """(day, how often the page was opened) for VIEW_DAYS, the newest first; None for fewer than FEWEST_VIEWS.

    No day before `since`, when the listing began: a day on which nobody counted is not a day with few readers.
    """
    today = timezone.localdate()
    counts = dict(clinic.views.filter(day__gt=today - timedelta(days=VIEW_DAYS)).values_list("day", "count"))
    days = [today - timedelta(days=days) for days in range(VIEW_DAYS) if today - timedelta(days=days) >= since]
    return [(day, count if (count := counts.get(day, 0)) >= FEWEST_VIEWS else None) for day in days]


def missing(clinic: Clinic) -> list[tuple[str, str]]:
    """(page of the form, what patients look for and the clinic does not state)."""
    facets = clinic.facet_slugs
    wanted = [
        ("phones", clinic.phone, _("A phone number")),
        ("medicines", facets.get("medication"), _("Which medications you treat with")),
        ("setting", facets.get("setting"), _("Whether people live at home or stay with you")),
        ("payment", facets.get("payment"), _("Which insurance and payment you take")),
        ("payment", clinic.first_visit_cents is not None, _("What a first visit costs without insurance")),
        ("hours", clinic.open_hours is not None, _("When you are open")),
        ("telehealth", clinic.telehealth_states is not None, _("Whether one can start by phone or video")),
        ("languages", clinic.desk_languages is not None, _("Which languages the desk speaks")),
    ]
    return [(slug, label) for slug, stated, label in wanted if not stated]


@login_required
@post_only
def answer_question(request, pk):
    """One tap on a question that readers near the clinic filter by. A second tap, in another tab, answers it again."""
    listing = get_listing(request.user, pk)
    tapped = read_tap(request.POST.get("answer", ""))
    if tapped and listing.clinic and listing.is_live:
        question, value = tapped
        with transaction.atomic():
            clinic = Clinic.objects.select_for_update().get(pk=listing.clinic_id)
            answer(clinic, {question.key: value}, Source.OWNER, request.user)
        messages.success(request, _("Saved: %(question)s") % {"question": question.question})
    return redirect("listings:listing", listing.pk)


@login_required
@post_only
def confirm_listing(request, pk):
    """Confirm with one tap that everything that is live is still right today."""
    listing = get_listing(request.user, pk)
    if listing.clinic and listing.is_live:
        with transaction.atomic():
            still_right(listing.clinic, request.user)
            if listing.status == Listing.Status.NEEDS_CONFIRMATION:
                listing.confirm()
        messages.success(request, _("Confirmed, with today's date. Thank you."))
    return redirect("listings:listing", listing.pk)


@login_required
@require_http_methods(["GET", "POST"])
def close_listing(request, pk):
    """The practice has closed: GET explains what follows, POST tells the editors."""
    listing = get_listing(request.user, pk, OWNER)
    if listing.clinic is None:
        raise Http404
    if locked := redirect_if_locked(request, listing):
        return locked
    if request.method == "POST":
        propose(listing.clinic, {"closed_on": timezone.localdate()}, Writer.OWNER, by=request.user)
        messages.success(request, _("Thank you. An editor checks it before patients are told."))
        return redirect("listings:listing", listing.pk)
    return render(request, "listings/close.html", {"listing": listing, "ends_plan": listing.plan_ends_with_it})


@login_required
@post_only
def withdraw_change(request, pk, change):
    """Take back a change that waits: it was a mistake, or somebody else used a mailed link."""
    listing = get_listing(request.user, pk, OWNER)
    if listing.clinic is None:
        raise Http404
    if locked := redirect_if_locked(request, listing):
        return locked
    proposed = get_object_or_404(listing.clinic.proposed_changes, pk=change)
    try:
        withdraw(proposed, request.user)
    except ValueError:  # an editor was quicker, or the button was pressed twice
        messages.warning(request, _("This change was decided already."))
    else:
        messages.success(request, _("Taken back. Nothing has changed."))
    return redirect("listings:listing", listing.pk)
