"""A clinic says which pharmacy filled buprenorphine for its patients: never for whom."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinics.models.pharmacies import LATELY_DAYS
from clinics.pharmacies import SaidBy, store_report
from clinics.pharmacy_forms import FilledForm
from core.rate_limits import allowed
from listings.shortcuts import get_listing


@login_required
@require_http_methods(["GET", "POST"])
def report_pharmacy(request, pk):
    """The form; POST stores what it says. Only for a clinic that readers can find."""
    listing = get_listing(request.user, pk)
    if listing.clinic is None or not listing.is_live:
        raise Http404
    form = FilledForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if allowed(request, "pharmacy"):
            store_report(form.cleaned_data, SaidBy.OWNER, clinic=listing.clinic)
            messages.success(request, _("Saved. An editor first checks a pharmacy that is new to us."))
            return redirect("listings:listing", listing.pk)
        form.add_error(None, _("You have named many pharmacies today. Please continue tomorrow."))
    context = {"listing": listing, "form": form, "days": LATELY_DAYS}
    return render(request, "listings/report_pharmacy.html", context, status=422 if form.errors else 200)
