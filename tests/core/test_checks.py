"""`manage.py doctor`: each thing that can be wrong is broken here in turn, and named in a sentence."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.models import Schedule

from clinics.models import Clinic, Service, ServiceCode, ZipCode
from core import checks
from listings.models import PaymentEvent
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def well(settings, tmp_path, monkeypatch):
    """A deployment with which nothing is wrong."""
    settings.SECRET_KEY = "x7Lq2m9Zr4Tn8Wc1Vb6Ys3Kd5Pf0Hg-Ja_Ue.Io,Ql;Mx:Nw!Er"
    settings.HTTPS = settings.STAFF_MFA = True
    settings.TRUSTED_PROXIES = 1
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://clinics.example.org", ["clinics.example.org"]
    settings.CONTACT_EMAIL = settings.DEFAULT_FROM_EMAIL = "help@clinics.example.org"
    settings.PAYMENT_GATEWAY, settings.STRIPE_LIVEMODE = "stripe", True
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 31536000, True
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = settings.OPEN_DATA_DIR = tmp_path / "data"
    settings.STATIC_ROOT = settings.BACKUP_DIR = tmp_path
    (tmp_path / "staticfiles.json").write_text("{}")
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)  # the browser tests' own need
    monkeypatch.setattr(checks, "FREE_BYTES", 0)
    monkeypatch.setattr(checks, "FREE_SHARE", 0)
    Schedule.objects.update(next_run=timezone.now() + timedelta(minutes=10))
    make_clinic()
    return settings


def told() -> str:
    return " ".join(sentence for sentences in checks.examine().values() for sentence in sentences)


def test_of_a_deployment_that_is_well_it_says_so(well):
    out = io.StringIO()
    call_command("doctor", stdout=out)
    assert "Nothing is wrong." in out.getvalue()
    assert "WRONG" not in out.getvalue()


def test_whatever_is_wrong_ends_it_with_1_and_a_sentence(well):
    well.DEBUG = True
    out = io.StringIO()
    with pytest.raises(CommandError, match="wrong") as error:
        call_command("doctor", stdout=out)
    assert error.value.returncode == 1
    assert "WRONG  secrets: DEBUG is on" in out.getvalue()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY is short"),
        ({"SECRET_KEY": "REPLACE-ME" + "abcdefghijklmnopqrstuvwxyz" * 3}, "SECRET_KEY is short or a placeholder"),
        ({"HTTPS": False}, "HTTPS is not set"),
        ({"SITE_URL": "http://clinics.example.org"}, "is not an https address"),
        ({"SITE_URL": "https://other.example.org"}, "not in ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["*"]}, "allows every name"),
        ({"TRUSTED_PROXIES": 0}, "TRUSTED_PROXIES is not"),
        ({"STAFF_MFA": False}, "STAFF_MFA is off"),
        ({"CONTACT_EMAIL": ""}, "CONTACT_EMAIL is not set"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "Mail goes nowhere"),
        ({"DEFAULT_FROM_EMAIL": "webmaster@localhost"}, "which others refuse"),
        ({"PAYMENT_GATEWAY": "development"}, "Payments are invented"),
        ({"STRIPE_WEBHOOK_SECRETS": []}, "what was paid would not be noticed"),
        ({"STRIPE_LIVEMODE": False}, "is a key for tests"),
        ({"MEDIA_ROOT": "/proc/uploads"}, "The folder of the uploads, /proc/uploads, cannot be written"),
        ({"STATIC_ROOT": "/nowhere"}, "static files are not collected"),
        ({"BACKUP_DIR": "/nowhere"}, "There is no backup"),
        ({"SECURE_HSTS_SECONDS": 0}, "SECURE_HSTS_SECONDS"),
    ],
)
def test_a_setting_that_is_wrong_is_named(well, changes, sentence):
    for name, value in changes.items():
        setattr(well, name, value)
    assert sentence in told()


def test_a_backup_that_is_old_is_named(well, tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "BACKUP_HOURS", -1)
    assert "hours old" in told()


def test_a_mail_server_that_does_not_answer_is_named(well):
    well.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    well.EMAIL_HOST, well.EMAIL_PORT = "127.0.0.1", 9
    assert "The mail server does not answer" in told()


def test_a_full_disk_is_named(well, monkeypatch):
    monkeypatch.setattr(checks, "FREE_BYTES", 10**18)
    assert "The disk is nearly full" in told()


def test_an_empty_directory_is_named(well):
    ZipCode.objects.filter(code__gte="1").delete()
    ServiceCode.objects.all().delete()
    Service.objects.all().delete()
    Clinic.objects.all().delete()
    said = told()
    assert "ZIP codes are loaded, which is too few" in said
    assert "The code book of services is not loaded" in said
    assert "No clinic is listed" in said


def test_the_invented_clinics_of_the_demo_are_named(well):
    make_clinic(is_demo=True)
    assert "their numbers are invented" in told()


def test_a_worker_that_does_not_run_is_named(well):
    Schedule.objects.update(next_run=timezone.now() - timedelta(minutes=40))
    assert "the first has been due for 40 minutes" in told()


def test_money_that_waits_is_named(well):
    old = timezone.now() - timedelta(hours=1)
    PaymentEvent.objects.create(id="evt_1", type="x", payload={}, livemode=False, received_at=old)
    assert "1 messages about payments are not applied" in told()


def test_a_password_that_is_the_name_is_named(well):
    User.objects.create_superuser("admin", password="admin")
    assert "The password of admin is the name of the account" in told()


def test_a_migration_that_was_not_applied_is_named(well):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'articles'"
            " AND name = (SELECT max(name) FROM django_migrations WHERE app = 'articles')"
        )
    assert "1 migrations are not applied" in told()


def test_clocks_that_disagree_are_named(well, monkeypatch):
    monkeypatch.setattr(checks, "CLOCK_SECONDS", -1)
    assert "seconds apart" in told()


def test_a_cache_that_keeps_nothing_is_named(well):
    well.CACHES = well.CACHES | {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert "The cache keeps nothing" in told()


def test_a_database_that_does_not_answer_is_one_sentence(well, monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(connection, "ensure_connection", away)
    assert checks.examine()["database"] == ["The database does not answer. Check DATABASE_URL, and that it runs."]
