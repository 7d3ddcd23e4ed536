"""Pages about money: what it costs, one order, staying in charge; and the gateway's messages."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from core.decorators import with_form
from listings.billing import gateway, sync
from listings.billing.forms import OrderForm
from listings.billing.gateway_types import GatewayError, GatewayRefused, NotFromGateway
from listings.models import LedgerEntry, Listing, Membership, Order, Plan
from listings.models.order import NotForSale, OtherOrderOpen


def plan_list(request):
    """How listings and money work."""
    plans = [
        {"plan": plan, "prices": plan.prices_on(), "announced": plan.announced_prices()}
        for plan in Plan.objects.offered().prefetch_related("prices")
    ]
    return render(request, "listings/plan_list.html", {"plans": plans})


def _owned(user, pk) -> Listing:
    """A listing whose plan this person decides on. Of others nothing is told, not even that they exist."""
    return get_object_or_404(Listing.objects.of(user, Membership.Role.OWNER), pk=pk)


# Buying


@with_form
@login_required
def plan_choose(request, pk):
    """Choose a plan for a listing (GET); order it (POST)."""
    listing = _owned(request.user, pk)
    form = OrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _order(request, listing, form.cleaned_data["price"], form.cleaned_data["quantity"])
        except NotForSale as error:
            form.add_error(None, str(error))
    return render(request, "listings/plan_choose.html", {"listing": listing, "form": form})


def _order(request, listing, price, quantity):
    try:
        order = Order.place(listing, request.user, price, quantity)
    except OtherOrderOpen as other:
        _withdraw(other.order)
        try:
            order = Order.place(listing, request.user, price, quantity)
        except OtherOrderOpen as still:  # it cannot be withdrawn now: that page says so
            return redirect(still.order)
    _open_payment_page(request, order)
    return redirect(order)


def _withdraw(order: Order) -> None:
    """Close the payment page of an order, so that it cannot be paid any more."""
    try:
        if order.session_id:
            gateway.expire_session(order.session_id)
    except GatewayRefused:
        pass  # it was paid in the meantime, or has expired; the next line finds out which
    except GatewayError:
        return
    try:
        if order.session_id:
            sync.sync_order(order)
        else:
            order.set_status(Order.Status.EXPIRED)
    except GatewayError:
        return


def _open_payment_page(request, order: Order) -> None:
    """Ask the gateway for the payment page. If that fails, the order is kept and says why."""
    if order.session_id:
        return
    try:
        session = gateway.start_session(order, return_url=request.build_absolute_uri(order.get_absolute_url()))
    except GatewayRefused as error:
        order.store_error(_("The payment service refused this: %(reason)s") % {"reason": error}, was_answered=True)
    except GatewayError as error:
        order.store_error(str(error), was_answered=False)
    else:
        order.store_session(session.id, session.url)


def _own_order(user, pk) -> Order:
    orders = Order.objects.select_related("listing", "price__plan")
    return get_object_or_404(orders.filter(listing__in=Listing.objects.of(user, Membership.Role.OWNER)), pk=pk)


@with_form
@login_required
@require_GET
def order_detail(request, pk):
    """Where an order stands. Whoever comes back from the payment page lands here, so the gateway is asked."""
    order = _own_order(request.user, pk)
    is_unsure = False
    if order.status == Order.Status.OPEN and order.session_id:
        try:
            sync.sync_order(order)
        except GatewayError:
            is_unsure = True
    return render(request, "listings/order_detail.html", {"order": order, "is_unsure": is_unsure})


@login_required
@require_POST
def order_retry(request, pk):
    order = _own_order(request.user, pk)
    if order.status == Order.Status.OPEN:
        _open_payment_page(request, order)
    return redirect(order)


# Staying in charge


@with_form
@login_required
def billing(request, pk):
    """The plan of a listing, its receipts, and how it ends."""
    listing = _owned(request.user, pk)
    subscription = listing.subscription
    entries = LedgerEntry.objects.none()
    if subscription and subscription.buyer == request.user:
        payments = LedgerEntry.objects.filter(customer_id=subscription.customer_id, kind=LedgerEntry.Kind.PAYMENT)
        entries = LedgerEntry.objects.filter(
            charge_id__in=payments.values("charge_id"),
            kind__in=[LedgerEntry.Kind.PAYMENT, LedgerEntry.Kind.REFUND, LedgerEntry.Kind.REFUND_FAILED],
        )
    context = {"listing": listing, "subscription": subscription, "entries": entries}
    if subscription and subscription.is_paid and subscription.buyer == request.user and subscription.capacity > 1:
        context["covered"] = subscription.listings.select_related("clinic")
        others = Listing.objects.of(request.user, Membership.Role.OWNER).exclude(subscription=subscription)
        context["coverable"] = [
            each for each in others.select_related("clinic") if each.takes_changes and not each.is_paid
        ]
    return render(request, "listings/billing.html", context)


def _own_subscription(request, pk):
    """The subscription that this person pays; another owner of the listing neither sees nor ends it."""
    listing = _owned(request.user, pk)
    subscriptions = listing.subscription and listing.subscription.order.buyer_id == request.user.pk
    return listing, listing.subscription if subscriptions else None


@login_required
@require_POST
def billing_portal(request, pk):
    """On to the gateway's own page: card, invoices."""
    listing, subscription = _own_subscription(request, pk)
    if subscription is None:
        return redirect("listings:billing", listing.pk)
    return_url = request.build_absolute_uri(request.path.removesuffix("portal/"))
    try:
        url = gateway.portal_url(subscription, return_url=return_url)
    except GatewayError:
        messages.error(request, _("The payment service does not answer just now. Nothing was changed; try again."))
        return redirect("listings:billing", listing.pk)
    # A link rather than a redirect: our policy lets no form lead to another host.
    return render(request, "listings/billing_portal.html", {"listing": listing, "url": url})


@login_required
@require_POST
def billing_cover(request, pk):
    """Extend a group's plan to another clinic of its buyer, or take one off."""
    listing, subscription = _own_subscription(request, pk)
    if subscription is not None:
        try:
            if "cover" in request.POST:
                subscription.cover(_owned(request.user, _number(request.POST["cover"])))
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
def billing_cancel(request, pk):
    """End the plan with the period that is paid, or take that back: one button, no questions."""
    listing, subscription = _own_subscription(request, pk)
    if subscription is None or not subscription.is_open_at_gateway:
        return redirect("listings:billing", listing.pk)
    try:
        gateway.set_ends_at_period_end(subscription, request.POST.get("keep") != "yes")
        sync.sync_customer(subscription.customer_id)
    except GatewayError:
        messages.error(request, _("The payment service does not answer just now. Nothing was changed; try again."))
    return redirect("listings:billing", listing.pk)


# The gateway's messages


@csrf_exempt
@require_POST
def stripe_webhook(request):
    """Verify, store, answer. What follows from it is a job's."""
    try:
        event = gateway.verify(request.body, request.headers.get("Stripe-Signature", ""))
    except NotFromGateway as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain")
    sync.receive(event)
    return HttpResponse(status=200)
