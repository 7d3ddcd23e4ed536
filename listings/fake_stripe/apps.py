from django.apps import AppConfig


class FakeStripeConfig(AppConfig):
    name = "listings.fake_stripe"
    label = "fake_stripe"
    verbose_name = "Fake Stripe, for development"
    private_paths = ("/fake-stripe/",)
