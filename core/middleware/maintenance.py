from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.shortcuts import render

RETRY_SECONDS = 600
# Monitoring sees that the process is alive, and staff may need the admin.
STILL_ANSWERED = ("/healthz", "/admin/")


class Maintenance:
    """MAINTENANCE=1: every page for readers is a 503 with the helplines, drawn without a database."""

    def __init__(self, get_response):
        if not settings.MAINTENANCE:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith(STILL_ANSWERED):
            return self.get_response(request)
        response = render(request, "503.html", {"is_error": True, "without_database": True}, status=503)
        response["Retry-After"] = RETRY_SECONDS
        response["Cache-Control"] = "no-store"
        return response
