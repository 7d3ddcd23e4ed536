from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.shortcuts import render

RETRY_SECONDS = 600
# The process is alive, which is not the same as ready; and the site's own people may need to look.
STILL_ANSWERED = ("/healthz", "/admin/")


class Maintenance:
    """MAINTENANCE=1: every page for readers is a 503 with the helplines, and no database is asked for it."""

    def __init__(self, get_response):
        if not settings.MAINTENANCE:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith(STILL_ANSWERED):
            return self.get_response(request)
        # Whether the directory is a demo is a question to the database, so it is answered here.
        response = render(request, "503.html", {"directory_is_demo": False, "is_error": True}, status=503)
        response["Retry-After"] = RETRY_SECONDS
        response["Cache-Control"] = "no-store"
        return response
