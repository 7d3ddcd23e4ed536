"""Photos of a clinic, which a paid plan shows. An editor sees each first; the end of the plan hides them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinics.models import ClinicPhoto
from clinics.models.photos import MOST_PHOTOS
from core.rate_limits import allowed
from listings.accounts.forms import PhotoForm
from listings.shortcuts import get_listing, post_only, redirect_if_locked


def _listing_with_clinic(request, pk):
    listing = get_listing(request.user, pk)
    if listing.clinic is None:
        raise Http404
    return listing


@login_required
@require_http_methods(["GET", "POST"])
def photos(request, pk):
    """The photos of a listing; POST adds one."""
    listing = _listing_with_clinic(request, pk)
    if locked := redirect_if_locked(request, listing):
        return locked
    is_posted = request.method == "POST"
    form = PhotoForm(request.POST if is_posted else None, request.FILES if is_posted else None, label_suffix="")
    if is_posted and form.is_valid():
        try:
            _add(request, listing, form.cleaned_data)
        except ValidationError as error:
            form.add_error("file", error)
        else:
            messages.success(request, _("The photo is saved. An editor looks at it before patients see it."))
            return redirect("listings:photos", listing.pk)
    context = {"listing": listing, "form": form, "photos": listing.clinic.photos.all(), "most": MOST_PHOTOS}
    return render(request, "listings/photos.html", context, status=422 if form.errors else 200)


def _add(request, listing, cleaned_data) -> None:
    if not listing.is_paid:
        raise ValidationError(_("Photos are a part of the paid plans."))
    if not allowed(request, "photo"):
        raise ValidationError(_("You have added many photos today. Please continue tomorrow."))
    ClinicPhoto.add(listing.clinic, cleaned_data["file"], cleaned_data["alt"])


@login_required
@post_only
def remove_photo(request, pk, photo):
    listing = _listing_with_clinic(request, pk)
    if locked := redirect_if_locked(request, listing):
        return locked
    get_object_or_404(listing.clinic.photos, pk=photo).remove()
    return redirect("listings:photos", listing.pk)
