from importlib.util import find_spec

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core import checks


class ConfigChecks(AppConfig):
    """Registers the checks of the settings themselves."""

    name = "config"

    def ready(self):
        checks.register(only_psycopg2, checks.Tags.database)
        from config import security_log

        security_log.listen()


class StaffAdmin(AdminConfig):
    default_site = "config.staff_site.StaffSite"


def only_psycopg2(**kwargs) -> list[checks.Error]:
    """Django prefers psycopg 3 in silence wherever it is installed; the site is measured and tested on psycopg2."""
    if find_spec("psycopg") is None:
        return []
    hint = "Uninstall psycopg from this environment."
    return [
        checks.Error("psycopg 3 is installed beside psycopg2, and Django would use it.", hint=hint, id="config.E001")
    ]
