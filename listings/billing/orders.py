"""Pages: the plans, choosing one for a listing, and one order."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_q.tasks import async_task

from clinics.search.results import SPONSORED_SIZE
from core.decorators import same_origin_form
from core.rate_limits import rate_limit
from listings.accounts.terms import ask_for_terms, store_acceptance
from listings.billing import gateway, sync
from listings.billing.bills import Bill, bills_of, present_plan
from listings.billing.failures import sync_after_change
from listings.billing.forms import OrderForm
from listings.billing.gateway_types import (
    GatewayError,
    GatewayMisconfigured,
    GatewayRefused,
    GatewayUnavailable,
)
from listings.models import BillingAccount, Listing, Membership, Order, Plan, PlanPrice
from listings.models.listing import OBJECTION_DAYS
from listings.models.order import NotForSale, OtherOrderOpen
from listings.models.subscription import GRACE, REMINDER_DAYS
from listings.models.subscription_terms import NOTICE
from listings.shortcuts import OwnerRequest, get_listing, post_only

REFRESH_SECONDS, MOST_REFRESHES = 3, 40  # of the page of an order that was paid a moment ago
SYNC_EVERY_SECONDS = 5  # of one order, while its page loads itself again


def plan_list(request: HttpRequest) -> HttpResponse:
    """The public page of plans and prices."""
    context = {
        "plans": _offers(),
        # The session itself is not asked for: a reader's page sets no cookie and is the same for everybody.
        "is_logged_in": settings.SESSION_COOKIE_NAME in request.COOKIES,
        "sponsored": SPONSORED_SIZE,
        "notice_days": NOTICE.days,
        "grace_days": GRACE.days,
        "reminder_days": get_text_list([str(day) for day in REMINDER_DAYS[1:]], _("and")),
    }
    return render(request, "listings/plan_list.html", context)


def _offers() -> list[dict[str, object]]:
    """What is sold today, for the pages that say what each plan contains."""
    return [
        {
            "plan": plan,
            "prices": plan.prices_on(),
            "announced": plan.announced_prices(),
            "saving_cents": _yearly_saving_cents(plan.prices_on()),
        }
        for plan in Plan.objects.offered().prefetch_related("prices")
    ]


def _yearly_saving_cents(prices: list[PlanPrice]) -> int:
    """How much less a year at once costs than twelve months; 0 if it does not."""
    by_interval = {price.interval: price.amount_cents for price in prices}
    return max(0, 12 * by_interval.get("month", 0) - by_interval["year"]) if "year" in by_interval else 0


@same_origin_form
@login_required
@rate_limit("gateway")
def plan_choose(request: OwnerRequest, pk: int) -> HttpResponse:
    """Choose a plan for a listing; POST orders it."""
    listing = get_listing(request.user, pk, Membership.Role.OWNER)
    form = OrderForm(request.POST or None)
    ask_for_terms(form, request.user)
    if request.method == "POST" and form.is_valid():
        store_acceptance(form, request.user)
        try:
            return _order(request, listing, form.cleaned_data)
        except NotForSale as error:
            form.add_error(None, str(error))
    context = {"listing": listing, "form": form, "plans": _offers(), "bill": _present_bill(request.user, listing)}
    return render(request, "listings/plan_choose.html", context)


def _present_bill(user: User, listing: Listing) -> Bill | None:
    """The plan because of which another one cannot be bought now, if there is one."""
    plan = present_plan(listing)
    return bills_of(user, [plan])[0] if plan and "buy" not in plan.state.offers else None


def _order(request: OwnerRequest, listing: Listing, chosen: dict[str, Any]) -> HttpResponse:
    terms = {name: chosen[name] for name in ("price", "quantity", "pays_by")}
    try:
        order = Order.place(listing, request.user, **terms)
    except OtherOrderOpen as other:
        if other.order.buyer_id != request.user.pk and listing.waits_as_owner(request.user):
            sentence = _("Another owner has ordered a plan for this listing. For %(days)s days only they change that.")
            raise NotForSale(sentence % {"days": OBJECTION_DAYS}) from other
        _withdraw(other.order)
        try:
            order = Order.place(listing, request.user, **terms)
        except OtherOrderOpen as still:  # it cannot be withdrawn now; its page says so
            return redirect(still.order)
    if order.pays_by == Order.PaysBy.INVOICE:
        contact = {"name": chosen["name"], "po_number": chosen["po_number"], "email_sent_to_gateway": ""}
        BillingAccount.objects.filter(orders=order, payers__user=request.user).update(**contact)
    _begin(request, order)
    return redirect(order)


def _withdraw(order: Order) -> None:
    """Close the payment page of an order, so that it can no longer be paid."""
    try:
        if order.session_id:
            gateway.expire_session(order.session_id)  # if it was paid meanwhile or has expired, the sync says which
        if order.session_id or order.may_be_invoiced:
            sync.sync_order(order)
        else:
            order.set_status(Order.Status.EXPIRED)
    except GatewayError:
        return


def _begin(request: HttpRequest, order: Order) -> None:
    """Create the payment page, or a plan that is paid by invoice. If that fails, the order stays, with the reason."""
    if order.subscriptions.exists():  # it has begun, and its key is not known there for ever
        return
    try:
        if order.pays_by == Order.PaysBy.INVOICE:
            _begin_invoiced(order)
        elif not order.session_id:
            page = request.build_absolute_uri(order.get_absolute_url())
            session = gateway.start_session(order, return_url=f"{page}?back=1", cancel_url=page)
            order.store_session(session.id, session.url)
    except GatewayMisconfigured as error:  # the operator's to mend, and no buyer's to read
        sentence = _("The payment service cannot be used just now. We have been told.")
        order.store_error(sentence, was_answered=True, for_operator=str(error))
    except GatewayRefused as error:
        order.store_error(_("The payment service refused this: %(reason)s") % {"reason": error}, was_answered=True)
    except GatewayUnavailable as error:
        order.store_error(str(error), was_answered=error.was_answered)
    except GatewayError as error:
        order.store_error(str(error), was_answered=False)


def _begin_invoiced(order: Order) -> None:
    """Asked again, the gateway begins nothing twice. Once it has begun, the order has not failed: a job reads it."""
    account = BillingAccount.objects.get(orders=order)
    customer_id = gateway.start_invoiced(order, account)
    Order.objects.filter(pk=order.pk).update(error="", error_for_operator="")
    sync_after_change(customer_id)


def _own_order(user: User, pk: UUID) -> Order:
    """An order of somebody's listing, or one that they pay, whatever their role there."""
    mine = Q(listing__in=Listing.objects.of(user, Membership.Role.OWNER))
    mine |= Q(account__in=BillingAccount.objects.of(user))
    return get_object_or_404(Order.objects.filter(mine).select_related("listing", "account", "price__plan"), pk=pk)


@same_origin_form
@login_required
@require_GET
def order_detail(request: OwnerRequest, pk: UUID) -> HttpResponse:
    """The status of an order, from what is known here: the gateway is not asked while somebody waits for the page.

    The payment page leads back here with ?back=1. Then a job finds out what became of it, and the page loads itself
    again every few seconds, up to MOST_REFRESHES times.
    """
    order = _own_order(request.user, pk)
    back = request.GET.get("back", "")
    context: dict[str, object] = {"order": order, "is_payer": order.is_paid_by(request.user)}
    if subscription := order.subscriptions.select_related("price__plan").first():
        [context["bill"]] = bills_of(request.user, [subscription])
    if back.isascii() and back.isdigit() and order.status == Order.Status.OPEN and order.session_id:
        number = min(int(back[:3]), MOST_REFRESHES)
        context |= {"is_back": True, "refresh_seconds": REFRESH_SECONDS}
        if number < MOST_REFRESHES and not order.is_waiting:
            context["next_page"] = f"{order.get_absolute_url()}?back={number + 1}"
            if cache.add(f"sync-order-{order.pk}", True, SYNC_EVERY_SECONDS):  # however often the page is loaded
                async_task("listings.billing.sync.sync_order_of", str(order.pk))
    return render(request, "listings/order_detail.html", context)


@login_required
@post_only
@rate_limit("gateway")
def order_retry(request: OwnerRequest, pk: UUID) -> HttpResponse:
    """Ask for the payment page again; for payers."""
    order = _own_order(request.user, pk)
    if order.status == Order.Status.OPEN and order.is_paid_by(request.user):
        _begin(request, order)
    return redirect(order)
