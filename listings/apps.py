from django.apps import AppConfig
from django.conf import settings
from django.core import checks


class ListingsConfig(AppConfig):
    name = "listings"
    verbose_name = "Listings and payments"

    def ready(self):
        from allauth.account.signals import user_logged_in

        from listings.accounts.adapter import remember_language

        checks.register(payments_are_real)
        user_logged_in.connect(remember_language)


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
