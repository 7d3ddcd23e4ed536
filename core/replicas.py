"""Pages for readers read from replicas (REPLICA_URLS); everybody who may have written something, from the primary.

A reader has no cookie: no page for readers sets one. So a GET without any cookie is a reader's, and all others see
what they wrote at once: owners, editors, people who filled in a form, every POST, job and command. A replica that is
late, gone, or no longer a replica is skipped, and the primary answers instead; while the primary is gone, a late
replica is better than none. A page reads from one server throughout. Only models of an app whose AppConfig says
`reads_from_replicas` are read there.
"""

import threading
import time
from contextvars import ContextVar
from functools import cache
from itertools import count

import psycopg2
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import InterfaceError, OperationalError, connections

LAG_KNOWN_SECONDS = 1
RETRY_SECONDS = 5  # before a server that did not answer is tried again

# How late a replica is, in seconds; NULL from a server that is not one. A quiet primary sends nothing to replay, so a
# replica that has replayed all that it received is late only if it is no longer connected.
LAG = """
    SELECT CASE
        WHEN NOT pg_is_in_recovery() THEN NULL
        WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
            AND EXISTS (SELECT FROM pg_stat_get_wal_receiver() WHERE pid IS NOT NULL) THEN 0
        ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float, 'infinity')
    END::float
"""

PRIMARY = "default"
UNDECIDED = ""
_chosen: ContextVar[str | None] = ContextVar("database of this page", default=None)  # None: not a reader's page


class Server:
    """What this process knows of the primary or of a replica."""

    def __init__(self, alias: str):
        self.alias, self.gone_until = alias, 0.0
        self._lag_seconds: float | None = None
        self._ask_at, self._asking = 0.0, threading.Lock()

    @property
    def is_gone(self) -> bool:
        """Whether it failed to answer a moment ago."""
        return time.monotonic() < self.gone_until

    def give_up(self) -> None:
        self.gone_until = time.monotonic() + RETRY_SECONDS

    def lag_seconds(self) -> float | None:
        """How late the replica was a second ago; None if it cannot be used. One thread asks, others do not wait."""
        if not self.is_gone and time.monotonic() >= self._ask_at and self._asking.acquire(blocking=False):
            try:
                self._lag_seconds = self._ask()
                self._ask_at = time.monotonic() + LAG_KNOWN_SECONDS
            finally:
                self._asking.release()
        return None if self.is_gone else self._lag_seconds

    def _ask(self) -> float | None:
        try:
            with connections[self.alias].cursor() as cursor:
                cursor.execute(LAG)
                return cursor.fetchone()[0]
        except (OperationalError, InterfaceError):
            connections[self.alias].close()
            self.give_up()
            return None


@cache
def servers() -> dict[str, Server]:
    """{alias: what this process knows of the server}, for as long as the process lives."""
    return {alias: Server(alias) for alias in settings.DATABASES}


_turns = count()


def choose() -> str:
    """The next of the replicas that are on time, else the primary; while that is gone, the least late replica."""
    asked = {alias: server.lag_seconds() for alias, server in servers().items() if alias != PRIMARY}
    lags = {alias: lag for alias, lag in asked.items() if lag is not None}
    on_time = [alias for alias, lag in lags.items() if lag <= settings.REPLICA_MAX_LAG_SECONDS]
    if on_time:
        return on_time[next(_turns) % len(on_time)]
    return min(lags, key=lambda alias: lags[alias]) if lags and servers()[PRIMARY].is_gone else PRIMARY


class ReaderRouter:
    def db_for_read(self, model, **hints):
        if _chosen.get() is None or not getattr(model._meta.app_config, "reads_from_replicas", False):
            return PRIMARY
        if _chosen.get() == UNDECIDED:
            _chosen.set(choose())
        return _chosen.get()

    def db_for_write(self, model, **hints):
        if _chosen.get() is not None:
            _chosen.set(PRIMARY)  # what is read next may be what is written now
        return PRIMARY

    def allow_relation(self, one, other, **hints):
        return True  # they are copies of one database

    def allow_migrate(self, db, app_label, **hints):
        return db == PRIMARY


class ReaderPages:
    """Decides which requests are a reader's, and asks another server when one dies during a request."""

    def __init__(self, get_response):
        if not settings.REPLICA_URLS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request):
        is_reader = request.method in ("GET", "HEAD") and "cookie" not in request.headers
        token = _chosen.set(UNDECIDED if is_reader else None)
        try:
            return self.get_response(request)
        finally:
            _chosen.reset(token)

    def process_exception(self, request, exception):
        alias, cause = _chosen.get(), exception.__cause__
        if not alias or not isinstance(exception, OperationalError | InterfaceError):
            return None
        if isinstance(cause, psycopg2.errors.SerializationFailure):
            _chosen.set(PRIMARY)  # the replica works, but cancelled a query that conflicted with what it replays
        elif isinstance(cause, psycopg2.errors.QueryCanceled):
            return None  # it took too long, and would elsewhere
        else:
            servers()[alias].give_up()
            _chosen.set(choose())
        if _chosen.get() == alias:
            return None
        match = request.resolver_match
        return match.func(request, *match.args, **match.kwargs)
