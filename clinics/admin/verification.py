"""Credentials, requests to reconfirm, the accuracy samples, and how a clinic's facts changed."""

from typing import cast

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, URLField
from django.urls import reverse
from django.utils.html import format_html

from clinics.models import AccuracySample, ConfirmationRequest, Evidence, FactChange, Practitioner
from clinics.models.reconfirmation import ConfirmationRequestQuerySet
from clinics.verification.reconfirmation import record_bounce
from core.admin import ReadOnlyAdmin, ReadOnlyInline, link
from core.forms import WebsiteField


@admin.register(ConfirmationRequest)
class ConfirmationRequestAdmin(ReadOnlyAdmin):
    list_display = ["clinic", "email", "reason", "asked_on", "mails_sent", "answer", "bounced_at"]
    list_filter = ["reason", "answer", ("bounced_at", admin.EmptyFieldListFilter), "asked_on"]
    list_select_related = ["clinic"]
    search_fields = ["clinic__name", "email"]
    actions = ["mark_bounced"]

    def get_queryset(self, request):
        rounds = cast("ConfirmationRequestQuerySet", super().get_queryset(request))  # of the default manager
        return rounds.with_mails_sent().defer("clinic__position")

    @admin.display(description="mails sent")
    def mails_sent(self, request):
        return request.mails_sent

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


@admin.register(Practitioner)
class PractitionerAdmin(ReadOnlyAdmin):
    """Whom practices name. A register makes what they state a credential: NPIs by a job, licenses by hand."""

    list_display = [
        "name",
        "credentials",
        "clinic_link",
        "npi",
        "npi_proved",
        "license",
        "license_expires_on",
        "record",
    ]
    list_filter = ["license_state", "license_expires_on"]
    list_select_related = ["clinic"]
    list_display_links = None
    search_fields = ["name", "npi", "license_number", "clinic__name"]

    def get_queryset(self, request):
        known = Evidence.objects.current().filter(clinic=OuterRef("clinic"))
        is_known = {
            "npi_known": Exists(known.filter(kind=Evidence.Kind.NPI, number=OuterRef("npi"))),
            "license_known": Exists(known.filter(kind=Evidence.Kind.LICENSE, number=OuterRef("license_number"))),
        }
        return super().get_queryset(request).defer("clinic__position").annotate(**is_known)

    @admin.display(description="clinic", ordering="clinic__name")
    def clinic_link(self, person):
        return link(person.clinic)

    @admin.display(description="NPI in NPPES", boolean=True)
    def npi_proved(self, person):
        return person.npi_known

    @admin.display(description="license")
    def license(self, person):
        return f"{person.license_state} {person.license_number}"

    @admin.display(description="license looked up")
    def record(self, person):
        """A link to the form of a credential, filled in; the editor adds what the register says."""
        if person.license_known:
            return "a credential"
        filled = {
            "clinic": person.clinic_id,
            "kind": Evidence.Kind.LICENSE.value,
            "number": person.license_number,
            "expires_on": person.license_expires_on.isoformat(),
        }
        return format_html('<a href="{}">Record it</a>', reverse("admin:clinics_evidence_add", query=filled))


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
