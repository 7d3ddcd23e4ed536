"""Pages about the plan of a listing: what it is, which clinics it covers, ending it and taking that back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.rate_limits import rate_limit
from listings.billing import gateway
from listings.billing.bills import Bill, being_ended, bills_of, plans_of, present_plan, receipts_of
from listings.billing.failures import failure_sentence, sync_after_change
from listings.billing.gateway_types import GatewayError
from listings.models import Listing, Membership, Subscription
from listings.shortcuts import OwnerRequest, get_listing, post_only

OWNER = Membership.Role.OWNER


def get_plan(request: OwnerRequest, pk: int) -> Bill:
    """A plan that this person pays, or that was bought for a listing of theirs. Raises Http404 for anybody else."""
    return bills_of(request.user, [get_object_or_404(plans_of(request.user), pk=pk)])[0]


@login_required
def billing(request: OwnerRequest, pk: int) -> HttpResponse:
    """The plan of a listing, for each of its owners; receipts and the choice of clinics are for those who pay."""
    listing = get_listing(request.user, pk, OWNER)
    subscription = present_plan(listing)
    context: dict[str, object] = {"listing": listing, "subscription": subscription}
    if subscription is not None and subscription.account is not None:
        [bill] = bills_of(request.user, [subscription])
        context |= {"bill": bill, "payers": subscription.account.payers.select_related("user")}
        context["is_bought_for_it"] = subscription.listing_id == listing.pk
        if bill.is_payer:
            context["receipts"] = receipts_of(subscription.account, subscription)
            context |= _clinics_of_a_group(request, subscription)
    return render(request, "listings/billing.html", context)


def _clinics_of_a_group(request: OwnerRequest, subscription: Subscription) -> dict[str, object]:
    if not subscription.is_paid or subscription.capacity == 1:
        return {}
    others = Listing.objects.of(request.user, OWNER).exclude(subscription=subscription).select_related("clinic")
    return {
        "covered": subscription.listings.select_related("clinic"),
        "coverable": [each for each in others if not each.why_no_plan(but=subscription)],
    }


@login_required
@post_only
def billing_cover(request: OwnerRequest, pk: int) -> HttpResponse:
    """Extend a group plan to another clinic of its payer, or release one. An owner may release their own clinic."""
    listing = get_listing(request.user, pk, OWNER)
    subscription = listing.subscription
    if subscription is None:
        return redirect("listings:billing", listing.pk)
    is_payer = subscription.account is not None and subscription.account.has_payer(request.user)
    try:
        if is_payer and "cover" in request.POST:
            subscription.cover(get_listing(request.user, _number(request.POST["cover"]), OWNER))
        elif "release" in request.POST:
            number = _number(request.POST["release"])
            if is_payer or number == listing.pk:
                subscription.release(get_object_or_404(subscription.listings, pk=number))
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("listings:billing", listing.pk)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


# Ending a plan


@login_required
@require_http_methods(["GET", "POST"])
@rate_limit("gateway")
def plan_end(request: OwnerRequest, pk: int) -> HttpResponse:
    """End a plan: GET says what follows, POST does it. Each payer may, and each owner it was bought for."""
    bill = get_plan(request, pk)
    if request.method == "GET" or "end" not in bill.offers:
        return render(request, "listings/plan_end.html", {"bill": bill})
    try:
        messages.success(request, _end(bill))
    except GatewayError as error:
        messages.error(request, failure_sentence(error, "end"))
    return redirect(bill.url)


def _end(bill: Bill) -> str:
    """A plan that is paid ends with its period; one that is not paid ends at once, so that no retry charges for it."""
    subscription = bill.subscription
    if bill.ends_later:
        gateway.set_ends_at_period_end(subscription, True)
        sync_after_change(subscription.customer_id)
        return _("The plan ends with the period that is paid. Nothing more is charged.")
    subscription.want_end("owner")
    return being_ended()


@login_required
@post_only
@rate_limit("gateway")
def plan_keep(request: OwnerRequest, pk: int) -> HttpResponse:
    """Take back that a plan ends with its period. For payers: it lets the plan charge again."""
    bill = get_plan(request, pk)
    if "keep" in bill.offers and bill.is_payer:
        try:
            gateway.set_ends_at_period_end(bill.subscription, False)
            sync_after_change(bill.subscription.customer_id)
            messages.success(request, _("The plan goes on."))
        except GatewayError as error:
            messages.error(request, failure_sentence(error, "keep"))
    return redirect(bill.url)
