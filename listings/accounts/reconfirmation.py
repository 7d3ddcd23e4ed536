"""The status of a listing follows the answers to the reconfirmation mails (clinics/verification)."""

from contextlib import suppress
from datetime import date

from django.utils import timezone

from clinics.models import Clinic, FactGroup
from core.clock import waits_for_the_clock
from listings.models import Listing


@waits_for_the_clock
def follow_answers() -> str:
    """A daily job: after a round of unanswered mails a listing needs confirmation, until somebody confirms it."""
    asked = Listing.objects.filter(status=Listing.Status.LIVE, clinic__confirmation_requests__answered_at=None)
    unconfirmed = confirmed = 0
    for listing in asked.exclude(clinic=None).select_related("clinic").distinct():
        last = listing.clinic and listing.clinic.confirmation_requests.first()
        if last and last.is_unanswered and not _is_confirmed_since(last.clinic, last.asked_on):
            with suppress(ValueError):  # its status was changed at the same moment
                listing.ask_to_confirm()
                unconfirmed += 1
    for listing in Listing.objects.filter(status=Listing.Status.NEEDS_CONFIRMATION).select_related("clinic"):
        if listing.clinic and _is_confirmed_since(listing.clinic, timezone.localdate(listing.status_changed_at)):
            with suppress(ValueError):
                listing.confirm()
                confirmed += 1
    return f"{unconfirmed} listings need confirmation, {confirmed} were confirmed"


def _is_confirmed_since(clinic: Clinic, day: date) -> bool:
    """Whether anybody confirmed the contact since `day`: an editor who called counts as much as the owner."""
    return clinic.confirmations.filter(fact_group=FactGroup.CONTACT, confirmed_on__gte=day).exists()
