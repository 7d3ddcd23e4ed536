"""The admin of listings: their people, and buttons that change the status."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect

from core.admin import admin_url
from listings.emails.notifications import notify_status
from listings.models import Listing, Membership


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(Listing)
class ListingAdmin(admin.ModelAdmin):
    list_display = ["__str__", "status", "status_changed_at", "subscription"]
    list_filter = ["status"]
    list_select_related = ["clinic", "subscription__price__plan"]
    search_fields = ["practice_name", "clinic__name"]
    raw_id_fields = ["clinic"]
    readonly_fields = ["status", "status_reason", "status_changed_at", "subscription"]
    inlines = [MembershipInline]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method == "POST" and "move" in request.POST:
            return self.move(request, object_id)
        listing = self.get_object(request, object_id)
        moves = MOVES.get(listing.status, {}) if listing else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "moves": moves})

    def move(self, request, object_id):
        """Change the status by a button, with the reason that is mailed to the owners."""
        listing = self.get_object(request, object_id)
        if listing is None:
            return self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]  # the stubs lack it
                request, self.opts, object_id
            )
        if not self.has_change_permission(request, listing):
            raise PermissionDenied
        move, reason = request.POST["move"], request.POST.get("reason", "").strip()[:500]
        try:
            with transaction.atomic():
                _move(listing, move, reason)
                notify_status(request, listing, reason)
        except ValueError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            sentence = f"{DONE[move]}. {reason}".strip()
            self.log_change(request, listing, sentence)
            self.message_user(request, f"{listing}: {sentence}", messages.SUCCESS)
        return HttpResponseRedirect(admin_url(listing))


DONE = {"suspend": "Suspended", "reinstate": "Live again", "close": "Closed", "reopen": "Opened again"}
_STOPPING = {"suspend": "Suspend", "close": "Close: the practice has closed"}
MOVES: dict[str, dict[str, str]] = {  # the buttons of each state
    Listing.Status.LIVE: _STOPPING,
    Listing.Status.NEEDS_CONFIRMATION: _STOPPING,
    Listing.Status.SUSPENDED: {"reinstate": "End the suspension", "close": _STOPPING["close"]},
    Listing.Status.CLOSED: {"reopen": "Open it again"},
}


def _move(listing: Listing, move: str, reason: str) -> None:
    if move not in MOVES.get(listing.status, {}):
        raise ValueError(f"{listing} is {listing.get_status_display()} now; choose again.")
    if move in _STOPPING and not reason:
        raise ValueError("Write the reason: it is mailed to the owners.")
    {
        "suspend": lambda: listing.suspend(reason),
        "reinstate": listing.reinstate,
        "close": lambda: listing.close(reason),
        "reopen": listing.reopen,
    }[move]()
