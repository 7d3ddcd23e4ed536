"""Every request: its id, its line in the log, its time in the metrics, and its place in Sentry's reports."""

import logging
import re
import time
import uuid

from django.conf import settings

from core import metrics
from core.client_ip import cut_address, is_from_our_proxy
from core.logs import ACCESS, arguments_of, method_of, request_id, route, route_of
from core.middleware.private_pages import is_private

access = logging.getLogger(ACCESS)
KNOWN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# Read and removed by our own proxy, which knows no routes and would otherwise log what was typed.
ROUTE_HEADER = "X-Route"
FILES = (f"/{settings.STATIC_URL.strip('/')}/", "/healthz", "/readyz", "/metrics")


class RequestLog:
    """The outermost middleware, so that an error of any other has an id too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = id_of(request)
        # Before the rules for hosts and https, because a collector asks 127.0.0.1. For others there is no such page.
        if request.path_info == "/metrics" and request.method == "GET" and metrics.is_from_this_machine(request):
            return metrics.metrics()
        request_id.set(request.id)  # not reset: Django itself logs errors after the last middleware
        route.set("-")
        start = time.monotonic()
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request.id
        if is_from_our_proxy(request):
            response.headers[ROUTE_HEADER] = route.get()
        if not request.path_info.startswith(FILES):
            self.write(request, response, time.monotonic() - start)
        return response

    def process_view(self, request, view, args, kwargs):
        route.set(route_of(request.resolver_match))

    def write(self, request, response, seconds: float) -> None:
        view, method = view_of(request), method_of(request)
        metrics.observe(view, response.status_code, seconds)
        fields = {
            "method": method,
            "route": route.get(),
            "view": view,
            "status": response.status_code,
            "milliseconds": round(seconds * 1000, 1),
            "client": cut_address(request),
        }
        if arguments := arguments_of(request.resolver_match, response.status_code):
            fields["arguments"] = arguments
        # The log says who did what in the admin and with a listing. A reader's page asks for no user.
        if (is_private(request) or view == "admin") and request.user.is_authenticated:
            fields["user"] = request.user.pk
        access.info("%s %s %s", method, route.get(), response.status_code, extra={"fields": fields})


def id_of(request) -> str:
    """The id that our own proxy gave this request, else a new one; a header that anybody can send is not trusted."""
    given = request.headers.get("x-request-id", "")
    return given if is_from_our_proxy(request) and KNOWN_ID.fullmatch(given) else uuid.uuid4().hex


def view_of(request) -> str:
    """The name of the page in the URLconf; "-" for an address without one: some people type a ZIP code there."""
    match = request.resolver_match
    if match is None:
        return "-"
    return "admin" if match.app_name == "admin" else match.view_name or "-"
