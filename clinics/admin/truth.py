"""Evidence, the rounds of asking, and how a clinic's facts changed."""

from django.contrib import admin, messages
from django.db.models import URLField

from clinics.admin.clinic_form import WebsiteField
from clinics.admin.shared import ReadOnlyAdmin, ReadOnlyInline
from clinics.models import AccuracySample, ConfirmationRequest, Evidence, FactChange
from clinics.truth.confirming import record_bounce


@admin.register(ConfirmationRequest)
class ConfirmationRequestAdmin(ReadOnlyAdmin):
    list_display = ["clinic", "email", "reason", "asked_on", "mails_sent", "answer", "bounced_at"]
    list_filter = ["reason", "answer", ("bounced_at", admin.EmptyFieldListFilter), "asked_on"]
    list_select_related = ["clinic"]
    search_fields = ["clinic__name", "email"]
    actions = ["mark_bounced"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("clinic__position").prefetch_related("mails")

    @admin.display(description="mails sent")
    def mails_sent(self, request):
        return sum(mail.sent_at is not None for mail in request.mails.all())

    @admin.action(description="The address takes no mail", permissions=["bounce"])
    def mark_bounced(self, request, rounds):
        for email in set(rounds.values_list("email", flat=True)):
            record_bounce(email)
        self.message_user(request, "Recorded: no more mail goes there.", messages.SUCCESS)

    def has_bounce_permission(self, request):
        return request.user.has_perm("clinics.change_confirmationrequest")


@admin.register(Evidence)
class EvidenceAdmin(admin.ModelAdmin):
    list_display = ["clinic", "kind", "number", "issuer", "checked_on", "expires_on"]
    list_filter = ["kind", "expires_on"]
    list_select_related = ["clinic"]
    autocomplete_fields = ["clinic"]
    formfield_overrides = {URLField: {"form_class": WebsiteField}}
    search_fields = ["clinic__name", "number", "issuer"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("clinic__position")


@admin.register(AccuracySample)
class AccuracySampleAdmin(ReadOnlyAdmin):
    list_display = ["month", "size", "population", "seed", "drawn_at", "measured_at"]


@admin.register(FactChange)
class FactChangeAdmin(ReadOnlyAdmin):
    list_display = ["clinic", "field", "old", "new", "changed_at"]
    list_filter = ["field", "changed_at"]
    list_select_related = ["clinic"]
    search_fields = ["clinic__name"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("clinic__position")


class FactChangeInline(ReadOnlyInline):
    model = FactChange
    verbose_name_plural = "how its facts changed"
    fields = ["field", "old", "new", "changed_at"]
    classes = ["collapse"]
    show_change_link = False
