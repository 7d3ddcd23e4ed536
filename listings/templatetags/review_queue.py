"""What owners wait for, for the first page of the admin."""

from django import template
from django.db.models import Count, Min

from listings.models import Claim, Submission

register = template.Library()


@register.inclusion_tag("admin/listings/_waiting_owners.html")
def waiting_owners(user) -> dict:
    """Open submissions and claims with the age of the oldest, as far as `user` may see them."""
    shown = {}
    if user.has_perm("listings.view_submission"):
        waiting = Submission.objects.filter(state=Submission.State.OPEN)
        shown["submissions"] = waiting.aggregate(count=Count("pk"), oldest=Min("submitted_at"))
    if user.has_perm("listings.view_claim"):
        waiting = Claim.objects.filter(state__in=[Claim.State.STARTED, Claim.State.OPEN])
        shown["claims"] = waiting.aggregate(count=Count("pk"), oldest=Min("created_at"))
    return shown
