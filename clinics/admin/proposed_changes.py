"""The queue of changes that steer patients: what was proposed beside what readers see, and one decision."""

from django.contrib import admin
from django.utils.timesince import timesince

from clinics.models import ProposedChange
from clinics.verification.proposals import approve, reject
from core.admin import QueueAdmin, QueueFilter, link

Status = ProposedChange.Status


class StatusFilter(QueueFilter):
    choices_of_field = Status.choices


@admin.register(ProposedChange)
class ProposedChangeAdmin(QueueAdmin):
    """The oldest first. Nobody approves one without saying in which second way it was checked."""

    list_display = ["clinic_link", "what", "writer", "waiting", "status"]
    list_filter = [StatusFilter, "writer"]
    list_select_related = ["clinic"]
    list_display_links = ["what"]
    ordering = ["created_at", "pk"]
    search_fields = ["clinic__name", "clinic__city", "clinic__phone"]
    evidence_fields = ["clinic_link", "writer", "proposed_by", "mailed_to", "created_at"]
    decision_fields = ["status", "decided_by", "decided_at", "confirmed_by", "reason"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("clinic__position")

    def has_change_permission(self, request, obj=None):
        """Who decides one changes a clinic."""
        return super().has_change_permission(request, obj) and request.user.has_perm("clinics.change_clinic")

    @admin.display(description="clinic", ordering="clinic__name")
    def clinic_link(self, change):
        return link(change.clinic)

    @admin.display(description="what")
    def what(self, change):
        return ", ".join(label for label, _before, _after in change.lines)

    @admin.display(description="waits", ordering="created_at")
    def waiting(self, change):
        return timesince(change.created_at, depth=1)

    @admin.display(description="the link was mailed to")
    def mailed_to(self, change):
        return change.confirmation_request.email if change.confirmation_request else "–"

    def still_open(self):
        return ProposedChange.objects.open()

    def decide(self, request, change, choice):
        if choice == "approve":
            checked = request.POST.get("confirmed_by", "").strip()[:200]
            approve(change, request.user, checked, request)
            return f"Live. Checked: {checked}"
        if choice != "reject":
            raise ValueError("Choose: make it live, or leave what readers see.")
        reason = request.POST.get("reason", "").strip()[:500]
        reject(change, request.user, reason)
        return f"Left as it was. {reason}"

    def evidence(self, change):
        clinic = change.clinic
        listing = getattr(clinic, "listing", None)
        return {
            "clinic": clinic,
            "others": clinic.proposed_changes.exclude(pk=change.pk).order_by("-created_at")[:20],
            "is_managed": listing is not None,
            "reports": clinic.corrections.open().worst_first(),
            "changes": clinic.fact_changes.order_by("-changed_at")[:10],
        }
