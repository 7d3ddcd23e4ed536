"""The pages of the fake Stripe server: the pay page, the portal and the control page. Each says TEST MODE."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.decorators import same_origin_form
from listings.fake_stripe import api, billing, delivery
from listings.fake_stripe.models import GatewayObject
from listings.fake_stripe.objects import ApiError, find, get, list_all, locked

BACKDATE_DAYS = 15  # one more than the grace period


@csrf_exempt
def api_view(request, path):
    headers = {"Authorization": request.headers.get("Authorization", "")}
    headers["Idempotency-Key"] = request.headers.get("Idempotency-Key", "")
    status, body = api.answer(request.method, request.get_full_path(), request.body, headers)
    return JsonResponse(body, status=402 if body.get("error", {}).get("type") == "card_error" else status)


def _find(kind, object_id) -> dict:
    found = find(kind, object_id)
    if found is None:
        raise Http404
    return found


@same_origin_form
@require_http_methods(["GET", "POST"])
def pay(request, session_id):
    """The pay page: pay, be declined, confirm with 3-D Secure, or leave."""
    session = _find("checkout.session", session_id)
    asks_for_proof, error = False, ""
    if request.method == "POST" and session["status"] == "open":
        choice = request.POST.get("choice")
        if choice in ("pay", "proved"):
            _complete_once(session_id)
            return HttpResponseRedirect(session["success_url"])
        if choice == "abandon":
            return HttpResponseRedirect(session["cancel_url"])
        asks_for_proof = choice == "prove"
        if choice in ("decline", "not-proved"):
            error = _("The card was declined. Nothing was paid. Try another card.")
    lines = [{"price": find("price", item["price"]), "quantity": item["quantity"]} for item in session["_items"]]
    for line in lines:
        line["product"] = find("product", line["price"]["product"])
        line["amount"] = line["price"]["unit_amount"] * line["quantity"] / 100
    context = {"session": session, "lines": lines, "total": session["amount_total"] / 100, "error": error}
    return render(request, "fake_stripe/pay.html", context | {"asks_for_proof": asks_for_proof})


def _complete_once(session_id: str) -> None:
    """Complete a session; pressing the button again changes nothing."""
    with locked():
        session = get("checkout.session", session_id)
        if session["status"] == "open":
            billing.complete(session)


@same_origin_form
@require_http_methods(["GET", "POST"])
def portal(request, portal_id):
    """The billing portal: a customer's plans, ending them, and the invoices."""
    opened = _find("billing_portal.session", portal_id)
    if request.method == "POST":
        with locked():
            subscription = _find("subscription", request.POST.get("subscription"))
            if subscription["customer"] != opened["customer"]:
                raise Http404
            if subscription["status"] != "canceled":
                billing.end_at_period_end(subscription, request.POST.get("choice") == "cancel")
        return redirect("fake_stripe:portal", portal_id)
    context = {
        "portal": opened,
        "subscriptions": [_summary(each) for each in list_all("subscription", customer=opened["customer"])],
        "invoices": [
            invoice | {"amount": invoice["total"] / 100}
            for invoice in list_all("invoice", customer=opened["customer"])
        ],
    }
    return render(request, "fake_stripe/portal.html", context)


def _summary(subscription: dict) -> dict:
    [item] = subscription["items"]["data"]
    charge = billing.newest_charge(subscription)
    dispute = next(iter(list_all("dispute", charge=charge["id"])), None) if charge else None
    customer = find("customer", subscription["customer"]) or {}
    return {
        "id": subscription["id"],
        "status": subscription["status"],
        "ends_at_period_end": subscription["cancel_at_period_end"],
        "email": customer.get("email") or subscription["customer"],
        "amount": item["price"]["unit_amount"] * item["quantity"] / 100,
        "interval": item["price"]["recurring"]["interval"],
        "period_end": billing.datetime.fromtimestamp(item["current_period_end"], billing.UTC),
        "charge": charge,
        "dispute": dispute,
        "is_payable": subscription["status"] == "past_due",
    }


def _pay_open_invoice(subscription):
    for invoice in list_all("invoice", customer=subscription["customer"], status="open"):
        billing.pay(invoice)


def _charge(subscription) -> dict:
    charge = billing.newest_charge(subscription)
    if charge is None:
        raise ApiError("Nothing has been paid yet.")
    return charge


def _close_dispute(subscription, status):
    disputes = list_all("dispute", charge=_charge(subscription)["id"])
    if not disputes:
        raise ApiError("There is no dispute.")
    billing.close_dispute(disputes[0], status)


ACTIONS = {
    "renew": billing.renew,
    "fail": lambda subscription: billing.renew(subscription, succeeds=False),
    "retry": _pay_open_invoice,
    "age": lambda subscription: billing.backdate(subscription, BACKDATE_DAYS),
    "cancel": billing.cancel,
    "refund": lambda subscription: billing.refund(_charge(subscription)),
    "dispute": lambda subscription: billing.dispute(_charge(subscription)),
    "win": lambda subscription: _close_dispute(subscription, "won"),
    "lose": lambda subscription: _close_dispute(subscription, "lost"),
}


@same_origin_form
@require_http_methods(["GET", "POST"])
def control(request):
    """Trigger renewals that succeed or fail, refunds and disputes; let events repeat or get lost."""
    if request.method == "POST":
        _run_action(request)
        return redirect("fake_stripe:control")
    events = GatewayObject.objects.filter(kind="event").order_by("-created_at")[:30]
    context = {
        "mode": delivery.mode(),
        "modes": delivery.MODES.items(),
        "subscriptions": [_summary(each) for each in list_all("subscription")[:20]],
        "events": [{"id": row.pk, "type": row.data["type"], "is_delivered": row.is_delivered} for row in events],
        "days": BACKDATE_DAYS,
    }
    return render(request, "fake_stripe/control.html", context)


def _run_action(request) -> None:
    choice = request.POST.get("choice", "")
    try:
        if choice == "mode":
            delivery.set_mode(request.POST.get("mode", ""))
        elif choice == "send":
            delivery.send(get("event", request.POST.get("event", "")))
        elif choice in ACTIONS:
            with locked():
                ACTIONS[choice](get("subscription", request.POST.get("subscription", "")))
    except (ApiError, ValueError) as error:
        messages.error(request, str(error))
