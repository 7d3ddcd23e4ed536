"""Pages: the plans, choosing one for a listing, and one order."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinics.search.results import SPONSORED_SIZE
from core.decorators import same_origin_form
from listings.billing import gateway, sync
from listings.billing.forms import OrderForm
from listings.billing.gateway_types import GatewayError, GatewayRefused
from listings.models import Listing, Membership, Order, Plan, PlanPrice
from listings.models.order import NotForSale, OtherOrderOpen
from listings.models.subscription import GRACE, NOTICE, REMINDER_DAYS
from listings.shortcuts import OwnerRequest, get_listing


def plan_list(request: HttpRequest) -> HttpResponse:
    """The public page of plans and prices."""
    plans = [
        {"plan": plan, "prices": plan.prices_on(), "announced": plan.announced_prices()}
        for plan in Plan.objects.offered().prefetch_related("prices")
    ]
    context = {
        "plans": plans,
        "sponsored": SPONSORED_SIZE,
        "notice_days": NOTICE.days,
        "grace_days": GRACE.days,
        "reminder_days": get_text_list([str(day) for day in REMINDER_DAYS[1:]], _("and")),
    }
    return render(request, "listings/plan_list.html", context)


@same_origin_form
@login_required
def plan_choose(request: OwnerRequest, pk: int) -> HttpResponse:
    """Choose a plan for a listing; POST orders it."""
    listing = get_listing(request.user, pk, Membership.Role.OWNER)
    form = OrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _order(request, listing, form.cleaned_data["price"], form.cleaned_data["quantity"])
        except NotForSale as error:
            form.add_error(None, str(error))
    return render(request, "listings/plan_choose.html", {"listing": listing, "form": form})


def _order(request: OwnerRequest, listing: Listing, price: PlanPrice, quantity: int) -> HttpResponse:
    try:
        order = Order.place(listing, request.user, price, quantity)
    except OtherOrderOpen as other:
        _withdraw(other.order)
        try:
            order = Order.place(listing, request.user, price, quantity)
        except OtherOrderOpen as still:  # it cannot be withdrawn now; its page says so
            return redirect(still.order)
    _open_payment_page(request, order)
    return redirect(order)


def _withdraw(order: Order) -> None:
    """Close the payment page of an order, so that it can no longer be paid."""
    try:
        if order.session_id:
            gateway.expire_session(order.session_id)
    except GatewayRefused:
        pass  # it was paid in the meantime or has expired: the sync below finds out which
    except GatewayError:
        return
    try:
        if order.session_id:
            sync.sync_order(order)
        else:
            order.set_status(Order.Status.EXPIRED)
    except GatewayError:
        return


def _open_payment_page(request: HttpRequest, order: Order) -> None:
    """Create the payment page at the gateway. If that fails, the order stays and stores the reason."""
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


def _own_order(user: User, pk: UUID) -> Order:
    orders = Order.objects.select_related("listing", "price__plan")
    return get_object_or_404(orders.filter(listing__in=Listing.objects.of(user, Membership.Role.OWNER)), pk=pk)


@same_origin_form
@login_required
@require_GET
def order_detail(request: OwnerRequest, pk: UUID) -> HttpResponse:
    """The status of an order. The payment page leads back here, so an open order is synced first."""
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
def order_retry(request: OwnerRequest, pk: UUID) -> HttpResponse:
    order = _own_order(request.user, pk)
    if order.status == Order.Status.OPEN:
        _open_payment_page(request, order)
    return redirect(order)
