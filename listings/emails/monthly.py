"""The monthly mail to the owners of paid listings: how often their page was opened, as a sum with a threshold."""

from datetime import date, timedelta

from django.conf import settings
from django.core import signing
from django.db.models import Sum
from django.urls import reverse, translate_url
from django.utils import timezone

from clinics.models import Clinic
from core import email
from core.clock import waits_for_the_clock
from listings.models import Listing, Membership, OwnerLanguage

FEWEST = 10  # a smaller number could reveal single people
FIRST_DAYS = 7  # of a month, in which the mail about the month before leaves: a worker may be down for some of them
SALT = "monthly mail"


def openings(clinic: Clinic, month: date) -> int | None:
    """About how often the page of `clinic` was opened in the month that begins with `month`, in tens.

    None for fewer than FEWEST.
    """
    next_month = (month + timedelta(days=31)).replace(day=1)
    count = clinic.views.filter(day__gte=month, day__lt=next_month).aggregate(sum=Sum("count"))["sum"] or 0
    return count // 10 * 10 if count >= FEWEST else None


def switch_path(membership: Membership) -> str:
    """Of the page that switches the mail of one person about one listing on and off; it needs no log-in."""
    return reverse("listings:monthly_mail", args=[signing.Signer(salt=SALT).sign(str(membership.pk))])


def membership_of(token: str) -> Membership | None:
    """Whose `switch_path` ends with this token; None if we never wrote it, or the person has left."""
    try:
        pk = signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature:
        return None
    return Membership.objects.select_related("listing", "user").filter(pk=pk).first()


@waits_for_the_clock
def mail_monthly_totals() -> str:
    """A daily job: in the first days of a month one mail for each owner of each listing that is live and paid."""
    today = timezone.localdate()
    if today.day > FIRST_DAYS:
        return "not the beginning of a month"
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    paying = Listing.objects.live().exclude(subscription=None).select_related("subscription", "clinic")
    count = 0
    for listing in paying:
        if not listing.is_paid or listing.clinic is None:
            continue
        opened = openings(listing.clinic, month)
        wanted = listing.memberships.filter(role=Membership.Role.OWNER, monthly_mail=True, user__is_active=True)
        for member in wanted.select_related("user"):
            _enqueue(listing, member, month, opened)
            count += 1
    return f"{count} owners of paid listings have the mail about {month:%B %Y}"


def _enqueue(listing: Listing, member: Membership, month: date, opened: int | None) -> None:
    to = member.user.email
    language = OwnerLanguage.of(to)

    def address(path: str) -> str:
        return f"{settings.SITE_URL}{translate_url(path, language)}"

    context = {"listing": str(listing), "month": month.isoformat(), "opened": opened, "fewest": FEWEST}
    context["url"] = address(reverse("listings:listing", args=[listing.pk]))
    context["off_url"] = address(switch_path(member))
    email.enqueue(f"monthly-{listing.pk}-{month:%Y-%m}-{member.user_id}", "listings/monthly", to=to, context=context)
