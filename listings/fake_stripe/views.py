"""The pages of the development gateway: where invented money is paid, and where it is made to fail. All TEST MODE."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.decorators import with_form
from listings.fake_stripe import api, billing, delivery
from listings.fake_stripe.objects import Fault, alone, every, find, get
from listings.models import GatewayObject

DAYS = 15  # one more than the grace


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


@with_form
@require_http_methods(["GET", "POST"])
def pay(request, session_id):
    """The pay page: pay, be declined, prove who you are (3-D Secure), or leave."""
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
    return render(request, "listings/fake_stripe/pay.html", context | {"asks_for_proof": asks_for_proof})


def _complete_once(session_id: str) -> None:
    """However often the button is pressed."""
    with alone():
        session = get("checkout.session", session_id)
        if session["status"] == "open":
            billing.complete(session)


@with_form
@require_http_methods(["GET", "POST"])
def portal(request, portal_id):
    """What Stripe's billing portal offers: the plans, their end, the invoices."""
    opened = _find("billing_portal.session", portal_id)
    if request.method == "POST":
        with alone():
            subscription = _find("subscription", request.POST.get("subscription"))
            if subscription["customer"] != opened["customer"]:
                raise Http404
            if subscription["status"] != "canceled":
                billing.end_at_period_end(subscription, request.POST.get("choice") == "cancel")
        return redirect("dev_gateway:portal", portal_id)
    context = {
        "portal": opened,
        "subscriptions": [_described(thing) for thing in every("subscription", customer=opened["customer"])],
        "invoices": [
            invoice | {"amount": invoice["total"] / 100} for invoice in every("invoice", customer=opened["customer"])
        ],
    }
    return render(request, "listings/fake_stripe/portal.html", context)


def _described(subscription: dict) -> dict:
    [item] = subscription["items"]["data"]
    charge = billing.newest_charge(subscription)
    dispute = next(iter(every("dispute", charge=charge["id"])), None) if charge else None
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
    for invoice in every("invoice", customer=subscription["customer"], status="open"):
        billing.pay(invoice)


def _charge(subscription) -> dict:
    charge = billing.newest_charge(subscription)
    if charge is None:
        raise Fault("Nothing was paid yet.")
    return charge


def _decide(subscription, status):
    [dispute] = every("dispute", charge=_charge(subscription)["id"])[:1] or [None]
    if dispute is None:
        raise Fault("There is no dispute.")
    billing.close_dispute(dispute, status)


ACTIONS = {
    "renew": billing.renew,
    "fail": lambda subscription: billing.renew(subscription, succeeds=False),
    "retry": _pay_open_invoice,
    "age": lambda subscription: billing.let_days_pass(subscription, DAYS),
    "cancel": billing.cancel,
    "refund": lambda subscription: billing.refund(_charge(subscription)),
    "dispute": lambda subscription: billing.dispute(_charge(subscription)),
    "win": lambda subscription: _decide(subscription, "won"),
    "lose": lambda subscription: _decide(subscription, "lost"),
}


@with_form
@require_http_methods(["GET", "POST"])
def control(request):
    """Make things happen: renewals that succeed or fail, refunds, disputes, messages that repeat or get lost."""
    if request.method == "POST":
        _act(request)
        return redirect("dev_gateway:control")
    events = GatewayObject.objects.filter(kind="event").order_by("-created_at")[:30]
    context = {
        "mode": delivery.mode(),
        "modes": delivery.HOW.items(),
        "subscriptions": [_described(thing) for thing in every("subscription")[:20]],
        "events": [{"id": row.pk, "type": row.data["type"], "is_delivered": row.is_delivered} for row in events],
        "days": DAYS,
    }
    return render(request, "listings/fake_stripe/control.html", context)


def _act(request) -> None:
    choice = request.POST.get("choice", "")
    try:
        if choice == "mode":
            delivery.set_mode(request.POST.get("mode", ""))
        elif choice == "send":
            delivery.send(get("event", request.POST.get("event", "")))
        elif choice in ACTIONS:
            with alone():
                ACTIONS[choice](get("subscription", request.POST.get("subscription", "")))
    except (Fault, ValueError) as error:
        messages.error(request, str(error))
