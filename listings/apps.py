from django.apps import AppConfig


class ListingsConfig(AppConfig):
    name = "listings"
    verbose_name = "Listings and payments"
    reads_from_replicas = True
    texts_to_translate = "listings.translations.texts"
    private_paths = ("/list-your-practice/",)
    public_paths = ("/list-your-practice/plans/",)

    def ready(self):
        from allauth.account.signals import email_changed, user_logged_in, user_signed_up

        from clinics.models.merging import clinics_merged
        from clinics.verification.proposals import change_approved
        from core import email
        from listings import checks, dashboard, schedules, stamps  # noqa: F401 - core shows and runs what they register
        from listings.accounts.adapter import remember_language
        from listings.accounts.closing import close_approved, end_plans_of_merged
        from listings.accounts.terms import accept_at_sign_up
        from listings.billing import doctor  # noqa: F401 - core runs what it registers
        from listings.billing.contacts import follow_email_change
        from listings.emails.compose import compose
        from listings.models import OwnerLanguage

        user_logged_in.connect(remember_language)
        user_signed_up.connect(accept_at_sign_up)
        email_changed.connect(follow_email_change)
        change_approved.connect(close_approved)
        clinics_merged.connect(end_plans_of_merged)
        email.register("listings", email.Sender(compose))
        email.register_languages(OwnerLanguage.of)
