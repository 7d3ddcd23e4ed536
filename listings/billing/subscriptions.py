"""Pages: the plan of a listing and its receipts, the gateway's portal, covering more clinics, ending the plan."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.decorators import same_origin_form
from listings.billing import gateway, sync
from listings.billing.gateway_types import GatewayError
from listings.models import LedgerEntry, Listing, Membership, Subscription
from listings.shortcuts import OwnerRequest, get_listing

OWNER = Membership.Role.OWNER


@same_origin_form
@login_required
def billing(request: OwnerRequest, pk: int) -> HttpResponse:
    """The plan of a listing, its receipts, and how to end it."""
    listing = get_listing(request.user, pk, OWNER)
    subscription = listing.subscription
    context: dict[str, object] = {"listing": listing, "subscription": subscription}
    if subscription is not None and subscription.buyer == request.user:
        context["entries"] = _receipts(subscription)
        if subscription.is_paid and subscription.capacity > 1:
            context["covered"] = subscription.listings.select_related("clinic")
            others = Listing.objects.of(request.user, OWNER).exclude(subscription=subscription)
            context["coverable"] = [
                each for each in others.select_related("clinic") if each.takes_changes and not each.is_paid
            ]
    return render(request, "listings/billing.html", context)


def _receipts(subscription: Subscription) -> QuerySet[LedgerEntry]:
    """The payments of its buyer and their refunds."""
    kind = LedgerEntry.Kind
    payments = LedgerEntry.objects.filter(customer_id=subscription.customer_id, kind=kind.PAYMENT)
    kinds = [kind.PAYMENT, kind.REFUND, kind.REFUND_FAILED]
    return LedgerEntry.objects.filter(charge_id__in=payments.values("charge_id"), kind__in=kinds)


def _own_subscription(request: OwnerRequest, pk: int) -> tuple[Listing, Subscription | None]:
    """The listing and the subscription that this person pays; None for another owner, who cannot change it."""
    listing = get_listing(request.user, pk, OWNER)
    subscription = listing.subscription
    is_buyer = subscription is not None and subscription.order.buyer_id == request.user.pk
    return listing, subscription if is_buyer else None


@login_required
@require_POST
def billing_portal(request: OwnerRequest, pk: int) -> HttpResponse:
    """A link to the gateway's own page with card and invoices."""
    listing, subscription = _own_subscription(request, pk)
    if subscription is None:
        return redirect("listings:billing", listing.pk)
    return_url = request.build_absolute_uri(request.path.removesuffix("portal/"))
    try:
        url = gateway.portal_url(subscription, return_url=return_url)
    except GatewayError:
        messages.error(request, _("The payment service does not answer just now. Nothing was changed; try again."))
        return redirect("listings:billing", listing.pk)
    # A link rather than a redirect: our Content-Security-Policy lets no form lead to another host.
    return render(request, "listings/billing_portal.html", {"listing": listing, "url": url})


@login_required
@require_POST
def billing_cover(request: OwnerRequest, pk: int) -> HttpResponse:
    """Extend a group plan to another clinic of its buyer, or release one from it."""
    listing, subscription = _own_subscription(request, pk)
    if subscription is not None:
        try:
            if "cover" in request.POST:
                subscription.cover(get_listing(request.user, _number(request.POST["cover"]), OWNER))
            elif "release" in request.POST:
                subscription.release(get_object_or_404(subscription.listings, pk=_number(request.POST["release"])))
        except ValueError as error:
            messages.error(request, str(error))
    return redirect("listings:billing", listing.pk)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


@login_required
@require_POST
def billing_cancel(request: OwnerRequest, pk: int) -> HttpResponse:
    """End the plan with the period that is paid, or undo that, with one button."""
    listing, subscription = _own_subscription(request, pk)
    if subscription is None or not subscription.is_open_at_gateway:
        return redirect("listings:billing", listing.pk)
    try:
        gateway.set_ends_at_period_end(subscription, request.POST.get("keep") != "yes")
        sync.sync_customer(subscription.customer_id)
    except GatewayError:
        messages.error(request, _("The payment service does not answer just now. Nothing was changed; try again."))
    return redirect("listings:billing", listing.pk)
