"""/metrics, for a collector on this machine alone: latency by view, and what waits, in Prometheus' text format.

Each process counts for itself in files of PROMETHEUS_MULTIPROC_DIR (config/gunicorn.py); the process that answers adds
them up. Without that folder, as in a test, there is one process. Each app registers gauges of its own tables.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from django.db import Error, connection
from django.http import HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from core import dashboard

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
    registry.register(Tables())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def is_from_this_machine(request) -> bool:
    """Over loopback or a Unix socket. A proxy on this machine comes from there too, but sets one of these headers."""
    if any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")):
        return False
    address = request.META["REMOTE_ADDR"]
    return not address or ip_address(address).is_loopback


@dataclass(frozen=True)
class Gauge:
    """A number that is asked for when somebody looks; with a `label`, {its value: a number}."""

    name: str
    description: str
    value: Callable[[], float | dict[str, float]]
    label: str = ""

    def family(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(self.name, self.description, labels=[self.label] if self.label else [])
        value = self.value()
        if isinstance(value, dict):
            for label, number in value.items():
                family.add_metric([label], number)
        else:
            family.add_metric([], value)
        return family


_gauges: dict[str, Gauge] = {}


def register(*gauges: Gauge) -> None:
    _gauges.update({gauge.name: gauge for gauge in gauges})


class Tables:
    """What the tables say now: about twenty small queries."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("waypost_database_up", "1 if the database answers")
        try:
            families = [*self.work_queues(), *self.jobs(), *(gauge.family() for gauge in _gauges.values())]
        except Error:
            connection.close()
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield from (up, *families)

    def work_queues(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        waiting = GaugeMetricFamily("waypost_waiting", "Rows that wait for a person", labels=["queue"])
        oldest = GaugeMetricFamily("waypost_oldest_seconds", "How long the oldest of them waits", labels=["queue"])
        for queue in dashboard.queues():
            count, since = queue.waiting()
            waiting.add_metric([queue.name], count)
            oldest.add_metric([queue.name], max(0.0, (now - since).total_seconds()) if since else 0)
        yield from (waiting, oldest)

    def jobs(self) -> Iterator[GaugeMetricFamily]:
        jobs = dashboard.Jobs.now()
        for name, description, value in (
            ("waypost_jobs_queued", "Jobs that wait for a worker", jobs.queued),
            ("waypost_jobs_failed", "Jobs that failed in the last day", jobs.failed),
            ("waypost_schedule_late_seconds", "How long the most belated schedule was due", jobs.late_seconds),
            ("waypost_jobs_silent_seconds", "How long no job has ended", jobs.silence.total_seconds()),
        ):
            yield GaugeMetricFamily(name, description, value=value)


register(Gauge("waypost_mails_waiting", "Mails not handed over yet", dashboard.mails_waiting))
