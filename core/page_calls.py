"""Calls to other servers while somebody waits for a page: one deadline for all of a page, and few pages at once.

A web process has few threads (config/gunicorn.py), and searches need them too: while another server is slow, most of
them stay free. Jobs and commands have no page and are not limited.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from threading import BoundedSemaphore

from django.http import HttpRequest, HttpResponse

PAGE_SECONDS = 10.0  # from the first call of a page to the end of its last
MOST_PAGES = 2  # of a process that wait for other servers at the same time
PLACES = BoundedSemaphore(MOST_PAGES)


class TooBusy(Exception):  # noqa: N818 - a state, not a mistake of ours
    """Too many pages wait already, or this page has waited long enough."""


class _Page:
    """A page that is made just now; `until` when it may wait, in seconds of time.monotonic(), once it has a place."""

    until: float | None = None


_page: ContextVar[_Page | None] = ContextVar("page", default=None)


def seconds_for_call(usual_seconds: float) -> float:
    """How long the next call may take. Raises TooBusy, at once, if the page may not make it."""
    page = _page.get()
    if page is None:
        return usual_seconds
    if page.until is None:
        if not PLACES.acquire(blocking=False):
            raise TooBusy
        page.until = time.monotonic() + PAGE_SECONDS
    left = page.until - time.monotonic()
    if left <= 0:
        raise TooBusy
    return min(usual_seconds, left)


def limit_page_calls(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a page keeps its place from its first call until it is answered, so it never loses it in between."""

    def answer(request: HttpRequest) -> HttpResponse:
        page = _Page()
        token = _page.set(page)
        try:
            return get_response(request)
        finally:
            _page.reset(token)
            if page.until is not None:
                PLACES.release()

    return answer
