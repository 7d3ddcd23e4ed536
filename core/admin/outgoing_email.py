from django.contrib import admin

from core.admin.base import ReadOnlyAdmin
from core.models import OutgoingEmail


@admin.register(OutgoingEmail)
class OutgoingEmailAdmin(ReadOnlyAdmin):
    """Locked but not sent: its worker died in between, and nobody knows whether it left. It is not sent again."""

    list_display = ["template", "to", "created_at", "locked_at", "sent_at", "bounced_at", "error"]
    list_filter = ["template", ("sent_at", admin.EmptyFieldListFilter), ("bounced_at", admin.EmptyFieldListFilter)]
    search_fields = ["to", "key"]

    def get_exclude(self, request, obj=None):
        """What opens somebody's account is nobody else's to read."""
        return ["context"] if obj is not None and obj.is_secret else []
