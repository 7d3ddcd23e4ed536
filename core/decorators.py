"""What a view says about itself: that it is only read, has a form, or is the same for everybody."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page

READING = ("GET", "HEAD")
# A closed clinic or a new number shows everywhere after a minute; until then the web server answers for a popular page
# without a worker. Browsers ask each time, by the ETag, or their minute would be added. A user who is logged in passes
# every cache and sees their own change at once.
SHARED = "public, max-age=0, s-maxage=60"
OWN = "private, max-age=60"  # of a search: stored by the reader's browser for the way back, and by no proxy
NOT_STORED = "private, no-cache"
Parameters = ParamSpec("Parameters")  # of a view


def read_only(view):
    """A page that is only read: anything but GET and HEAD is a 405 with a next step.

    Exempt from the check against forged requests, which would answer first, with a sentence about cookies.
    """

    @csrf_exempt
    @wraps(view)
    def answer(request, *args, **kwargs):
        if request.method in READING:
            return view(request, *args, **kwargs)
        response = render(request, "405.html", {"is_error": True}, status=405)
        response["Allow"] = ", ".join(READING)
        return response

    return answer


def same_origin_form(view: Callable[Parameters, HttpResponseBase]) -> Callable[Parameters, HttpResponseBase]:
    """A page with a form that posts to this site.

    Under no-referrer a browser posts "Origin: null", which the check against forged requests refuses.
    """

    @wraps(view)
    def answer(*args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response["Referrer-Policy"] = "same-origin"
        return response

    return answer


def shared_page(view):
    """A page that is the same for everyone at its address, with an ETag: a proxy may store it for a minute."""

    @conditional_page
    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if response.status_code == 200 and "Cache-Control" not in response:
            response["Cache-Control"] = cache_control(request, response)
        return response

    return answer


def cache_control(request, response) -> str:
    """The Cache-Control of a page. A query may be a search, so a page with one is this reader's alone."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return NOT_STORED
    has_token = "CSRF_COOKIE_NEEDS_UPDATE" in request.META  # Django sets it for a page with a form of this reader's
    is_same_for_all = not request.META.get("QUERY_STRING") and not response.cookies and not has_token
    return SHARED if is_same_for_all else OWN
