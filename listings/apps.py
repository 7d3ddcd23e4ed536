from django.apps import AppConfig


class ListingsConfig(AppConfig):
    name = "listings"
    verbose_name = "Listings and payments"
    reads_from_replicas = True
    private_paths = ("/list-your-practice/",)
    public_paths = ("/list-your-practice/plans/",)

    def ready(self):
        from allauth.account.signals import user_logged_in

        from core import email
        from listings import checks, dashboard, schedules  # noqa: F401 - core shows and runs what they register
        from listings.accounts.adapter import remember_language
        from listings.emails.compose import compose
        from listings.models import OwnerLanguage

        user_logged_in.connect(remember_language)
        email.register("listings", email.Sender(compose))
        email.register_languages(OwnerLanguage.of)
