"""A practice that is closed for some days says so by one button, and takes it back by another."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from clinics.closings import closed_text
from clinics.forms import ClosureForm
from clinics.models import Closure
from listings.accounts.dashboard import listing_page
from listings.shortcuts import get_listing, post_only, redirect_if_locked


def _listing_to_close(request, pk):
    listing = get_listing(request.user, pk)
    if listing.clinic is None:
        raise Http404
    return listing, redirect_if_locked(request, listing)


@login_required
@post_only
def closed_today(request, pk):
    """Closed today, or to the end of the day that was sent."""
    listing, locked = _listing_to_close(request, pk)
    if locked:
        return locked
    form = ClosureForm(request.POST, clinic=listing.clinic)
    if not form.is_valid():
        return listing_page(request, listing, form)
    form.close(Closure.Source.OWNER, request.user)
    told = {"text": closed_text(listing.clinic)}
    messages.success(request, _("Readers see now: “%(text)s”. It ends by itself.") % told)
    return redirect("listings:listing", listing.pk)


@login_required
@post_only
def open_after_all(request, pk):
    listing, locked = _listing_to_close(request, pk)
    if locked:
        return locked
    if listing.clinic.reopen():
        messages.success(request, _("Readers no longer see that you are closed."))
    else:
        messages.info(request, _("Nothing says any more that you are closed."))
    return redirect("listings:listing", listing.pk)
