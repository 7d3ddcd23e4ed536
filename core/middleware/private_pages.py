"""Pages about one person: never kept by a cache, closed after a while, able to post under the site's strict policy."""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.utils.translation import get_language_from_path

PERSONAL = ("/account/", "/list-your-practice/", "/fake-stripe/")
PUBLIC = ("/list-your-practice/plans/",)
BEGAN, SEEN = "began", "seen"  # in a session: seconds since 1970
NOTED_EVERY = 60  # seconds; a session is not written for every click


def is_personal(request) -> bool:
    path = request.path_info
    if language := get_language_from_path(path):
        path = path.removeprefix(f"/{language}")
    return path.startswith(PERSONAL) and not path.startswith(PUBLIC)


def personal_pages(get_response):
    """Under no-referrer a browser posts "Origin: null", which the check against forged requests refuses."""

    def answer(request):
        personal = is_personal(request)
        # A reader's page asks no session, not even that of an owner who reads.
        if (personal or request.path_info.startswith("/admin/")) and settings.SESSION_COOKIE_NAME in request.COOKIES:
            end_if_too_old(request)
        response = get_response(request)
        if personal:
            response.headers["Cache-Control"] = "no-store, private"
            response.headers["Referrer-Policy"] = "same-origin"
        return response

    return answer


def end_if_too_old(request) -> None:
    """Log out who was away for SESSION_IDLE_SECONDS, or came SESSION_COOKIE_AGE seconds ago, however busy since."""
    if not request.user.is_authenticated:
        return
    now, session = int(time.time()), request.session
    began, seen = session.get(BEGAN, now), session.get(SEEN, now)
    was_ahead = began > now or seen > now  # the clock: what it wrote then would keep the session open for as long
    began, seen = min(began, now), min(seen, now)
    if now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif BEGAN not in session or was_ahead or now - seen > NOTED_EVERY:
        session[BEGAN], session[SEEN] = began, now
