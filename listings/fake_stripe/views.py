"""The pages of the fake Stripe server: the pay page, the portal and the control page. Each says TEST MODE."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.decorators import same_origin_form
from listings.fake_stripe import actions, api, billing, delivery, faults
from listings.fake_stripe.models import GatewayObject
from listings.fake_stripe.objects import ApiError, find, get, list_all, locked


@csrf_exempt
def api_view(request, path):
    headers = {"Authorization": request.headers.get("Authorization", "")}
    headers["Idempotency-Key"] = request.headers.get("Idempotency-Key", "")
    try:
        status, body = api.answer(request.method, request.get_full_path(), request.body, headers)
    except OSError as error:
        return HttpResponse(str(error), status=504, content_type="text/plain")
    if isinstance(body, str):
        return HttpResponse(body, status=status, content_type="application/json")
    return JsonResponse(body, status=status)


def _find(kind, object_id) -> dict:
    found = find(kind, object_id)
    if found is None:
        raise Http404
    return found


@same_origin_form
@require_http_methods(["GET", "POST"])
def pay(request, session_id):
    """The pay page: pay by card or from a bank account, be declined, confirm with 3-D Secure, or leave."""
    session = _find("checkout.session", session_id)
    asks_for_proof, error = False, ""
    if request.method == "POST" and session["status"] == "open":
        choice = request.POST.get("choice")
        if choice in ("pay", "proved", "bank"):
            _complete_once(session_id, from_bank=choice == "bank")
            return HttpResponseRedirect(session["success_url"])
        if choice == "abandon":
            return HttpResponseRedirect(session["cancel_url"])
        asks_for_proof = choice == "prove"
        if choice in ("decline", "not-proved"):
            error = _("The card was declined. Nothing was paid. Try another card.")
        if choice == "code":
            session, error = _with_code(session_id, request.POST.get("code", ""))
    lines = [{"price": find("price", item["price"]), "quantity": item["quantity"]} for item in session["_items"]]
    for line in lines:
        line["product"] = find("product", line["price"]["product"])
        line["amount"] = line["price"]["unit_amount"] * line["quantity"] / 100
    context = {
        "session": session,
        "lines": lines,
        "total": session["amount_total"] / 100,
        "discount": (session["total_details"]["amount_discount"] or 0) / 100,
        "error": error,
        "asks_for_proof": asks_for_proof,
    }
    return render(request, "fake_stripe/pay.html", context)


def _with_code(session_id: str, code: str) -> tuple[dict, str]:
    with locked():
        session = get("checkout.session", session_id)
        try:
            return billing.apply_code(session, code.strip()), ""
        except ApiError as error:
            return session, str(error)


def _complete_once(session_id: str, *, from_bank: bool = False) -> None:
    """Complete a session; pressing the button again changes nothing."""
    with locked():
        session = get("checkout.session", session_id)
        if session["status"] == "open":
            billing.complete(session, method=billing.new_bank_account() if from_bank else None)


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
                # In flexible billing, the portal sets the date and not cancel_at_period_end.
                ends = request.POST.get("choice") == "cancel"
                billing.end_at(subscription, "max_period_end" if ends else "")
        return redirect("fake_stripe:portal", portal_id)
    context = {
        "portal": opened,
        "subscriptions": [actions.summary(each) for each in list_all("subscription", customer=opened["customer"])],
        "invoices": [
            invoice | {"amount": invoice["total"] / 100}
            for invoice in list_all("invoice", customer=opened["customer"])
        ],
    }
    return render(request, "fake_stripe/portal.html", context)


@same_origin_form
@require_http_methods(["GET", "POST"])
def control(request):
    """Trigger renewals, refunds, disputes and faults; let events repeat or get lost."""
    if request.method == "POST":
        _run_action(request)
        return redirect("fake_stripe:control")
    events = GatewayObject.objects.filter(kind="event").order_by("-created_at")[:30]
    context = {
        "mode": delivery.mode(),
        "modes": delivery.MODES.items(),
        "subscriptions": [actions.summary(each) for each in list_all("subscription")[:20]],
        "sessions": list_all("checkout.session", payment_status="unpaid", status="complete")[:20],
        "events": [{"id": row.pk, "type": row.data["type"], "is_delivered": row.is_delivered} for row in events],
        "days": actions.BACKDATE_DAYS,
        "fault_kinds": faults.KINDS.items(),
        "faults": faults.planned(),
    }
    return render(request, "fake_stripe/control.html", context)


def _run_action(request) -> None:
    choice, posted = request.POST.get("choice", ""), request.POST
    try:
        if choice == "mode":
            delivery.set_mode(posted.get("mode", ""))
        elif choice == "send":
            delivery.send(get("event", posted.get("event", "")))
        elif choice == "fault":
            faults.inject(posted.get("kind", ""), posted.get("path", ""), count=int(posted.get("count") or 1))
        elif choice == "no-faults":
            faults.clear()
        else:
            with locked():
                actions.run(choice, posted)
    except (ApiError, ValueError) as error:
        messages.error(request, str(error))
