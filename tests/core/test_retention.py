"""How long things are kept: what the privacy page says, compared with the code and the configuration."""

import re

import pytest
from django.conf import settings
from django.db import connection

from articles import own_links
from clinics.models.pharmacies import LATELY_DAYS
from clinics.models.reports import REPORT_DAYS
from core.models import DailySalt, RateCount

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    return " ".join(client.get("/privacy/").content.decode().split())


def read(path: str) -> str:
    return (settings.BASE_DIR / path).read_text()


def test_backups_are_kept_for_as_long_as_the_page_says(page, client, settings):
    assert f"Backups are kept for {settings.BACKUP_DAYS} days" in page
    assert f'days="${{1:-{settings.BACKUP_DAYS}}}"' in read("deploy/postgres/base_backup.sh"), "base backups too"
    settings.BACKUP_DAYS = 5
    assert "Backups are kept for 5 days" in client.get("/privacy/").content.decode()


def test_logs_are_kept_for_as_long_as_the_page_says(page):
    [kept] = re.findall(r"maxage (\d+)", read("deploy/logrotate.conf"))
    assert int(kept) == settings.LOG_DAYS
    assert f"are deleted after {kept} days" in page


def test_the_days_of_reports_and_of_the_random_number_are_those_of_the_code(page):
    assert f"The code is removed after {REPORT_DAYS} days" in page
    assert f"{LATELY_DAYS} days after that day" in page
    assert f"a link to your comment. It works for {own_links.LIFETIME.days} days" in page
    assert f"the random number within {DailySalt.KEPT_DAYS} days of it" in page


def test_counts_against_floods_are_in_no_backup():
    """An unlogged table is in no archive, base backup or dump, and on no replica."""
    tables = [RateCount._meta.db_table, DailySalt._meta.db_table, settings.CACHES["default"]["LOCATION"]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, relpersistence FROM pg_class WHERE relname = ANY (%s)", [tables])
        assert dict(cursor.fetchall()) == dict.fromkeys(tables, "u")
