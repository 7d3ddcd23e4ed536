"""/metrics, for a collector on this machine alone: latency by view, and what waits, in Prometheus' text format.

Every process counts for itself in files of PROMETHEUS_MULTIPROC_DIR (config/gunicorn.py), and whichever is asked adds
them up. Without that folder, as in a test, there is one process.
"""

import os
from ipaddress import ip_address

from django.conf import settings
from django.db import Error, connection
from django.http import HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
REQUESTS = Counter("waypost_requests", "Answers, by view and status", ["view", "status"])
LATENCY = Histogram("waypost_request_seconds", "Seconds from request to answer, by view", ["view"], buckets=SECONDS)


def observe(view: str, status: int, seconds: float) -> None:
    REQUESTS.labels(view, str(status)).inc()
    LATENCY.labels(view).observe(seconds)


def metrics() -> HttpResponse:
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(REGISTRY)
    registry.register(Waiting())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def is_from_this_machine(request) -> bool:
    """Over loopback or a Unix socket. A proxy on this machine comes from there too, so its headers tell it apart."""
    if any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")):
        return False
    address = request.META["REMOTE_ADDR"]
    return not address or ip_address(address).is_loopback


class Waiting:
    """What the tables say, asked when somebody looks: about twenty small queries."""

    def collect(self):
        up = GaugeMetricFamily("waypost_database_up", "1 if the database answers")
        try:
            families = list(self.of_tables())
        except Error:
            connection.close()
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield from (up, *families)

    def of_tables(self):
        from clinics.models import Clinic, Confirmation, FactGroup
        from core import dashboard  # knows all the apps, which are loaded after this module

        now = timezone.now()
        waiting = GaugeMetricFamily("waypost_waiting", "Rows that wait for a person", labels=["queue"])
        oldest = GaugeMetricFamily("waypost_oldest_seconds", "How long the oldest of them waits", labels=["queue"])
        for queue in dashboard.HUMAN:
            count, since = queue.waiting()
            waiting.add_metric([queue.name], count)
            oldest.add_metric([queue.name], (now - since).total_seconds() if since else 0)
        jobs = dashboard.Jobs.now()
        listed = Clinic.objects.listed().count()
        young = timezone.localdate() - timezone.timedelta(days=settings.RECONFIRM_AFTER_DAYS)
        fresh = Confirmation.objects.filter(fact_group=FactGroup.CONTACT, confirmed_on__gte=young)
        fresh = fresh.filter(clinic__in=Clinic.objects.listed()).count()
        imports = GaugeMetricFamily("waypost_import_age_seconds", "Since the last import", labels=["source"])
        for source, started in dashboard.last_imports().items():
            imports.add_metric([source], (now - started).total_seconds())
        yield from (waiting, oldest, imports)
        single = {
            "waypost_jobs_queued": ("Jobs that wait for a worker", jobs.queued),
            "waypost_jobs_failed": ("Jobs that failed in the last day", jobs.failed),
            "waypost_schedule_late_seconds": ("How long the most belated schedule was due", jobs.late_seconds),
            "waypost_payment_events_waiting": ("Payment messages not applied yet", dashboard.late_events().count()),
            "waypost_mails_waiting": ("Mails not handed over yet", dashboard.mails_waiting()),
            "waypost_clinics_listed": ("Clinics that readers can find", listed),
            "waypost_stale_share": (
                "Share of them whose contact nobody confirmed lately, 0 to 1",
                1 - fresh / listed if listed else 0,
            ),
        }
        for name, (words, value) in single.items():
            family = GaugeMetricFamily(name, words)
            family.add_metric([], value)
            yield family
