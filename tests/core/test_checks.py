"""The checks of a deployment: each thing that can be wrong is broken in turn and named in a sentence."""

import io
import re
from collections import Counter
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.models import Schedule

from clinics.models import Clinic, Service, ServiceCode, ZipCode
from config import bucket
from core import checks, clock, encryption
from core.backups import STAMP
from core.models import RestoreCheck
from listings.models import PaymentEvent
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def deployment(settings, tmp_path, monkeypatch):
    """A deployment with which nothing is wrong."""
    settings.SECRET_KEY = "x7Lq2m9Zr4Tn8Wc1Vb6Ys3Kd5Pf0Hg-Ja_Ue.Io,Ql;Mx:Nw!Er"
    settings.HTTPS = settings.STAFF_MFA = True
    settings.TRUSTED_PROXIES = 1
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://clinics.example.org", ["clinics.example.org"]
    settings.CONTACT_EMAIL = settings.DEFAULT_FROM_EMAIL = "help@clinics.example.org"
    settings.LEGAL_NAME, settings.LEGAL_ADDRESS = "Example Health, Inc.", "1 Example Street, Baltimore, MD 21202"
    settings.PAYMENT_GATEWAY, settings.STRIPE_LIVEMODE = "stripe", True
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 31536000, True
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = settings.OPEN_DATA_DIR = tmp_path / "data"
    settings.STATIC_ROOT = settings.BACKUP_DIR = tmp_path
    (tmp_path / f"clinics-{timezone.now().strftime(STAMP)}.dump").touch()
    RestoreCheck.objects.create(dump="clinics-of-yesterday.dump")
    (tmp_path / "staticfiles.json").write_text("{}")
    settings.SILENCED_SYSTEM_CHECKS = [*settings.SILENCED_SYSTEM_CHECKS, "async.E001"]  # the browser tests' own need
    monkeypatch.setattr(checks, "FREE_BYTES", 0)
    monkeypatch.setattr(checks, "FREE_SHARE", 0)
    Schedule.objects.update(next_run=timezone.now() + timedelta(minutes=10))
    make_clinic()
    return settings


def sentences() -> str:
    return " ".join(sentence for group in checks.examine().values() for sentence in group)


def test_a_deployment_without_a_problem_is_said_to_have_none(deployment):
    out = io.StringIO()
    call_command("doctor", stdout=out)
    assert "Nothing is wrong." in out.getvalue()
    assert "PROBLEM" not in out.getvalue()


def test_how_many_clinics_stand_at_their_address_is_said_and_no_problem(deployment):
    make_clinic(point_quality="zip")
    out = io.StringIO()
    call_command("doctor", stdout=out)
    assert "note     points of clinics: 1 of 2 listed clinics (50%) stand at their own address" in out.getvalue()


def test_a_problem_is_a_sentence_and_exit_code_1(deployment):
    deployment.DEBUG = True
    out = io.StringIO()
    with pytest.raises(CommandError, match="wrong") as error:
        call_command("doctor", stdout=out)
    assert error.value.returncode == 1
    assert "PROBLEM  secrets: DEBUG is on" in out.getvalue()


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
        ({"LEGAL_ADDRESS": ""}, "LEGAL_NAME or LEGAL_ADDRESS is not set"),
        ({"CONTACT_EMAIL": ""}, "CONTACT_EMAIL is not set"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "Mail goes nowhere"),
        ({"DEFAULT_FROM_EMAIL": "webmaster@localhost"}, "which others refuse"),
        ({"PAYMENT_GATEWAY": "development"}, "Payments are invented"),
        ({"STRIPE_WEBHOOK_SECRETS": []}, "what was paid would not be noticed"),
        ({"STRIPE_LIVEMODE": False}, "is a key for tests"),
        ({"MEDIA_ROOT": "/proc/uploads"}, "The folder of the uploads, /proc/uploads, cannot be written"),
        ({"STATIC_ROOT": "/nowhere"}, "static files are not collected"),
        ({"BACKUP_DIR": "/nowhere"}, "There is no backup"),
        ({"BACKUP_RECIPIENT": "age1…"}, "The settings are in no backup. BACKUP_RECIPIENT is no public key of age"),
        ({"SECURE_HSTS_SECONDS": 0}, "SECURE_HSTS_SECONDS"),
    ],
)
def test_a_wrong_setting_is_named(deployment, changes, sentence):
    for name, value in changes.items():
        setattr(deployment, name, value)
    assert sentence in sentences()


def test_an_old_backup_is_named_and_only_a_dump_is_one(deployment, tmp_path):
    [dump] = tmp_path.glob("*.dump")
    old = timezone.now() - timedelta(hours=30)
    dump.rename(tmp_path / f"clinics-{old.strftime(STAMP)}.dump")
    (tmp_path / f"clinics-{timezone.now().strftime(STAMP)}.dump.part").touch()  # of a run that failed
    assert "The last backup is 30 hours old" in sentences()


def test_a_backup_that_was_not_restored_on_trial_is_named(deployment):
    RestoreCheck.objects.update(checked_at=timezone.now() - timedelta(days=10))
    assert "No backup was restored on trial in the last 9 days" in sentences()
    RestoreCheck.objects.create(dump="clinics-x.dump", problem="public.clinic has 500 rows in the dump and 7")
    assert "clinics-x.dump failed its trial: public.clinic has 500 rows" in sentences()


def test_a_machine_without_the_program_that_encrypts_the_settings_is_named(deployment, monkeypatch):
    deployment.BACKUP_RECIPIENT = "age1…"
    monkeypatch.setenv("PATH", "/nowhere")
    assert "age, which encrypts the settings, is not on this machine" in sentences()


def test_each_check_has_an_id_of_its_own():
    """SILENCED_SYSTEM_CHECKS names a check by its id."""
    apps = [settings.BASE_DIR / name for name in ("core", "clinics", "listings", "articles", "config")]
    sources = [path.read_text() for app in apps for path in app.rglob("*.py")]
    used = Counter(found for source in sources for found in re.findall(r'\bid="(\w+\.[EW]\d{3})"', source))
    assert len(used) > 40
    assert [found for found, times in used.items() if times > 1] == []


def test_a_silent_mail_server_is_named(deployment):
    deployment.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    deployment.EMAIL_HOST, deployment.EMAIL_PORT = "127.0.0.1", 9
    assert "The mail server does not answer" in sentences()


def test_a_full_disk_is_named(deployment, monkeypatch):
    monkeypatch.setattr(checks, "FREE_BYTES", 10**18)
    assert "The disk is nearly full" in sentences()


def test_an_empty_directory_is_named(deployment):
    ZipCode.objects.filter(code__gte="1").delete()
    ServiceCode.objects.all().delete()
    Service.objects.all().delete()
    Clinic.objects.all().delete()
    found = sentences()
    assert "ZIP codes are loaded, which is too few" in found
    assert "The code book of services is not loaded" in found
    assert "No clinic is listed" in found


def test_the_invented_clinics_of_the_demo_are_named(deployment):
    make_clinic(is_demo=True)
    assert "their numbers are invented" in sentences()


def test_a_worker_that_does_not_run_is_named(deployment):
    Schedule.objects.update(next_run=timezone.now() - timedelta(minutes=40))
    assert "the first has been due for 40 minutes" in sentences()


def test_a_payment_that_is_not_applied_is_named(deployment):
    old = timezone.now() - timedelta(hours=1)
    PaymentEvent.objects.create(id="evt_1", type="x", payload={}, livemode=False, received_at=old)
    assert "1 messages about payments are not applied" in sentences()


def test_a_password_equal_to_the_user_name_is_named(deployment):
    User.objects.create_superuser("admin", password="admin")
    assert "The password of admin is the name of the account" in sentences()


def test_a_second_factor_that_no_key_reads_is_named(deployment):
    user = User.objects.create_user("ana")
    Authenticator.objects.create(user=user, type="totp", data={"secret": encryption.encrypt("x")})
    assert "second factors" not in sentences()
    deployment.SECRET_KEY = "another key, fifty characters long, of this site 01"
    assert "1 second factors cannot be read" in sentences()


def test_a_migration_that_is_not_applied_is_named(deployment):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'articles'"
            " AND name = (SELECT max(name) FROM django_migrations WHERE app = 'articles')"
        )
    assert "1 migrations are not applied" in sentences()


def test_clocks_that_differ_are_named(deployment, monkeypatch):
    monkeypatch.setattr(clock, "CLOCK_SECONDS", -1)
    assert "seconds apart" in sentences()


def test_a_cache_that_stores_nothing_is_named(deployment):
    deployment.CACHES = deployment.CACHES | {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert "The cache keeps nothing" in sentences()


def test_a_database_that_does_not_answer_is_one_sentence(deployment, monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(connection, "ensure_connection", away)
    assert checks.examine()["database"] == ["The database does not answer. Check DATABASE_URL, and that it runs."]


def test_a_database_that_does_not_answer_is_not_asked_again(deployment, monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(connection, "ensure_connection", away)
    assert (
        not {"migrations", "clock", "cache", "jobs", "places", "payment events", "accounts"} & checks.examine().keys()
    )


def test_uploads_in_a_bucket_need_no_folder_on_this_machine(deployment, tmp_path, monkeypatch):
    keys = {"access_key": "key", "secret_key": "secret"}
    deployment.STORAGES = deployment.STORAGES | bucket.storages("clinics", "https://s3.example.org", keys)
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir()) | {tmp_path / "data"}
    assert "folder" not in sentences()
    assert set(tmp_path.iterdir()) == before


def test_django_shows_them_only_where_it_may_look_at_a_database(deployment):
    deployment.DEBUG = True

    def ids(**options) -> set[str]:
        return {message.id for message in run_checks(include_deployment_checks=True, **options)}

    assert "core.W028" in ids(databases=["default"])
    assert "core.W028" not in ids()


def test_each_problem_has_an_id_of_its_own():
    source = "".join((settings.BASE_DIR / app / "checks.py").read_text() for app in ("core", "clinics", "listings"))
    ids = re.findall(r'id="([^"]+)"', source)
    assert len(ids) > 30
    assert len(ids) == len(set(ids))


def test_a_silenced_problem_is_not_named(deployment):
    deployment.DEBUG, deployment.SILENCED_SYSTEM_CHECKS = True, ["core.W028"]
    assert "DEBUG is on" not in sentences()
