"""Pages that are the same for everyone who asks for their address, so that a proxy may keep them for a minute."""

from functools import wraps

from django.conf import settings
from django.views.decorators.http import conditional_page

# A closed clinic or a new number shows everywhere after a minute; until then the web server answers a page that many
# ask for without a worker. Browsers ask each time, by the ETag, or their minute would come on top. Whoever is logged
# in asks past every cache and sees their own change at once.
SHARED = "public, max-age=0, s-maxage=60"
OWN = "private, max-age=60"  # of a search: kept by the reader's browser for the way back, by nobody in between
FRESH = "private, no-cache"


def shared_page(view):
    """The page of `view` with an ETag, by which a cache asks whether it changed, and with word of who may keep it."""

    @conditional_page
    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if response.status_code == 200 and "Cache-Control" not in response:
            response["Cache-Control"] = who_may_keep(request, response)
        return response

    return answer


def who_may_keep(request, response) -> str:
    """The Cache-Control of a page. What an address asks for may tell of a search: with a query it is nobody else's."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return FRESH
    has_token = "CSRF_COOKIE_NEEDS_UPDATE" in request.META  # Django's word that the page holds a form of this reader's
    is_same_for_all = not request.META.get("QUERY_STRING") and not response.cookies and not has_token
    return SHARED if is_same_for_all else OWN
