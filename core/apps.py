from importlib.util import find_spec

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core import checks


class CoreConfig(AppConfig):
    name = "core"

    def ready(self):
        from core import brand, security_log, sentry

        checks.register(only_psycopg2, checks.Tags.database)
        brand.site_style_sheet(), brand.site_helplines()  # wrong ones are refused now, not on a page
        security_log.listen()
        if settings.SENTRY_DSN:
            sentry.start(settings.SENTRY_DSN)


class StaffAdmin(AdminConfig):
    default_site = "core.staff_site.StaffSite"


def only_psycopg2(**kwargs) -> list[checks.Error]:
    """Django prefers psycopg 3 in silence wherever it is installed; the site is measured and tested on psycopg2."""
    if find_spec("psycopg") is None:
        return []
    hint = "Uninstall psycopg from this environment."
    return [
        checks.Error("psycopg 3 is installed beside psycopg2, and Django would use it.", hint=hint, id="core.E001")
    ]
