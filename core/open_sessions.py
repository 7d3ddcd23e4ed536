"""Where a user is logged in: that user sees it, and can end it.

Not allauth's user sessions: they store the network address and the browser of each.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.middleware.private_pages import BEGAN, LAST_USED


@dataclass(frozen=True)
class OpenSession:
    """A session that has not ended: when it began, and when it was last used, to the minute."""

    key: str
    began_at: datetime
    last_used_at: datetime


def open_sessions(user) -> list[OpenSession]:
    """Those of `user`, the one used last first.

    The table does not say whose a session is, so this reads all of the site that have not expired, which are those of
    the last SESSION_COOKIE_AGE seconds.
    """
    now, found = int(time.time()), []
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        stored = session.get_decoded()
        last_used = min(stored.get(LAST_USED, now), now)
        if stored.get(SESSION_KEY) == str(user.pk) and now - last_used <= settings.SESSION_IDLE_SECONDS:
            began = min(stored.get(BEGAN, now), now)
            found.append(OpenSession(session.session_key, _moment(began), _moment(last_used)))
    return sorted(found, key=lambda session: session.last_used_at, reverse=True)


def end_sessions(user, *, but: str) -> int:
    """End all sessions of `user` but the one with this key; return how many those were."""
    others = [session.key for session in open_sessions(user) if session.key != but]
    Session.objects.filter(session_key__in=others).delete()
    return len(others)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
