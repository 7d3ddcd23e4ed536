"""What owners are told about their listing: asked for in the transaction of the cause, sent by a job, never twice."""

from django.urls import reverse

from listings.models import Mail, Membership


def tell(request, kind: str, key: str, to: str, path: str, **facts) -> None:
    """One mail with a link to `path` of this site."""
    Mail.ask(key, kind, to=to, facts=facts | {"url": request.build_absolute_uri(path)})


def tell_submission(request, kind: str, submission, path: str = "", **facts) -> None:
    """Everybody who manages the listing. One mail a person for each sending-in and each decision."""
    moment = submission.decided_at if kind != "submitted" else submission.submitted_at
    path = path or reverse("listings:listing", args=[submission.listing_id])
    facts |= {"listing": str(submission.listing), "reason": submission.reason}
    for member in Membership.objects.filter(listing=submission.listing).select_related("user"):
        key = f"{kind}-{submission.pk}-{moment:%Y%m%d%H%M%S%f}-{member.user_id}"
        tell(request, kind, key, member.user.email, path, **facts)


def tell_claim(request, kind: str, claim, path: str, **facts) -> None:
    facts |= {"listing": str(claim.clinic), "reason": claim.reason}
    tell(request, kind, f"{kind}-claim-{claim.pk}", claim.user.email, path, **facts)
