"""The review queue: what owners sent in beside what we have, and one decision with its reason."""

from django.contrib import admin
from django.db import transaction
from django.http import FileResponse, Http404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.timesince import timesince

from core.admin import QueueAdmin, QueueFilter, link
from listings.emails.owners import notify_claim, notify_submission
from listings.models import Claim, Invitation, Listing, Submission
from listings.wizard import publishing, steps

State = Submission.State


class StateFilter(QueueFilter):
    title = "state"
    parameter_name = "state"
    choices_of_field = [(value, label) for value, label in State.choices if value != State.DRAFT]


@admin.register(Submission)
class SubmissionAdmin(QueueAdmin):
    """What waits for an editor, the oldest first."""

    list_display = ["listing", "kind", "place", "waiting", "state"]
    list_filter = [StateFilter, "kind"]
    list_select_related = ["listing__clinic"]
    ordering = ["submitted_at"]
    search_fields = ["listing__practice_name", "listing__clinic__name", "submitted_by__email"]
    evidence_fields = ["listing_link", "kind", "submitted_by", "submitted_at", "managers"]
    decision_fields = ["state", "decided_by", "decided_at", "reason", "confirmed_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(state=State.DRAFT)

    @admin.display(description="place")
    def place(self, submission):
        typed = submission.answers.get("practice", {})
        return f"{''.join(typed.get('city', []))}, {''.join(typed.get('state', []))}"

    @admin.display(description="waits", ordering="submitted_at")
    def waiting(self, submission):
        return timesince(submission.submitted_at, depth=1) if submission.submitted_at else "–"

    @admin.display(description="listing")
    def listing_link(self, submission):
        return link(submission.listing)

    @admin.display(description="managed by")
    def managers(self, submission):
        members = submission.listing.memberships.select_related("user")
        return ", ".join(f"{member.user.email or member.user} ({member.role})" for member in members)

    def still_open(self):
        return Submission.objects.filter(state=State.OPEN).order_by("submitted_at")

    def evidence(self, submission):
        listing = submission.listing
        is_edit = submission.kind == Submission.Kind.EDIT
        changed = steps.changed(submission) if is_edit else []
        forms = steps.read(submission.answers, listing)
        now = steps.read(publishing.answers_of(listing.clinic)) if listing.clinic else {}
        parts = [
            {
                "step": steps.STEPS[slug],
                "lines": _beside(form, now.get(slug)),
                "is_changed": slug in changed,
                "has_problem": not form.is_valid(),
            }
            for slug, form in forms.items()
        ]
        return {
            "parts": parts,
            "is_edit": is_edit,
            "duplicates": publishing.likely_duplicates(submission.answers, besides=listing.clinic),
            "address": _address(forms),
            "phone_changes": is_edit and _phone_changes(submission),
            "clinic": listing.clinic,
            "can_be_taken": listing.status == Listing.Status.SUBMITTED,
            "steps": steps.STEPS.values(),
        }

    def decide(self, request, submission, choice):
        reason = request.POST.get("reason", "").strip()[:1000]
        if submission.state != State.OPEN:
            raise ValueError("It was decided already.")
        if choice == "take":
            submission.listing.start_review()
            return "In review."
        if choice == "approve":
            return self._approve(request, submission, reason)
        if choice not in ("ask", "reject"):
            raise ValueError("Choose: take it on, approve, ask or reject.")
        if not reason:
            raise ValueError("Write the question or the reason: it is mailed to the owner.")
        with transaction.atomic():
            if choice == "ask":
                step = request.POST.get("step", "")
                step = step if step in steps.STEPS else ""
                submission.decide(State.ASKED, request.user, reason, asked_step=step)
                where = reverse("listings:step", args=[submission.listing_id, step]) if step else ""
                notify_submission(request, "question", submission, where)
                return f"Asked: {reason}"
            submission.decide(State.REJECTED, request.user, reason)
            notify_submission(request, "rejected", submission)
        return f"Rejected: {reason}"

    def _approve(self, request, submission, reason):
        listing, by_editor = submission.listing, request.POST.get("confirmed_by", "").strip()[:200]
        is_edit = submission.kind == Submission.Kind.EDIT
        if is_edit and _phone_changes(submission) and not by_editor:
            raise ValueError(
                "The phone changes: say on which second channel you confirmed it, such as the old number."
            )
        slugs = (
            [slug for slug in steps.changed(submission) if steps.STEPS[slug].is_sensitive] if is_edit else steps.STEPS
        )
        with transaction.atomic():
            clinic = publishing.publish(submission, slugs, submission.submitted_by)
            if not is_edit:
                listing.publish(clinic)
            submission.decide(State.APPROVED, request.user, reason, confirmed_by=by_editor)
            notify_submission(request, "approved", submission)
        return " ".join(filter(None, ["Approved.", reason, by_editor and f"Phone confirmed: {by_editor}"]))


def _beside(form, now) -> list[dict]:
    """Each answer beside what is live."""
    live = dict(now.lines()) if now else {}
    return [
        {
            "label": label,
            "sent": answer,
            "live": live.get(label, ""),
            "differs": bool(now) and answer != live.get(label),
        }
        for label, answer in form.lines()
    ]


def _address(forms) -> str:
    practice = forms.get("practice")
    if not practice or not practice.is_valid():
        return ""
    found = publishing.normalised(practice.cleaned_data)
    if not found:
        return "It could not be read as the post office would, and stays as typed. Look it up."
    return f"It will be written: {found['street']} {found['street_detail']}"


def _phone_changes(submission) -> bool:
    return any(
        submission.answers.get("phones", {}).get(name) != submission.before.get("phones", {}).get(name)
        for name in ("phone", "intake_phones")
    )


class ClaimFilter(QueueFilter):
    title = "state"
    parameter_name = "state"
    choices_of_field = [("waiting", "waiting"), *Claim.State.choices[2:]]

    def queryset(self, request, queryset):
        if (self.value() or "waiting") == "waiting":
            return queryset.filter(state__in=[Claim.State.STARTED, Claim.State.OPEN])
        return super().queryset(request, queryset)


@admin.register(Claim)
class ClaimAdmin(QueueAdmin):
    """Who says that a clinic is theirs, and how they show it."""

    list_display = ["clinic", "user", "method", "waiting", "state"]
    list_filter = [ClaimFilter, "method"]
    list_select_related = ["clinic", "user"]
    search_fields = ["clinic__name", "user__email"]
    decision_fields = ["state", "decided_by", "decided_at", "reason"]
    evidence_fields = ["clinic_link", "user", "method", "proof", "created_at", "proven_at", "state"]

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
        """The document, for editors alone."""
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
        if claim.method == Claim.Method.PHONE and claim.state == Claim.State.STARTED:
            return f"Call {claim.clinic.phone} and read out the code {claim.code} to whoever is in charge."
        given = "was given" if claim.proven_at else f"was not given yet, {claim.tries} tries"
        return f"the code sent to {claim.email} {given}" if claim.email else f"the code read out on the phone {given}"

    def still_open(self):
        return Claim.objects.filter(state=Claim.State.OPEN).order_by("created_at")

    def decide(self, request, claim, choice):
        reason = request.POST.get("reason", "").strip()[:1000]
        if choice not in ("approve", "reject"):
            raise ValueError("Choose: approve or reject.")
        if choice == "reject" and not reason:
            raise ValueError("Write the reason: it is mailed to the owner.")
        with transaction.atomic():
            listing = claim.decide(choice == "approve", request.user, reason)
            if listing:
                notify_claim(request, "claim_approved", claim, reverse("listings:listing", args=[listing.pk]))
            else:
                notify_claim(request, "claim_rejected", claim, reverse("listings:claim", args=[claim.pk]))
        return "Approved." if listing else f"Rejected: {reason}"

    def evidence(self, claim):
        members = [
            member for row in [getattr(claim.clinic, "listing", None)] if row for member in row.memberships.all()
        ]
        return {"members": members}


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    list_display = ["email", "listing", "role", "invited_by", "created_at", "accepted_at"]
    fields = readonly_fields = ["email", "listing", "role", "invited_by", "created_at", "accepted_at"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
