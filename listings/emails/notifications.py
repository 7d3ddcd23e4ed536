"""What owners are notified of by e-mail. Each mail is enqueued in the transaction of its cause, and only once."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse, translate_url
from django.utils import timezone

from clinics.models import Practitioner
from core import email
from core.clock import waits_for_the_clock
from listings.models import OwnerLanguage

LICENSE_NOTICE = timedelta(days=30)


def notify(request, template: str, key: str, to: str, path: str, *, is_secret: bool = False, **context) -> None:
    """Enqueue one mail with a link to `path` of this site, both in the language of the recipient."""
    path = translate_url(path, OwnerLanguage.of(to))
    context["url"] = request.build_absolute_uri(path)
    email.enqueue(key, f"listings/{template}", to=to, context=context, is_secret=is_secret)


def notify_submission(request, template: str, submission, path: str = "") -> None:
    """Notify everybody who manages the listing: one mail a person for each time it is sent in or decided."""
    moment = submission.decided_at if template != "submitted" else submission.submitted_at
    path = path or reverse("listings:listing", args=[submission.listing_id])
    context = {"listing": str(submission.listing), "reason": submission.reason, "kind": submission.kind}
    for member in submission.listing.memberships.select_related("user"):
        key = f"{template}-{submission.pk}-{moment:%Y%m%d%H%M%S%f}-{member.user_id}"
        notify(request, template, key, member.user.email, path, **context)


def notify_status(request, listing, reason: str) -> None:
    """Notify everybody who manages the listing that it was suspended, closed, or is live again."""
    context = {"listing": str(listing), "state": listing.status, "reason": reason}
    path = reverse("listings:listing", args=[listing.pk])
    for member in listing.memberships.select_related("user"):
        key = f"state-{listing.pk}-{listing.status_changed_at:%Y%m%d%H%M%S%f}-{member.user_id}"
        notify(request, "state", key, member.user.email, path, **context)


def notify_claim(request, template: str, claim, path: str) -> None:
    context = {"listing": str(claim.clinic), "reason": claim.reason}
    notify(request, template, f"{template}-claim-{claim.pk}", claim.user.email, path, **context)


@waits_for_the_clock
def warn_of_licenses() -> str:
    """A daily job: mails about licenses that end within LICENSE_NOTICE, once for each date of an end.

    After that day the practitioner is no longer shown.
    """
    today = timezone.localdate()
    ending = Practitioner.objects.filter(
        license_expires_on__range=(today, today + LICENSE_NOTICE), clinic__listing__isnull=False
    ).select_related("clinic__listing")
    count = 0
    for practitioner in ending:
        listing = practitioner.clinic.listing
        for member in listing.memberships.select_related("user"):
            day, to = practitioner.license_expires_on.isoformat(), member.user.email
            path = translate_url(reverse("listings:listing", args=[listing.pk]), OwnerLanguage.of(to))
            context = {"listing": str(listing), "person": str(practitioner), "day": day}
            context["url"] = f"{settings.SITE_URL}{path}"
            key = f"license-{practitioner.clinic_id}-{practitioner.npi}-{day}-{member.user_id}"
            email.enqueue(key, "listings/license", to=to, context=context)
            count += 1
    return f"{count} licenses end soon; their owners have a mail about it"
