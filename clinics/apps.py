from django.apps import AppConfig


class ClinicsConfig(AppConfig):
    name = "clinics"
    verbose_name = "Directory of clinics"
    reads_from_replicas = True
    texts_to_translate = "clinics.translations.texts"
    disallowed_to_robots = (
        "/clinics/?",
        "/clinics/compare/",
        "/clinics/map/",
        "/tonight/?",
        "/pharmacies/?",
        "/pharmacies/report/",
        "/clinics/*/report/",
        "/t/",
    )

    def ready(self):
        from clinics import checks, dashboard, schedules, stamps  # noqa: F401 - core shows and runs what they register
        from clinics.locations import receivers  # noqa: F401 - places clinics that were merged
        from clinics.verification.mails import compose
        from clinics.verification.reconfirmation import record_bounce
        from core import email

        email.register("clinics", email.Sender(compose, refused=record_bounce))

    def why_not_ready(self) -> str:
        """Asks the primary, which /readyz is about, even where readers' pages are read from replicas."""
        zip_codes = self.get_model("ZipCode")._default_manager.using("default")
        return "" if zip_codes.exists() else "the ZIP codes are not loaded"
