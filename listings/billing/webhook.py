from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from listings.billing import events, gateway
from listings.billing.gateway_types import NotFromGateway


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Verify a message, store its event, answer. A job applies the event (listings/billing/sync.py)."""
    try:
        event = gateway.verify(request.body, request.headers.get("Stripe-Signature", ""))
    except NotFromGateway as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain")
    events.receive(event)
    return HttpResponse(status=200)
