"""Finding oneself, claiming, the dashboard, and the people of a listing."""

import contextlib
from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinics.maps.drawing import map_of_clinic
from clinics.models import Clinic, Confirmation, Source
from clinics.verification.freshness import Freshness, freshness
from clinics.verification.reconfirmation import stated_groups, still_right
from core.rate_limits import allowed
from listings.accounts.forms import ClaimForm, CodeForm, FindForm, InviteForm
from listings.emails.owners import notify, notify_status
from listings.models import Claim, Invitation, Listing, Membership
from listings.models.claim import MOST_TRIES
from listings.wizard import publishing
from listings.wizard.views import listing_of, open_submission, turned_back

VIEW_DAYS = 14  # on the dashboard
FEWEST_VIEWS = 10  # a smaller number would tell of single people
OWNER = Membership.Role.OWNER


@require_GET
def start(request):
    """What listing is, and "Is your practice already here?"."""
    form = FindForm(request.GET if "q" in request.GET else None, label_suffix="")
    found = publishing.find_practice(form.cleaned_data["q"]) if form.is_bound and form.is_valid() else None
    return render(request, "listings/start.html", {"form": form, "found": found})


# Claims


@login_required
@require_http_methods(["GET", "POST"])
def claim_clinic(request, pk):
    clinic = get_object_or_404(Clinic.objects.listed().defer("position"), pk=pk)
    if mine := Listing.objects.of(request.user).filter(clinic=clinic).first():
        return redirect("listings:listing", mine.pk)
    under_way = clinic.claims.filter(user=request.user, state__in=["started", "open"]).first()
    if under_way:
        return redirect("listings:claim", under_way.pk)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ClaimForm(*posted, clinic=clinic)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        if allowed(request, "claim"):
            return _begin_claim(request, clinic, form.cleaned_data)
        form.add_error(None, _("That is many claims for one day. Please go on tomorrow."))
        status = 429
    return render(request, "listings/claim_clinic.html", {"clinic": clinic, "form": form}, status=status)


def _begin_claim(request, clinic, facts):
    claim = Claim(clinic=clinic, user=request.user, method=facts["method"])
    if claim.method == Claim.Method.EMAIL:
        claim.email = facts["email"]
    if claim.method == Claim.Method.DOCUMENT:
        claim.document, claim.state, claim.proven_at = facts["document"], Claim.State.OPEN, timezone.now()
    try:
        with transaction.atomic():
            claim.save()
            if claim.email:
                path = reverse("listings:claim", args=[claim.pk])
                notify(
                    request,
                    "claim_code",
                    f"claim-code-{claim.pk}",
                    claim.email,
                    path,
                    code=claim.code,
                    listing=str(clinic),
                )
    except IntegrityError:  # the button was pressed twice
        claim = Claim.objects.get(clinic=clinic, user=request.user, state__in=["started", "open"])
    return redirect("listings:claim", claim.pk)


@login_required
@require_http_methods(["GET", "POST"])
def claim(request, pk):
    """Where a claim stands; POST gives the code."""
    claim = get_object_or_404(request.user.claims.select_related("clinic"), pk=pk)
    form = CodeForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and claim.state == Claim.State.STARTED and form.is_valid():
        if claim.try_code(form.cleaned_data["code"]):
            messages.success(request, _("Thank you. An editor looks at it next, and you get a mail."))
            return redirect("listings:claim", claim.pk)
        claim.refresh_from_db()
        form.add_error("code", _("This is not the code."))
    context = {"claim": claim, "form": form, "is_used_up": claim.tries >= MOST_TRIES}
    return render(request, "listings/claim.html", context, status=422 if form.errors else 200)


# The dashboard


@login_required
@require_GET
def account(request):
    """Everything that a person manages."""
    context = {
        "listings": Listing.objects.of(request.user).select_related("clinic", "subscription__price__plan"),
        "claims": request.user.claims.filter(state__in=["started", "open", "rejected"]).select_related("clinic"),
    }
    return render(request, "listings/account.html", context)


@login_required
@require_GET
def listing(request, pk):
    """One listing: what is live, what waits and why, what to confirm, what patients look for that is missing."""
    listing = listing_of(request.user, pk)
    clinic = listing.clinic
    decided = listing.submissions.exclude(state__in=["draft", "open", "asked"]).order_by("-decided_at").first()
    context = {
        "listing": listing,
        "clinic": clinic,
        "submission": open_submission(listing),
        "decided": decided,
        "is_owner": listing.memberships.filter(user=request.user, role=OWNER).exists(),
    }
    if clinic:
        confirmations = list(clinic.confirmations.all())
        context |= {
            "confirmations": confirmations,
            "needs_confirmation": needs_confirmation(clinic, confirmations),
            "reports": clinic.corrections.open().worst_first(),
            "missing": missing(clinic),
            "map": map_of_clinic(clinic),
            "views": daily_views(clinic) if listing.is_paid else [],
        }
    return render(request, "listings/listing.html", context)


def needs_confirmation(clinic: Clinic, confirmations: list[Confirmation]) -> bool:
    """Whether its owners never confirmed some of what the clinic states, or not lately."""
    own = [row for row in confirmations if row.source == Source.OWNER and row.confirmed_on]
    never = set(stated_groups(clinic)) - {row.fact_group for row in own}
    return bool(never) or any(freshness(row.confirmed_on) is not Freshness.FRESH for row in own)


def daily_views(clinic: Clinic) -> list[tuple[date, int | None]]:
    """(day, how often the page was opened) of the last days, the newest first; None for fewer than FEWEST_VIEWS."""
    today = timezone.localdate()
    counts = dict(clinic.views.filter(day__gt=today - timedelta(days=VIEW_DAYS)).values_list("day", "count"))
    days = [today - timedelta(days=days) for days in range(VIEW_DAYS)]
    return [(day, count if (count := counts.get(day, 0)) >= FEWEST_VIEWS else None) for day in days]


def missing(clinic: Clinic) -> list[tuple[str, str]]:
    """(step, what patients look for and the listing does not say)."""
    facets = clinic.facet_slugs
    asked = [
        ("phones", clinic.phone, _("A phone number")),
        ("services", facets.get("medication"), _("Which medications you treat with")),
        ("services", facets.get("setting"), _("Whether people live at home or stay with you")),
        ("payment", facets.get("payment"), _("Which insurance and payment you take")),
        ("payment", clinic.first_visit_cents is not None, _("What a first visit costs without insurance")),
        ("hours", clinic.open_hours is not None, _("When you are open")),
        ("access", clinic.accepting_new_patients is not None, _("Whether you take new patients")),
        ("access", clinic.days_to_first_visit is not None, _("How soon a first visit is")),
        ("access", clinic.medication_at_first_visit is not None, _("Whether medication can start at the first visit")),
        ("access", clinic.telehealth_states is not None, _("Whether one can start by phone or video")),
        ("languages", clinic.desk_languages is not None, _("Which languages the desk speaks")),
    ]
    return [(slug, label) for slug, stated, label in asked if not stated]


@login_required
@require_POST
def confirm_listing(request, pk):
    """One tap: everything that is live is still right, today."""
    listing = listing_of(request.user, pk)
    if listing.clinic and listing.status in (Listing.Status.LIVE, Listing.Status.NEEDS_CONFIRMATION):
        with transaction.atomic():
            still_right(listing.clinic, request.user)
            if listing.status == Listing.Status.NEEDS_CONFIRMATION:
                listing.confirm()
        messages.success(request, _("Confirmed, with today's date. Thank you."))
    return redirect("listings:listing", listing.pk)


@login_required
@require_http_methods(["GET", "POST"])
def close_listing(request, pk):
    """The practice has closed. GET says what that means, POST does it; what is paid for is ended before."""
    listing = listing_of(request.user, pk, OWNER)
    if listing.clinic is None:
        raise Http404
    if back := turned_back(request, listing):
        return back
    renews = _pays_for_nothing_else(listing) and not listing.subscription.ends_at_period_end
    if request.method == "POST" and not renews:
        with contextlib.suppress(ValueError), transaction.atomic():  # the button was pressed twice
            listing.close(_("Its owners said that the practice has closed."))
            notify_status(request, listing, listing.status_reason)
        return redirect("listings:listing", listing.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "listings/close.html", {"listing": listing, "renews": renews}, status=status)


def _pays_for_nothing_else(listing) -> bool:
    """Whether a plan is paid for this clinic alone; a group's goes on for the others."""
    return listing.is_paid and not listing.subscription.listings.exclude(pk=listing.pk).exists()


# People


@login_required
@require_http_methods(["GET", "POST"])
def people(request, pk):
    """Who manages a listing; POST invites."""
    listing = listing_of(request.user, pk, OWNER)
    form = InviteForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].lower()
        if listing.memberships.filter(user__email__iexact=email).exists():
            form.add_error("email", _("This person is in already."))
        elif not allowed(request, "invitation"):
            form.add_error(None, _("That is many invitations for one day. Please go on tomorrow."))
        else:
            _invite(request, listing, email, form.cleaned_data["role"])
            return redirect("listings:people", listing.pk)
    context = {
        "listing": listing,
        "form": form,
        "members": listing.memberships.select_related("user"),
        "invitations": listing.invitations.filter(accepted_at=None),
    }
    return render(request, "listings/people.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _invite(request, listing, email, role):
    """A new invitation takes the place of an older one, whose link ends."""
    listing.invitations.filter(email=email).delete()
    invitation = Invitation.objects.create(listing=listing, email=email, role=role, invited_by=request.user)
    path = reverse("listings:invitation", args=[invitation.token])
    notify(
        request, "invitation", f"invitation-{invitation.pk}", email, path, listing=str(listing), by=request.user.email
    )
    messages.success(request, _("The invitation is on its way."))


@login_required
@require_POST
def remove_person(request, pk, member):
    """Take somebody off a listing. The last owner stays: somebody has to be in charge."""
    listing = listing_of(request.user, pk, OWNER)
    with transaction.atomic():
        Listing.objects.select_for_update().get(pk=listing.pk)
        membership = get_object_or_404(listing.memberships, pk=member)
        others = listing.memberships.filter(role=OWNER).exclude(pk=membership.pk)
        if membership.role == OWNER and not others.exists():
            messages.error(request, _("The last owner cannot be removed. Invite another one first."))
            return redirect("listings:people", listing.pk)
        membership.delete()
        listing.invitations.filter(email__iexact=membership.user.email).delete()
    if membership.user_id == request.user.pk:
        return redirect("listings:account")
    return redirect("listings:people", listing.pk)


@login_required
@require_http_methods(["GET", "POST"])
def invitation(request, token):
    """Accept an invitation. Only whoever proved the invited address can."""
    invitation = get_object_or_404(Invitation.objects.filter(accepted_at=None).select_related("listing"), token=token)
    proven = EmailAddress.objects.filter(user=request.user, verified=True, email__iexact=invitation.email)
    is_theirs = proven.exists()
    if request.method == "POST" and is_theirs:
        with contextlib.suppress(ValueError):
            invitation.accept(request.user)
        return redirect("listings:listing", invitation.listing_id)
    context = {"invitation": invitation, "is_theirs": is_theirs}
    return render(request, "listings/invitation.html", context, status=200 if is_theirs else 403)
