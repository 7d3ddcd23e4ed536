"""The queue of claims, and the invitations to manage a listing."""

from django.contrib import admin
from django.db import transaction
from django.http import FileResponse, Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django_q.tasks import async_task

from core.admin import QueueAdmin, QueueFilter, link
from listings.emails.notifications import notify_claim
from listings.models import Claim, Invitation
from listings.models.claim import EDITORS_CODE_LIFETIME

UNWANTED = "Somebody at this number said that they did not want the call."


class ClaimFilter(QueueFilter):
    choices_of_field = [("waiting", "waiting"), *Claim.Status.choices[2:]]

    def queryset(self, request, queryset):
        if (self.value() or "waiting") == "waiting":
            return queryset.waiting()
        return super().queryset(request, queryset)


@admin.register(Claim)
class ClaimAdmin(QueueAdmin):
    """An owner's proof that a clinic is theirs, and the decision."""

    list_display = ["clinic", "user", "method", "waiting", "status"]
    list_filter = [ClaimFilter, "method"]
    list_select_related = ["clinic", "user"]
    search_fields = ["clinic__name", "user__email"]
    decision_fields = ["status", "decided_by", "decided_at", "reason"]
    evidence_fields = ["clinic_link", "user", "method", "proof", "owners", "created_at", "proven_at", "status"]

    def get_urls(self):
        document = path(
            "<int:pk>/document/", self.admin_site.admin_view(self.document), name="listings_claim_document"
        )
        return [document, *super().get_urls()]

    def get_fields(self, request, item=None):
        return (
            self.evidence_fields
            if item is None or item.is_waiting
            else [*self.evidence_fields, *self.decision_fields[1:]]
        )

    def document(self, request, pk):
        """Download the document; only editors can."""
        claim = self.get_object(request, str(pk))
        if claim is None or not claim.document or not self.has_view_permission(request, claim):
            raise Http404
        response = FileResponse(claim.document.open("rb"), as_attachment=True)
        response["Cache-Control"] = "no-store"
        return response

    @admin.display(description="clinic")
    def clinic_link(self, claim):
        return link(claim.clinic)

    @admin.display(description="waits", ordering="created_at")
    def waiting(self, claim):
        return timesince(claim.created_at, depth=1)

    @admin.display(description="proof")
    def proof(self, claim):
        if claim.document:
            return format_html(
                '<a href="{}">The document</a>', reverse("admin:listings_claim_document", args=[claim.pk])
            )
        if claim.method == Claim.Method.DOCUMENT:
            return "the document was deleted with the decision"
        if claim.method == Claim.Method.NPI:
            return format_html(
                "NPI {}, {}. {}", claim.npi, claim.npi_name, claim.npi_finding or "The register is not asked yet."
            )
        if claim.method == Claim.Method.PHONE and claim.status == Claim.Status.STARTED:
            return self.phone_proof(claim)
        entered = "was entered" if claim.proven_at else f"was not entered yet, {claim.tries} tries"
        if claim.email:
            return f"the code sent to {claim.email} {entered}"
        number = claim.code_phone or claim.clinic.phone
        return f"the code said at {number} {entered}.{' ' + UNWANTED if claim.unwanted_at else ''}"

    def phone_proof(self, claim):
        unwanted = f" {UNWANTED}" if claim.unwanted_at else ""
        if claim.code_channel in (Claim.Channel.CALL, Claim.Channel.TEXT):
            return f"A program calls or texts; {claim.tries} tries of the last code.{unwanted}"
        return f"Call {claim.clinic.phone}: the button makes the code that you read out.{unwanted}"

    @admin.display(description="the present owners")
    def owners(self, claim):
        if claim.owners_told_at is None:
            return "none, or not told"
        until = timezone.localtime(claim.owners_have_until)
        said = f"They object: {claim.objection}" if claim.objected_at else "No objection so far."
        return f"Told, with time until {until:%Y-%m-%d %H:%M}. {said}"

    def still_open(self):
        return Claim.objects.for_editors().order_by("created_at")

    def decide(self, request, claim, choice):
        reason = request.POST.get("reason", "").strip()[:1000]
        if choice == "code":
            return self.make_code(request, claim)
        if choice == "look_up" and claim.npi:
            async_task("listings.accounts.proofs.look_up", claim.pk)
            return "The register is asked again."
        if choice not in ("approve", "reject"):
            raise ValueError("Choose: approve or reject.")
        if choice == "reject" and not reason:
            raise ValueError("Write the reason: it is mailed to the owner.")
        if choice == "approve":
            claim.tell_owners()  # of a clinic that got owners after the proof
        with transaction.atomic():
            listing = claim.decide(choice == "approve", request.user, reason)
            if listing:
                notify_claim(request, "claim_approved", claim, reverse("listings:listing", args=[listing.pk]))
            else:
                notify_claim(request, "claim_rejected", claim, reverse("listings:claim", args=[claim.pk]))
        return "Approved." if listing else f"Rejected: {reason}"

    def make_code(self, request, claim):
        """Show a new code once, for the editor who is on the phone; the log does not have it."""
        if claim.method != Claim.Method.PHONE or not claim.request_code(Claim.Channel.EDITOR):
            raise ValueError("A code was made less than ten minutes ago, or this claim needs none.")
        code = claim.make_code(EDITORS_CODE_LIFETIME)
        self.message_user(request, f"Call {claim.clinic.phone} and read out {code} to the person in charge.")
        return "A code was made for a call."

    def evidence(self, claim):
        listing = getattr(claim.clinic, "listing", None)
        return {"members": listing.memberships.all() if listing else []}


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    list_display = ["email", "listing", "role", "invited_by", "created_at", "accepted_at"]
    fields = readonly_fields = ("email", "listing", "role", "invited_by", "created_at", "accepted_at")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
