"""Pages about one person: never stored by a cache, closed after a while, able to post under the site's strict policy.

Each app's AppConfig names the beginnings of their addresses in `private_paths`, and exceptions in `public_paths`.
"""

import time
from functools import cache
from urllib.parse import parse_qs, urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.utils.translation import get_language_from_path
from django.utils.translation import gettext as _

BEGAN, LAST_USED = "began", "seen"  # keys of a session: seconds since 1970
WRITTEN_EVERY_SECONDS = 60  # a session is not written for every click
BY_ITSELF = "X-By-Itself"  # header of what a page asks without anybody at the keys: no use of the session


@cache
def _paths(name: str) -> tuple[str, ...]:
    return tuple(path for app in apps.get_app_configs() for path in getattr(app, name, ()))


def is_private(request) -> bool:
    path = request.path_info
    if language := get_language_from_path(path):
        path = path.removeprefix(f"/{language}")
    return path.startswith(_paths("private_paths")) and not path.startswith(_paths("public_paths"))


def private_pages(get_response):
    """Under no-referrer a browser posts "Origin: null", which the check against forged requests refuses."""

    def answer(request):
        private = is_private(request)
        # A reader's page asks for no session, not even for that of an owner who reads.
        if (private or request.path_info.startswith("/admin/")) and settings.SESSION_COOKIE_NAME in request.COOKIES:
            end_expired_session(request)
        response = get_response(request)
        if private and was_sent_to_log_in(request, response):
            # What was typed may be about patients or money, so it is not kept for whoever logs in next.
            said = _("You were logged out, so what you sent was not saved. Log in and send it again.")
            how = _("To keep what you typed, go back in your browser first and copy it.")
            messages.warning(request, f"{said} {how}")
        if private:
            response.headers["Cache-Control"] = "no-store, private"
            response.headers["Referrer-Policy"] = "same-origin"
        return response

    return answer


def was_sent_to_log_in(request, response) -> bool:
    """Whether somebody sent a form who is not logged in any more: the log-in leads back to its address."""
    if request.method != "POST" or response.status_code != 302 or request.user.is_authenticated:
        return False
    return parse_qs(urlsplit(response["Location"]).query).get("next") == [request.get_full_path()]


def end_expired_session(request) -> None:
    """Log out a user who was idle for SESSION_IDLE_SECONDS, or logged in SESSION_COOKIE_AGE seconds ago."""
    if not request.user.is_authenticated:
        return
    now, session = int(time.time()), request.session
    began, last_used = session.get(BEGAN, now), session.get(LAST_USED, now)
    clock_was_ahead = began > now or last_used > now  # those times would keep the session open for as long
    began, last_used = min(began, now), min(last_used, now)
    is_used = BY_ITSELF not in request.headers
    if now - last_used > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif BEGAN not in session or clock_was_ahead or (is_used and now - last_used > WRITTEN_EVERY_SECONDS):
        session[BEGAN], session[LAST_USED] = began, now
