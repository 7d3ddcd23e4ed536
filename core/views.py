"""What any site answers: error pages, health, and what machines ask for at fixed addresses."""

import sys
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import Error, InterfaceError, OperationalError, connection
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from core import brand, heartbeat, images
from core.form_drafts.models import FormDraft
from core.form_drafts.pages import page_of

RETRY_SECONDS = 60  # after the database was out of reach
GPC_STATED_ON = "2026-11-23"  # the day of this statement; changes only with what it says
SECURITY_TXT_DAYS = 180
MOST_NAMES = 5


def brand_css(request, version):
    """The colours of the site's owner. Its address changes with them, so a browser may keep it for ever."""
    sheet = brand.site_style_sheet()
    if not sheet or version != brand.version(sheet):
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(sheet, content_type="text/css; charset=utf-8", headers=headers)


def picture(request, name, **size):
    """A picture that was uploaded. Its name is a hash of its content, so a browser may keep it for ever."""
    try:
        file = images.storage().open(name)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def robots(request):
    """Keeps search engines away from the paths that each app's AppConfig names in `disallowed_to_robots`."""
    paths = [path for app in apps.get_app_configs() for path in getattr(app, "disallowed_to_robots", ())]
    languages = [f"/{code}" for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    lines = ["User-agent: *", "Disallow: /admin/"]
    lines += [f"Disallow: {prefix}{path}" for prefix in ("", *languages) for path in paths]
    sitemap = request.build_absolute_uri("/sitemap.xml")
    return HttpResponse("\n".join([*lines, f"Sitemap: {sitemap}", ""]), content_type="text/plain; charset=utf-8")


def healthz(request):
    """The process answers; says nothing of what it depends on."""
    return JsonResponse({"status": "ok"})


def readyz(request):
    """Whether readers can be served: the database answers, and no app's AppConfig says `why_not_ready`.

    Searches need no jobs, so their silence is told and is no reason to send readers elsewhere.
    """
    jobs = ""
    try:
        connection.ensure_connection()
        jobs = heartbeat.in_words(heartbeat.silence())
        reasons = [app.why_not_ready() for app in apps.get_app_configs() if hasattr(app, "why_not_ready")]
    except Error:
        reasons = ["the database does not answer"]
    if why := next(filter(None, reasons), ""):
        return JsonResponse({"status": "unavailable", "why": why}, status=503)
    return JsonResponse({"status": "ok", "jobs": jobs})


def gpc(request):
    """Global Privacy Control: honored, because there is nothing that a reader would have to turn off."""
    return JsonResponse({"gpc": True, "lastUpdate": GPC_STATED_ON})


def security_txt(request):
    """RFC 9116. Without a contact address there is nothing to say, and none is invented."""
    if not settings.CONTACT_EMAIL:
        raise Http404
    expires = timezone.now() + timedelta(days=SECURITY_TXT_DAYS)
    text = (
        f"Contact: mailto:{settings.CONTACT_EMAIL}\nExpires: {expires:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: en\n"
    )
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def error_page(request, template: int | str, status: int | None = None):
    """The page of an HTTP error, with its own status unless another is given.

    It has no counterpart in another language, so the switch leads to the home page.
    """
    return render(request, f"{template}.html", {"is_error": True}, status=status or int(template))


def bad_request(request, exception):
    return error_page(request, 400)


def forbidden(request, exception=None):
    """What this person may not do. Staff learn in the admin what that is and whom to ask."""
    if _is_staff_in_the_admin(request):
        context = {"why": _sentence_of(exception), "what": _what_was_asked(request), "whom": _whom_to_ask()}
        return _admin_page(request, "admin/403.html", context)
    return error_page(request, 403)


def csrf_failed(request, reason=""):
    """A form whose cookie is missing, or of a session that has ended since."""
    if _is_staff_in_the_admin(request):
        return _admin_page(request, "admin/403_csrf.html", {})
    return error_page(request, "403_csrf", 403)


def _is_staff_in_the_admin(request) -> bool:
    if not request.path_info.startswith("/admin/"):
        return False
    user = getattr(request, "user", None)  # not there where an earlier middleware refused
    return user is not None and user.is_active and user.is_staff


def _admin_page(request, template: str, context: dict):
    sent = page_of(request)
    is_kept = sent is not None and FormDraft.objects.of(request.user).filter(page=sent[0]).exists()
    context = admin.site.each_context(request) | {"is_kept": is_kept} | context
    return render(request, template, context, status=403)


def _sentence_of(exception) -> str:
    """What a view says of its refusal; many say nothing."""
    said = exception.args[0] if exception is not None and exception.args else ""
    return said if isinstance(said, str) else ""


def _what_was_asked(request) -> str:
    """ "delete articles"; "" for a page that belongs to no table."""
    name = (request.resolver_match and request.resolver_match.url_name) or ""
    for model in admin.site._registry:
        table, _, action = name.rpartition("_")
        if table == f"{model._meta.app_label}_{model._meta.model_name}":
            verb = action if action in ("add", "delete") else "see or change"
            return f"{verb} {model._meta.verbose_name_plural}"
    return ""


def _whom_to_ask() -> list[str]:
    """The names of those who give permissions."""
    users = get_user_model().objects.filter(is_superuser=True, is_active=True)
    return [user.get_full_name() or user.get_username() for user in users.order_by("username")[:MOST_NAMES]]


def not_found(request, exception):
    return error_page(request, 404)


def server_error(request):
    """500; but 503 while the database cannot be reached, which is a matter of time and says so to machines."""
    # InterfaceError: the connection was lost during an earlier query.
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return error_page(request, 500)
    response = error_page(request, "no_database", 503)
    response["Retry-After"] = RETRY_SECONDS
    return response
