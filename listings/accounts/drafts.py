"""Drafts of listings: begun once, however often the button is pressed, and deleted while nobody else has seen them."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from listings.models import Listing, Membership, Submission
from listings.shortcuts import get_listing

OWNER = Membership.Role.OWNER
CLICKS = timedelta(minutes=1)  # of two within it the second is the same wish


@transaction.atomic
def begin(user: User, answers: dict) -> Submission:
    """A new draft with its first answers, or the one that they have just begun: a second click makes no second one."""
    User.objects.select_for_update().get(pk=user.pk)  # a second click at the same moment waits here
    typed = answers.get("npi", {}).get("npi_or_name")
    same = (
        Q(answers={}) if typed is None else Q(answers__npi__npi_or_name=typed, created_at__gte=timezone.now() - CLICKS)
    )
    mine = Submission.objects.filter(started_by=user, submitted_at=None, listing__in=Listing.objects.of(user, OWNER))
    if begun := mine.filter(same, listing__in=Listing.objects.drafts()).first():
        return begun
    listing = Listing.objects.create()
    Membership.objects.create(listing=listing, user=user)
    return Submission.objects.create(listing=listing, started_by=user, answers=answers)


@login_required
@require_http_methods(["GET", "POST"])
def delete_draft(request, pk):
    """GET asks, POST deletes a draft that no editor has seen and that nothing was bought for."""
    listing = get_listing(request.user, pk, OWNER)
    if request.method == "GET":
        return render(request, "listings/delete_draft.html", {"listing": listing})
    try:
        with transaction.atomic():
            current = Listing.objects.select_for_update().get(pk=listing.pk)
            is_deleted = current.is_deletable and bool(current.delete())
    except ProtectedError:  # an order came at the same moment
        is_deleted = False
    if not is_deleted:
        messages.error(request, _("This listing cannot be deleted: it was sent in, or something was bought."))
        return redirect("listings:listing", listing.pk)
    messages.success(request, _("The draft is deleted."))
    return redirect("listings:account")
