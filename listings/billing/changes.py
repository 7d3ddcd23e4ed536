"""Pages to change a plan: choose, see what the gateway would charge, confirm."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.rate_limits import rate_limit
from listings.billing import gateway
from listings.billing.bills import Bill, per_interval
from listings.billing.failures import failure_sentence, sync_after_change
from listings.billing.forms import ChangeForm
from listings.billing.gateway_types import ChangePreview, GatewayError
from listings.billing.subscriptions import get_plan
from listings.models import PlanPrice, Subscription
from listings.shortcuts import OwnerRequest

MOST_OF_NONCE = 20  # characters of what makes one confirmation one request: a new preview is a new request
MOST_DRIFT_CENTS = 100  # a preview counts seconds: so much may the amount differ from the one that was shown


@login_required
@require_http_methods(["GET", "POST"])
@rate_limit("gateway")
def plan_change(request: OwnerRequest, pk: int) -> HttpResponse:
    """Upgrade, downgrade, month or year, more or fewer clinics.

    GET shows the choices. POST asks the gateway what that costs and shows it; with the amount that was shown as
    `seen_cents`, and if it is still right, it changes the plan.
    """
    bill = get_plan(request, pk)
    if not bill.is_payer or "change" not in bill.offers:
        messages.error(request, _("This plan cannot be changed now."))
        return redirect(bill.url)
    data = request.POST if request.method == "POST" else None
    form = ChangeForm(data, subscription=bill.subscription, label_suffix="")
    if request.method == "GET" or not form.is_valid():
        context = {"bill": bill, "form": form}
        return render(request, "listings/plan_change.html", context, status=422 if form.errors else 200)
    try:
        return _preview_or_change(request, bill, form.cleaned_data["price"], form.cleaned_data["quantity"])
    except GatewayError as error:
        form.add_error(None, failure_sentence(error, "change"))
        return render(request, "listings/plan_change.html", {"bill": bill, "form": form}, status=422)


def _preview_or_change(request: OwnerRequest, bill: Bill, price: PlanPrice, quantity: int) -> HttpResponse:
    preview = gateway.preview_change(bill.subscription, price, quantity)
    seen = request.POST.get("seen_cents", "")
    if _agrees(seen, preview):
        _change(bill.subscription, price, quantity, request.POST.get("nonce", "")[:MOST_OF_NONCE])
        messages.success(request, _("Your plan is changed. The receipt comes by e-mail."))
        return redirect(bill.url)
    context = {"bill": bill, "preview": preview, "price": price, "quantity": quantity, "has_moved": bool(seen)}
    context |= {"capacity": price.plan.clinics_per_unit * quantity, "credit_cents": -preview.due_now_cents}
    context |= {"next_text": _next_text(price, preview), "lines": _lines(bill.subscription, price, preview)}
    context["nonce"] = get_random_string(MOST_OF_NONCE)
    return render(request, "listings/plan_preview.html", context)


def _next_text(price: PlanPrice, preview: ChangePreview) -> str:
    """$490.00 a year from March 3."""
    amount = per_interval(preview.next_charge_cents, price.interval, price.currency)
    if preview.next_charge_on is None:
        return amount
    return _("%(amount)s from %(day)s") % {"amount": amount, "day": date_format(preview.next_charge_on)}


def _lines(subscription: Subscription, price: PlanPrice, preview: ChangePreview) -> list[tuple[str, int]]:
    """What the amount of today is made of, in our words: the gateway's are in English."""
    unused = _("Time not used on %(plan)s") % {"plan": subscription.plan.shown_name}
    return [(unused if cents < 0 else price.plan.shown_name, cents) for _text, cents in preview.lines]


def _agrees(seen: str, preview: ChangePreview) -> bool:
    is_number = seen.removeprefix("-").isascii() and seen.removeprefix("-").isdigit() and len(seen) < 12
    return is_number and abs(int(seen) - preview.due_now_cents) <= MOST_DRIFT_CENTS


def _change(subscription: Subscription, price: PlanPrice, quantity: int, nonce: str) -> None:
    """Change it at the gateway, which is verified there, and write what it says now. Raises GatewayError."""
    gateway.change_plan(subscription, price, quantity, nonce=nonce)
    sync_after_change(subscription.customer_id)
    subscription.refresh_from_db()
    subscription.mail("plan_changed", f"changed-{subscription.pk}-{timezone.now():%Y%m%d%H%M%S%f}")
