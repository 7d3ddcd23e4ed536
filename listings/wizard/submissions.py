"""Beginning a submission and sending it in: what goes live at once, and what waits for an editor."""

from django.db import transaction

from clinics.verification.lock import Writer
from clinics.verification.proposals import tell_old_contact
from listings.emails.notifications import notify_submission
from listings.models import OwnerLanguage, Submission
from listings.wizard import publishing, steps
from listings.wizard.answers import answers_of


def begin_changes(listing, user) -> Submission:
    """A submission that starts with what is live; for a rejected listing, with the answers of the last one.

    Raises IntegrityError if there is an open submission already.
    """
    if listing.clinic_id:
        live = answers_of(listing.clinic)
        values = {"kind": Submission.Kind.EDIT, "answers": live, "live_answers": live}
    else:
        last = listing.submissions.order_by("-pk").first()
        values = {"answers": last.answers if last else {}}
    return Submission.objects.create(listing=listing, started_by=user, **values)


def send_in(request, submission) -> str:
    """Send a submission in. Of changes to a live listing only the steps that the lock holds back wait for an editor.

    Returns the status: "live", "waiting", or "busy" if it was sent in before.
    """
    with transaction.atomic():
        OwnerLanguage.remember(request.user)
        if not submission.send_in(request.user):
            return "busy"
        if submission.kind == Submission.Kind.EDIT:
            changed = steps.changed(submission)
            held = steps.waiting(submission, steps.forms_of(submission.answers, submission.listing))
            at_once = [slug for slug in changed if slug not in held]
            publishing.publish(submission, at_once, request.user, Writer.OWNER)
            if at_once == changed:
                submission.decide(Submission.Status.APPROVED, None, "No change needed an editor.")
                return "live"
            tell_old_contact(submission.listing.clinic, _key_of(submission), but=_addresses_of(submission.listing))
        notify_submission(request, "submitted", submission)
    return "waiting"


def take_back(submission: Submission) -> None:
    """Return a submission to its owners. What of it is live already is no change any more. Raises ValueError."""
    with transaction.atomic():
        submission.take_back()
        if submission.kind == Submission.Kind.EDIT:
            held = steps.waiting(submission, steps.forms_of(submission.answers, submission.listing))
            live = {slug: submission.answers[slug] for slug in steps.changed(submission) if slug not in held}
            submission.live_answers = submission.live_answers | live
            submission.save(update_fields=["live_answers"])


def _key_of(submission: Submission) -> str:
    """Of this time that it is sent in."""
    return f"submission-{submission.pk}-{submission.submitted_at:%Y%m%d%H%M%S%f}"


def _addresses_of(listing) -> tuple[str, ...]:
    """Those who manage it hear of each submission anyway."""
    return tuple(listing.memberships.values_list("user__email", flat=True))
