"""How the pages of owners begin: the listing of this person, or a redirect if it takes no changes now."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from listings.models import Listing


def get_listing(user, pk, *roles) -> Listing:
    """A listing that this person manages, in one of `roles` if given. Raises Http404 for anybody else."""
    return get_object_or_404(Listing.objects.of(user, *roles).select_related("clinic"), pk=pk)


def redirect_if_locked(request, listing: Listing):
    """A redirect to the listing's page, with the reason, if it is suspended or closed; else None."""
    if listing.takes_changes:
        return None
    messages.error(request, _("This listing is suspended or closed and cannot be changed."))
    return redirect("listings:listing", listing.pk)
