"""Signed messages of the gateway."""

import json
from typing import Any

import stripe
from django.conf import settings

from listings.billing.gateway_types import NotFromGateway

SIGNATURE_TOLERANCE_SECONDS = 300
MOST_OF_ID, MOST_OF_TYPE = 255, 100  # characters that PaymentEvent has room for


def verify(payload: bytes, signature: str) -> dict[str, Any]:
    """The event of a message. Raises NotFromGateway unless it was signed with our secret a short time ago."""
    if not settings.STRIPE_WEBHOOK_SECRETS:
        raise NotFromGateway("No webhook secret is set.")
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(payload, signature, secret, SIGNATURE_TOLERANCE_SECONDS)
            break
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
    else:
        raise NotFromGateway("The signature is not the gateway's, or too old.")
    try:
        event: dict[str, Any] = json.loads(payload)
        is_event = event["object"] == "event" and isinstance(event["data"]["object"], dict)
        if not is_event or not isinstance(event["id"], str) or not isinstance(event["type"], str):
            raise NotFromGateway("It is no event.")
    except (ValueError, KeyError, TypeError) as error:
        raise NotFromGateway("It is no event.") from error
    if event.get("livemode") is not settings.STRIPE_LIVEMODE:
        raise NotFromGateway("It is of the other mode: test or live.")
    if len(event["id"]) > MOST_OF_ID or len(event["type"]) > MOST_OF_TYPE:
        raise NotFromGateway("Its id or type is longer than the gateway's are.")
    if "\\u0000" in json.dumps(event).replace("\\\\", ""):  # which no column takes
        raise NotFromGateway("It contains a character that no text has: NUL.")
    return event
