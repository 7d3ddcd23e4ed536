"""Where a person is logged in: seen, and ended, by that person."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.middleware.private_pages import BEGAN, SEEN


@dataclass(frozen=True)
class OpenSession:
    """A log-in that still holds: when it began, and when it was used, to the minute."""

    key: str
    began_at: datetime
    seen_at: datetime


def open_sessions(user) -> list[OpenSession]:
    """Those of `user`, the one used last first.

    Nothing in the table tells whose a session is, so all that have not expired are read: those of the last 12 hours.
    """
    now, found = int(time.time()), []
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        kept = session.get_decoded()
        seen = min(kept.get(SEEN, now), now)
        if kept.get(SESSION_KEY) == str(user.pk) and now - seen <= settings.SESSION_IDLE_SECONDS:
            began = min(kept.get(BEGAN, now), now)
            found.append(OpenSession(session.session_key, _moment(began), _moment(seen)))
    return sorted(found, key=lambda one: one.seen_at, reverse=True)


def end_sessions(user, *, but: str) -> int:
    """Log `user` out everywhere else: every session but the one with this key. How many that were."""
    others = [session.key for session in open_sessions(user) if session.key != but]
    Session.objects.filter(session_key__in=others).delete()
    return len(others)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
