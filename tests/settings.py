"""The settings of the tests: the same site, with a database of their own."""

from config.settings import *  # noqa: F403

DEBUG = False
# Invented money, whatever the environment says; a test that needs another gateway says so.
PAYMENT_GATEWAY, STRIPE_LIVEMODE = "development", False
STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRETS = "sk_test_development", ["whsec_test"]
PHONE_CODES = "off"  # nobody is called; a test that needs calls says so
# Whatever the environment says; and the linter for `make check`, which no site runs.
INSTALLED_APPS = [*dict.fromkeys([*INSTALLED_APPS, "listings.fake_stripe", "django_migration_linter"])]  # noqa: F405
MIGRATION_LINTER_OPTIONS = {
    "exclude_apps": ["admin", "auth", "contenttypes", "sessions", "django_q", "account", "mfa", "fake_stripe"],
    # Before the first release there is no older release that reads what these take away.
    "ignore_name": [
        "0006_plain_column_names",
        "0005_mails_are_in_core",
        "0004_mails_are_in_core",
        "0007_plain_column_names",
        "0008_report_status",
        "0003_status",
        "0009_decisions_are_statuses",
        "0029_points_of_old_lists",  # of a table that is new in the same release
        "0011_one_open_plan_a_listing",  # of a small table, whose double rows the migration before has marked
        "0013_next_versions",  # of a small table: some hundred articles
    ],
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a test logs in often; nothing is kept
STORAGES = STORAGES | {  # noqa: F405 - a test of a page needs no collected files
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_AUTOREFRESH = True
