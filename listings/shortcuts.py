"""How the pages of owners begin: the listing of this person, or a redirect if it takes no changes now."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from listings.models import Listing


class OwnerRequest(HttpRequest):
    """A request behind `login_required`: its user is never anonymous."""

    user: User


def get_listing(user: User, pk: int, *roles: str) -> Listing:
    """A listing that this person manages, in one of `roles` if given. Raises Http404 for anybody else."""
    return get_object_or_404(Listing.objects.of(user, *roles).select_related("clinic"), pk=pk)


def redirect_if_locked(request: HttpRequest, listing: Listing) -> HttpResponse | None:
    """A redirect to the listing's page, with the reason, if it is suspended or closed; else None."""
    if listing.takes_changes:
        return None
    messages.error(request, _("This listing is suspended or closed and cannot be changed."))
    return redirect("listings:listing", listing.pk)
