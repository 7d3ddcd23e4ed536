from django.apps import AppConfig


class ClinicsConfig(AppConfig):
    name = "clinics"
    verbose_name = "Directory of clinics"

    def ready(self):
        from clinics import checks, dashboard, schedules  # noqa: F401 - core shows and runs what they register
