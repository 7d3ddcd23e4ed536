"""Beginning a submission and sending it in: what goes live at once, and what waits for an editor."""

from django.db import transaction

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
    """Send a submission in. Of changes to a live listing only the sensitive steps wait for an editor.

    Returns the status: "live", "waiting", or "busy" if it was sent in before.
    """
    with transaction.atomic():
        OwnerLanguage.remember(request.user)
        if not submission.send_in(request.user):
            return "busy"
        if submission.kind == Submission.Kind.EDIT:
            changed = steps.changed(submission)
            at_once = [slug for slug in changed if not steps.STEPS[slug].is_sensitive]
            publishing.publish(submission, at_once, request.user)
            if at_once == changed:
                submission.decide(Submission.Status.APPROVED, None, "No change needed an editor.")
                return "live"
        notify_submission(request, "submitted", submission)
    return "waiting"
