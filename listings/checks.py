"""Payments that are invented, or that would not be noticed."""

from django.conf import settings
from django.core import checks
from django.core.checks import Warning

from core.checks import Problems, deployment_check
from listings.dashboard import events_that_are_late


@checks.register
def payments_are_real(**kwargs) -> list[checks.CheckMessage]:
    """A deployment (a database of its own, DEBUG off) never takes invented money, nor real money it cannot confirm."""
    is_deployment = settings.HAS_OWN_DATABASE and not settings.DEBUG
    if settings.PAYMENT_GATEWAY == "development" and is_deployment:
        hint = "Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, or unset DEV_GATEWAY; it is for tests alone."
        return [checks.Error("This deployment would take invented payments.", hint=hint, id="listings.E001")]
    if settings.PAYMENT_GATEWAY == "stripe" and not settings.STRIPE_WEBHOOK_SECRETS:
        hint = "Set STRIPE_WEBHOOK_SECRET to the signing secret of the endpoint /webhooks/stripe/."
        return [checks.Error("Payments could be taken but not confirmed.", hint=hint, id="listings.E002")]
    if settings.PAYMENT_GATEWAY == "off":
        hint = "Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET to sell plans."
        return [checks.Info("Plans are shown but cannot be bought here.", hint=hint, id="listings.I001")]
    return []


@deployment_check("payment events", needs_database=True)
def payment_events() -> Problems:
    if events := events_that_are_late().count():
        yield Warning(
            f"{events} messages about payments are not applied. Look at payment events in the admin.",
            id="listings.W001",
        )


@deployment_check("payments")
def payments() -> Problems:
    if settings.PAYMENT_GATEWAY == "development":
        yield Warning(
            "Payments are invented (DEV_GATEWAY, DEBUG or no DATABASE_URL). Set STRIPE_SECRET_KEY or unset those.",
            id="listings.W002",
        )
    elif settings.PAYMENT_GATEWAY == "stripe":
        if not settings.STRIPE_WEBHOOK_SECRETS:
            yield Warning(
                "STRIPE_SECRET_KEY is set and STRIPE_WEBHOOK_SECRET is not: what was paid would not be noticed.",
                id="listings.W003",
            )
        if not settings.STRIPE_LIVEMODE:
            yield Warning("STRIPE_SECRET_KEY is a key for tests: nobody is charged.", id="listings.W004")
