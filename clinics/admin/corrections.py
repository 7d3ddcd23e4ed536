from django.contrib import admin, messages
from django.utils.text import Truncator
from django.utils.timesince import timesince

from clinics.models import Correction
from core.admin import QueueAdmin, QueueFilter, link, log_each

Status = Correction.Status


class StatusFilter(QueueFilter):
    choices_of_field = Status.choices


@admin.register(Correction)
class CorrectionAdmin(QueueAdmin):
    """Readers' reports, the most harmful first, then the oldest. A report is closed, never rewritten."""

    list_display = ["problem", "clinic_link", "place", "short_note", "waiting", "status"]
    list_filter = [StatusFilter, "problem"]
    list_select_related = ["clinic"]
    search_fields = ["note", "clinic__name", "clinic__city", "clinic__phone"]
    search_help_text = "Words of the report; name, city or phone of the clinic"
    actions = ["close_as_corrected", "close_as_stated", "close_as_unclear"]
    evidence_fields = ["problem", "note", "created_at"]
    decision_fields = ["status", "closed_at", "closed_by"]

    def get_ordering(self, request):
        return ["harm", "created_at"]

    def get_queryset(self, request):
        return Correction.objects.worst_first().defer("clinic__position")

    @admin.display(description="clinic", ordering="clinic__name")
    def clinic_link(self, correction):
        return link(correction.clinic)

    @admin.display(description="place", ordering="clinic__state")
    def place(self, correction):
        return f"{correction.clinic.city}, {correction.clinic.state}"

    @admin.display(description="what the reader wrote")
    def short_note(self, correction):
        return Truncator(correction.note).chars(120)

    @admin.display(description="reported", ordering="created_at")
    def waiting(self, correction):
        return f"{timesince(correction.created_at, depth=1)} ago"

    @admin.action(description=f"Close: {Status.CORRECTED.label}", permissions=["change"])
    def close_as_corrected(self, request, corrections):
        self._close(request, corrections, Status.CORRECTED)

    @admin.action(description=f"Close: {Status.AS_STATED.label}", permissions=["change"])
    def close_as_stated(self, request, corrections):
        self._close(request, corrections, Status.AS_STATED)

    @admin.action(description=f"Close: {Status.UNCLEAR.label}", permissions=["change"])
    def close_as_unclear(self, request, corrections):
        self._close(request, corrections, Status.UNCLEAR)

    def _close(self, request, corrections, status):
        closed = list(corrections.exclude(status=status))
        for correction in closed:
            correction.close(status, by=request.user)
        log_each(request, closed, f"Closed: {status.label}.")
        self.message_user(request, f"Closed, {status.label}: {len(closed)} of the chosen reports.", messages.SUCCESS)

    def decide(self, request, correction, choice):
        if choice == Status.OPEN or choice not in Status.values:
            raise ValueError("Choose what came of the report.")
        correction.close(choice, by=request.user)
        return f"Closed: {Status(choice).label}."

    def still_open(self):
        return Correction.objects.open().worst_first()

    def evidence(self, correction):
        clinic = correction.clinic
        return {
            "clinic": clinic,
            "confirmations": clinic.confirmations.select_related("confirmed_by"),
            "other_reports": clinic.corrections.exclude(pk=correction.pk).order_by("-created_at")[:20],
            "choices": [choice for choice in Status.choices if choice[0] != Status.OPEN],
        }
