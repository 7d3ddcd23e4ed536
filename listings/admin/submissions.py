"""The review queue: what owners sent in, as readers will see it, with what changes, and one decision."""

from django.contrib import admin
from django.db import transaction
from django.urls import reverse
from django.utils.timesince import timesince

from clinics.verification.lock import Writer
from core.admin import QueueAdmin, QueueFilter, link
from listings.emails.notifications import notify_submission
from listings.models import Listing, Submission
from listings.wizard import preview, steps
from listings.wizard.duplicates import likely_duplicates
from listings.wizard.publishing import publish

Status = Submission.Status


class StatusFilter(QueueFilter):
    choices_of_field = [(value, label) for value, label in Status.choices if value != Status.DRAFT]


@admin.register(Submission)
class SubmissionAdmin(QueueAdmin):
    """The submissions that wait for an editor, the oldest first."""

    list_display = ["listing", "kind", "place", "waiting", "status"]
    list_filter = [StatusFilter, "kind"]
    list_select_related = ["listing__clinic"]
    ordering = ["submitted_at"]
    search_fields = ["listing__practice_name", "listing__clinic__name", "submitted_by__email"]
    evidence_fields = ["listing_link", "kind", "submitted_by", "submitted_at", "managers"]
    decision_fields = ["status", "decided_by", "decided_at", "reason", "confirmed_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(status=Status.DRAFT)

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
        return Submission.objects.filter(status=Status.OPEN).order_by("submitted_at")

    def evidence(self, submission):
        listing = submission.listing
        is_edit = submission.kind == Submission.Kind.EDIT
        changed = steps.changed(submission) if is_edit else []
        forms = steps.forms_of(submission.answers, listing)
        return {
            "has_flags": any(form.flags or not form.is_valid() for form in forms.values()),
            "seen": preview.of(submission, forms),
            "parts": [
                {"step": steps.STEPS[slug], "flags": form.flags, "is_changed": slug in changed}
                | {"has_problem": not form.is_valid(), "waits": form.needs_editor}
                for slug, form in forms.items()
            ],
            "is_edit": is_edit,
            # For the registers: readers see names alone.
            "practitioners": forms["practitioners"].lines() if "practitioners" in forms else [],
            "duplicates": likely_duplicates(forms, exclude=listing.clinic),
            "contact_changes": is_edit and _contact_changes(submission),
            "clinic": listing.clinic,
            "can_be_taken": listing.status == Listing.Status.SUBMITTED,
            "steps": steps.PAGES.values(),
        }

    def decide(self, request, submission, choice):
        reason = request.POST.get("reason", "").strip()[:1000]
        if submission.status != Status.OPEN:
            raise ValueError("This submission was decided already.")
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
                step = step if step in steps.PAGES else ""
                submission.decide(Status.ASKED, request.user, reason, asked_step=step)
                where = reverse("listings:step", args=[submission.listing_id, step]) if step else ""
                notify_submission(request, "question", submission, where)
                return f"Asked: {reason}"
            submission.decide(Status.REJECTED, request.user, reason)
            notify_submission(request, "rejected", submission)
        return f"Rejected: {reason}"

    def _approve(self, request, submission, reason):
        listing, by_editor = submission.listing, request.POST.get("confirmed_by", "").strip()[:200]
        is_edit = submission.kind == Submission.Kind.EDIT
        if is_edit and _contact_changes(submission) and not by_editor:
            raise ValueError(
                "A phone or the website changes: write in which second way you checked it, such as a call to the old "
                "number."
            )
        slugs = steps.waiting(submission, steps.forms_of(submission.answers, listing)) if is_edit else steps.STEPS
        with transaction.atomic():
            clinic = publish(submission, slugs, submission.submitted_by, Writer.EDITOR)
            if not is_edit:
                listing.publish(clinic)
            submission.decide(Status.APPROVED, request.user, reason, confirmed_by=by_editor)
            notify_submission(request, "approved", submission)
        return " ".join(filter(None, ["Approved.", reason, by_editor and f"Checked: {by_editor}"]))


def _contact_changes(submission) -> bool:
    return any(
        submission.answers.get("phones", {}).get(name) != submission.live_answers.get("phones", {}).get(name)
        for name in ("phone", "intake_phones", "hotlines", "other_phones", "website")
    )
