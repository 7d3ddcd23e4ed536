"""The people who manage a listing, and invitations to join them."""

import contextlib

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.rate_limits import allowed
from listings.accounts.forms import InviteForm
from listings.models import Invitation, Listing, Membership
from listings.models.listing import OBJECTION_DAYS
from listings.shortcuts import get_listing, post_only, sign_up_first

OWNER = Membership.Role.OWNER


@login_required
@require_http_methods(["GET", "POST"])
def people(request, pk):
    """The people who manage a listing; POST invites another."""
    listing = get_listing(request.user, pk, OWNER)
    form = InviteForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].lower()
        if listing.memberships.filter(user__email__iexact=email).exists():
            form.add_error("email", _("This person manages it already."))
        elif not allowed(request, "invitation"):
            form.add_error(None, _("You have sent many invitations today. Please continue tomorrow."))
        else:
            _invite(request, listing, email, form.cleaned_data["role"])
            return redirect("listings:people", listing.pk)
    context = {
        "listing": listing,
        "form": form,
        "payers": _payers_of(listing),
        "members": listing.memberships.select_related("user"),
        "invitations": listing.invitations.filter(accepted_at=None),
        "days": OBJECTION_DAYS,
    }
    return render(request, "listings/people.html", context, status=422 if form.errors else 200)


def _payers_of(listing) -> set[int]:
    """The ids of those who pay the plan that covers it."""
    account = listing.subscription and listing.subscription.account
    return set(account.payers.values_list("user_id", flat=True)) if account else set()


@transaction.atomic
def _invite(request, listing, email, role):
    """A new invitation replaces an older one, whose link stops working.

    What is said is the same whether the mail leaves now or waits: nobody learns here who has an account.
    """
    replaced, _rows = listing.invitations.filter(email=email).delete()
    invitation = Invitation.objects.create(listing=listing, email=email, role=role, invited_by=request.user)
    if invitation.may_be_mailed():
        invitation.mail()
    said = _("The invitation is on its way.") if listing.was_reviewed else _("The invitation is stored.")
    if replaced:
        said = _("%(said)s It replaces the one before, whose link no longer works.") % {"said": said}
    messages.success(request, said)


@login_required
@post_only
def withdraw_invitation(request, pk, invitation):
    """Take back an invitation that nobody has accepted: its link stops working."""
    listing = get_listing(request.user, pk, OWNER)
    get_object_or_404(listing.invitations.filter(accepted_at=None), pk=invitation).delete()
    messages.success(request, _("The invitation is taken back. Its link no longer works."))
    return redirect("listings:people", listing.pk)


@login_required
@post_only
def remove_person(request, pk, member):
    """Remove somebody from a listing. The last owner stays, because somebody has to be in charge."""
    listing = get_listing(request.user, pk, OWNER)
    with transaction.atomic():
        Listing.objects.select_for_update().get(pk=listing.pk)
        membership = get_object_or_404(listing.memberships, pk=member)
        others = listing.memberships.filter(role=OWNER).exclude(pk=membership.pk)
        if membership.role == OWNER and not others.exists():
            messages.error(request, _("The last owner cannot be removed. Invite another one first."))
            return redirect("listings:people", listing.pk)
        if membership.user_id != request.user.pk and listing.waits_as_owner(request.user):
            sentence = _("You became an owner only recently. For %(days)s days only the other owners remove people.")
            messages.error(request, sentence % {"days": OBJECTION_DAYS})
            return redirect("listings:people", listing.pk)
        if listing.is_paid_by_nobody_but(membership.user):
            messages.error(request, _must_name_another(is_self=membership.user_id == request.user.pk))
            return redirect("listings:people", listing.pk)
        membership.delete()
        listing.invitations.filter(email__iexact=membership.user.email).delete()
    if membership.user_id == request.user.pk:
        return redirect("listings:account")
    return redirect("listings:people", listing.pk)


def _must_name_another(*, is_self: bool) -> str:
    if is_self:
        return _(
            "You pay the plan of this listing. Name another payer first, on “Plan and receipts”, or end the plan."
        )
    return _(
        "This person pays the plan of this listing. Ask them to name another payer first, or end the plan on "
        "“Plan and receipts”."
    )


@sign_up_first
@require_http_methods(["GET", "POST"])
def invitation(request, token):
    """Accept an invitation. Only a person who has verified the invited address can."""
    invitation = get_object_or_404(Invitation.objects.filter(accepted_at=None).select_related("listing"), token=token)
    verified = EmailAddress.objects.filter(user=request.user, verified=True, email__iexact=invitation.email)
    is_theirs = verified.exists()
    if request.method == "POST" and is_theirs:
        with contextlib.suppress(ValueError):
            invitation.accept(request.user)
        return redirect("listings:listing", invitation.listing_id)
    context = {"invitation": invitation, "is_theirs": is_theirs}
    return render(request, "listings/invitation.html", context, status=200 if is_theirs else 403)
