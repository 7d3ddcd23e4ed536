"""What owners are told about their listing: asked for in the transaction of the cause, sent by a job, never twice."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse, translate_url
from django.utils import timezone

from clinics.models import Practitioner
from listings.models import Mail, Membership, OwnerLanguage

LICENSE_NOTICE = timedelta(days=30)


def notify(request, kind: str, key: str, to: str, path: str, **facts) -> None:
    """One mail with a link to `path` of this site, both in the language of whoever gets it."""
    path = translate_url(path, OwnerLanguage.of(to))
    Mail.enqueue(key, kind, to=to, facts=facts | {"url": request.build_absolute_uri(path)})


def notify_submission(request, kind: str, submission, path: str = "", **facts) -> None:
    """Everybody who manages the listing. One mail a person for each sending-in and each decision."""
    moment = submission.decided_at if kind != "submitted" else submission.submitted_at
    path = path or reverse("listings:listing", args=[submission.listing_id])
    facts |= {"listing": str(submission.listing), "reason": submission.reason}
    for member in Membership.objects.filter(listing=submission.listing).select_related("user"):
        key = f"{kind}-{submission.pk}-{moment:%Y%m%d%H%M%S%f}-{member.user_id}"
        notify(request, kind, key, member.user.email, path, **facts)


def notify_status(request, listing, reason: str) -> None:
    """Everybody who manages the listing, when it was suspended, closed, or is live again."""
    facts = {"listing": str(listing), "state": listing.status, "reason": reason}
    path = reverse("listings:listing", args=[listing.pk])
    for member in listing.memberships.select_related("user"):
        key = f"state-{listing.pk}-{listing.status_changed_at:%Y%m%d%H%M%S%f}-{member.user_id}"
        notify(request, "state", key, member.user.email, path, **facts)


def notify_claim(request, kind: str, claim, path: str, **facts) -> None:
    facts |= {"listing": str(claim.clinic), "reason": claim.reason}
    notify(request, kind, f"{kind}-claim-{claim.pk}", claim.user.email, path, **facts)


def warn_of_licenses() -> str:
    """A daily job: whose license ends within 30 days. Each end is told once; then the person is no longer shown."""
    today = timezone.localdate()
    ending = Practitioner.objects.filter(
        license_expires_on__range=(today, today + LICENSE_NOTICE), clinic__listing__isnull=False
    ).select_related("clinic__listing")
    count = 0
    for person in ending:
        listing = person.clinic.listing
        for member in listing.memberships.select_related("user"):
            day, to = person.license_expires_on.isoformat(), member.user.email
            path = translate_url(reverse("listings:listing", args=[listing.pk]), OwnerLanguage.of(to))
            facts = {"listing": str(listing), "person": str(person), "day": day, "url": f"{settings.SITE_URL}{path}"}
            Mail.enqueue(
                f"license-{person.clinic_id}-{person.npi}-{day}-{member.user_id}", "license", to=to, facts=facts
            )
            count += 1
    return f"{count} people were told, today or before"
