from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate, post_save


class CoreConfig(AppConfig):
    """What core asks of the AppConfig of each app of ours, all of it optional:

    `private_paths` and `public_paths` (core/middleware/private_pages.py), `disallowed_to_robots` and `why_not_ready()`
    (core/views.py), `texts_to_translate` (core/translations.py), `reads_from_replicas` (core/replicas.py).
    """

    name = "core"
    private_paths = ("/account/",)

    def ready(self):
        from allauth.mfa.models import Authenticator

        from core import (  # noqa: F401 - they register themselves
            backup_state,
            brand,
            checks,
            email,
            heartbeat,
            schedules,
            security_log,
            sentry,
            staff_invitations,
        )
        from core.form_drafts import stamps  # noqa: F401 - core/clock.py uses what it registers

        brand.site_style_sheet(), brand.site_helplines()  # wrong ones are refused now, not on a page
        security_log.connect()
        post_save.connect(staff_invitations.use, sender=Authenticator)
        email.register("core", email.Sender(staff_invitations.compose))
        post_migrate.connect(schedules.write_schedules, sender=apps.get_app_config("django_q"))
        if settings.SENTRY_DSN:
            sentry.start(settings.SENTRY_DSN)


class StaffAdmin(AdminConfig):
    default_site = "core.staff_site.StaffSite"
