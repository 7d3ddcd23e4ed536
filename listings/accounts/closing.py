"""A listing is closed once an editor has approved that its practice has closed."""

from datetime import date

from django.utils.translation import gettext as _

from listings.emails.notifications import notify_status
from listings.models import Listing
from listings.models.listing import LIVE


def end_plans_of_merged(sender, clinic_ids, **kwargs) -> None:
    """Two clinics became one: a listing that is not live any more has no plan. Receives `clinics_merged`."""
    for listing in Listing.objects.filter(clinic__in=clinic_ids).exclude(status__in=LIVE):
        listing.end_plans("merged", "unused")


def close_approved(sender, change, request, **kwargs) -> None:
    """Close the listing of a clinic of which an editor approved that it has closed; receives `change_approved`."""
    listing = Listing.objects.filter(clinic=change.clinic_id).first()
    if listing is None or not change.closes:
        return
    if listing.is_closed:
        return
    listing.close(
        _("Its owners said that the practice has closed."), date.fromisoformat(change.proposed["closed_on"]), "unused"
    )
    notify_status(request, listing, listing.status_reason)
