"""/metrics: for this machine alone, with what the dashboard and the alerts name."""

import json
import math
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from clinics.models import Correction, ImportRun
from core.backups import STAMP
from core.models import RestoreCheck
from listings.models import PaymentEvent
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
MONITORING = settings.BASE_DIR / "deploy" / "monitoring"


def figures(client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


@pytest.mark.parametrize(
    "headers",
    [{"x-forwarded-for": "127.0.0.1"}, {"forwarded": "for=127.0.0.1"}, {"via": "1.1 proxy"}, {"x-real-ip": "::1"}],
)
def test_nobody_gets_the_metrics_through_a_proxy(client, headers):
    assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("", 200), ("10.0.0.5", 404), ("203.0.113.9", 404)]
)
def test_the_metrics_are_for_this_machine_alone(client, address, status):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


def test_latency_is_counted_by_view_and_never_by_what_was_typed(client):
    client.get("/clinics/?near=21202")
    client.get("/83555/")
    found = figures(client)
    assert found['waypost_request_seconds_count{view="clinics:clinic_list"}'] >= 1
    assert found['waypost_requests_total{status="404",view="-"}'] >= 1
    names = " ".join(found)  # a figure may have any digits
    assert "83555" not in names
    assert "21202" not in names


def test_the_work_queues_are_counted_with_the_age_of_the_oldest_row(client):
    clinic = make_clinic()
    now = timezone.now()
    Correction.objects.create(clinic=clinic, problem="moved", created_at=now - timedelta(hours=5))
    Correction.objects.create(clinic=clinic, problem="closed")
    PaymentEvent.objects.create(
        id="evt_1", type="x", payload={}, livemode=False, received_at=now - timedelta(minutes=40)
    )
    ImportRun.objects.create(
        file_name="a.csv", source="samhsa-directory", status="applied", started_at=now - timedelta(days=10)
    )
    found = figures(client)
    assert found['waypost_waiting{queue="correction"}'] == 2
    assert found['waypost_oldest_seconds{queue="correction"}'] == pytest.approx(5 * 3600, abs=60)
    assert found["waypost_payment_events_waiting"] == 1
    assert found['waypost_import_age_seconds{source="samhsa-directory"}'] == pytest.approx(864_000, abs=60)
    assert found["waypost_clinics_listed"] == 1
    assert found["waypost_stale_share"] == 1
    assert found["waypost_database_up"] == 1


def test_the_age_of_the_last_backup_and_of_the_last_good_trial_of_it_are_told(client, settings, tmp_path):
    settings.BACKUP_DIR, now = tmp_path, timezone.now()
    found = figures(client)
    assert found["waypost_backup_age_seconds"] == found["waypost_restore_check_age_seconds"] == math.inf
    for hours in (20, 44):
        (tmp_path / f"clinics-{(now - timedelta(hours=hours)).strftime(STAMP)}.dump").touch()
    (tmp_path / f"clinics-{now.strftime(STAMP)}.dump.part").touch()  # of a run that failed
    RestoreCheck.objects.create(dump="a", checked_at=now - timedelta(days=9))
    RestoreCheck.objects.create(dump="b", checked_at=now - timedelta(days=2), problem="the table clinic is missing")
    found = figures(client)
    assert found["waypost_backup_age_seconds"] == pytest.approx(20 * 3600, abs=60)
    assert found["waypost_restore_check_age_seconds"] == pytest.approx(9 * 86400, abs=60)
    assert found["waypost_restore_check_failed"] == 1


def test_without_a_database_that_is_the_only_metric_of_the_tables(client, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr("core.dashboard.Queue.waiting", away)
    assert figures(client)["waypost_database_up"] == 0


def exported(client) -> set[str]:
    client.get("/")
    names = {re.split("[{ ]", name)[0] for name in figures(client)}
    return names | {re.sub("_(total|count|sum|bucket)$", "", name) for name in names}


@pytest.mark.parametrize("file", ["dashboard.json", "alerts.yml"])
def test_the_dashboard_and_the_alerts_name_only_what_is_exported(client, file):
    ImportRun.objects.create(file_name="a.csv", source="samhsa-directory", status="applied")
    named = set(re.findall(r"waypost_\w+", (MONITORING / file).read_text()))
    assert len(named) >= 8
    assert named <= exported(client)


def test_everything_that_is_exported_is_on_the_dashboard(client):
    ImportRun.objects.create(file_name="a.csv", source="samhsa-directory", status="applied")
    text = json.dumps(json.loads((MONITORING / "dashboard.json").read_text()))
    families = {re.sub("_(total|count|sum|bucket|created)$", "", name) for name in exported(client)}
    assert {name for name in families if name.startswith("waypost_") and name not in text} == set()


def test_a_collector_asks_by_ip_address_and_without_https(client, settings):
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["clinics.example.org"]
    assert client.get("/metrics", headers={"host": "127.0.0.1:9120"}).status_code == 200
    assert client.get("/", headers={"host": "127.0.0.1:9120"}).status_code == 400
