"""What `manage.py doctor --stripe` says: how the account at the gateway is set up, a sentence each.

It only reads. A key that may not read something, and a gateway that does not answer, are sentences too.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.urls import reverse

from core.checks import Finding, service_check
from listings.billing.gateway.client import call, client, list_all
from listings.billing.gateway_types import GatewayError

# What the webhook endpoint must be subscribed to, in the order of docs/payments.md.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.overdue",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
METHOD_NAMES = {
    "card": "cards",
    "us_bank_account": "bank accounts (ACH)",
    "link": "Link",
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
}
LONGEST_DESCRIPTOR = 22
Findings = Iterator[Finding]


@service_check("stripe", "how the account at Stripe is set up")
def stripe_account() -> Findings:
    """One finding or more for each part, whatever becomes of the others."""
    if settings.PAYMENT_GATEWAY == "off":
        yield Finding("key", "No STRIPE_SECRET_KEY is set, so plans cannot be bought.", is_problem=True)
        return
    for subject, find in PARTS.items():
        try:
            for sentence, is_problem in find():
                yield Finding(subject, sentence, is_problem=is_problem)
        except GatewayError as error:
            yield Finding(subject, f"This could not be looked at: {error}", is_problem=True)


Sentences = Iterator[tuple[str, bool]]  # each with whether it is a problem


def key() -> Sentences:
    if settings.PAYMENT_GATEWAY == "development":
        yield "Payments are invented: there is no STRIPE_SECRET_KEY, and the fake Stripe server answers.", False
        return
    is_restricted = settings.STRIPE_SECRET_KEY.startswith("rk_")
    mode = "live: cards are charged" if settings.STRIPE_LIVEMODE else "for tests: nobody is charged"
    yield f"The key is {mode}.", False
    if is_restricted:
        yield "The key is restricted to what it was given permission for.", False
    else:
        yield "The key can do everything. Use a restricted key, as in docs/payments.md.", True


def version() -> Sentences:
    yield f"Requests use version {settings.STRIPE_API_VERSION} of the API.", False


def account() -> Sentences:
    found = call(lambda: client().v1.accounts.retrieve_current())
    if found.charges_enabled:
        yield "The account may take payments.", False
    else:
        yield "The account may not take payments yet: finish its activation in the Dashboard.", True
    payments = found.settings.payments if found.settings else None
    name = (payments.statement_descriptor if payments else None) or ""
    if not name:
        yield "No statement descriptor is set: set the name that card statements show, or buyers dispute it.", True
    elif len(name) > LONGEST_DESCRIPTOR:
        yield f"The statement descriptor “{name}” is longer than {LONGEST_DESCRIPTOR} characters.", True
    else:
        yield f"Card statements show “{name}”.", False


def webhook() -> Sentences:
    wanted = settings.SITE_URL.rstrip("/") + reverse("stripe_webhook")
    endpoints = list_all(lambda: client().v1.webhook_endpoints.list({"limit": 100}))
    by_url = {endpoint.url: endpoint for endpoint in endpoints}
    if wanted not in by_url and wanted.rstrip("/") in by_url:
        yield f"The endpoint lacks the slash at its end, and Stripe follows no redirect. Change it to {wanted}", True
        return
    if wanted not in by_url:
        yield f"No webhook endpoint leads here. Create one for {wanted}", True
        return
    endpoint = by_url[wanted]
    yield f"Events are sent to {wanted}", False
    if endpoint.status != "enabled":
        yield "The endpoint is disabled, so no event arrives. Enable it in the Dashboard.", True
    yield from _subscribed(endpoint.enabled_events)
    if endpoint.api_version and endpoint.api_version != settings.STRIPE_API_VERSION:
        yield (
            f"Events come in version {endpoint.api_version} of the API, requests use {settings.STRIPE_API_VERSION}. "
            "Events are only a reason to ask, so both work; set them alike.",
            False,
        )
    if not settings.STRIPE_WEBHOOK_SECRETS:
        yield "STRIPE_WEBHOOK_SECRET is not set: every event would be refused.", True


def _subscribed(events: list[str]) -> Sentences:
    missing = [event for event in EVENTS if event not in events] if "*" not in events else []
    if missing:
        yield f"The endpoint is not subscribed to {', '.join(missing)}.", True
    else:
        yield "The endpoint is subscribed to every event that is needed.", False


def portal() -> Sentences:
    found = call(lambda: client().v1.billing_portal.configurations.list({"active": True, "limit": 100})).data
    if not found:
        yield "The billing portal has no settings yet. Save them in the Dashboard, or open the portal once here.", True
        return
    features: Any = next((each for each in found if each.is_default), found[0]).features
    if features.payment_method_update.enabled:
        yield "The billing portal has settings, and buyers can replace their card there.", False
    else:
        yield "Buyers cannot replace their card in the billing portal: allow it in its settings.", True
    if features.subscription_update.enabled:
        yield "Buyers can change their plan in the billing portal, past the site's own rules: switch that off.", True
    contact = features.customer_update
    if contact.enabled and {"name", "email"} & set(contact.allowed_updates):
        yield (
            "Buyers can change name and email in the billing portal, unknown to the site: switch that off.",
            True,
        )


def payment_methods() -> Sentences:
    found = list_all(lambda: client().v1.payment_method_configurations.list({"limit": 100}))
    chosen = next((each for each in found if each.is_default), None)
    if chosen is None:
        yield "There is no default configuration of payment methods.", True
        return
    offered = [name for name, value in chosen.to_dict().items() if _is_on(value)]
    if "card" not in offered:
        yield "Cards are switched off, so nobody can pay with one.", True
    names = [METHOD_NAMES.get(name, name.replace("_", " ")) for name in offered]
    yield f"The payment page offers {', '.join(names) or 'nothing'}.", not names


def _is_on(value: object) -> bool:
    preference = value.get("display_preference") if isinstance(value, dict) else None
    return isinstance(preference, dict) and preference.get("value") == "on"


def tax() -> Sentences:
    if not settings.STRIPE_AUTOMATIC_TAX:
        yield "No tax is calculated (STRIPE_AUTOMATIC_TAX is off).", False
        return
    found = call(lambda: client().v1.tax.settings.retrieve())
    if found.status != "active":
        yield "Tax is switched on here, and Stripe Tax lacks the head office: Stripe would refuse every sale.", True
        return
    registrations = list_all(lambda: client().v1.tax.registrations.list({"status": "active", "limit": 100}))
    if registrations:
        yield f"Tax is calculated, and collected in {len(registrations)} registered places.", False
    else:
        yield "Tax is calculated, but no registration says where it is collected, so it is always $0.", True


PARTS: dict[str, Callable[[], Sentences]] = {
    "key": key,
    "API version": version,
    "account": account,
    "webhook": webhook,
    "portal": portal,
    "payment methods": payment_methods,
    "tax": tax,
}
