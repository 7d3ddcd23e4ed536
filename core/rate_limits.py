"""How often one sender may do what. All the numbers are here; core.models.RateCount counts them exactly."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone

from core.client_ip import client_address
from core.middleware.private_pages import is_personal
from core.models import RateCount

DAY = RateCount.DAY_MINUTES


@dataclass(frozen=True)
class Limit:
    most: int
    minutes: int = DAY  # of one period; the day is parted into such periods, beginning at midnight

    @property
    def seconds_left(self) -> int:
        """Until the present period ends."""
        now = timezone.localtime()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        passed = now - midnight
        return int((timedelta(minutes=self.minutes) - passed % timedelta(minutes=self.minutes)).total_seconds()) + 1


# "by account" is by what was typed into the form, or by who is logged in; the others are by network address.
LIMITS = {
    # Log-ins that went well are taken back, so these are of wrong passwords and codes.
    "login": Limit(30, 10),
    "login by account": Limit(10, 10),
    "signup": Limit(20, 10),
    "signup by account": Limit(5, 60),
    "password reset": Limit(20, 10),
    "password reset by account": Limit(5, 60),
    "account mail by account": Limit(10, 60),
    "correction": Limit(5),
    "comment": Limit(10),
    "comment report": Limit(10),
    "same comment report": Limit(1),
    "claim": Limit(30),
    "claim by account": Limit(10),
    "listing by account": Limit(20),
    "invitation by account": Limit(30),
    "photo by account": Limit(40),
    "search api": Limit(settings.SEARCH_API_PER_MINUTE, 1),
}
# Forms that belong to libraries, by the name of their page: the limit, and the field that names the account.
FORMS = {
    "account_login": ("login", "login"),
    "admin:login": ("login", "username"),
    "mfa_authenticate": ("login", None),
    "account_reauthenticate": ("login", None),
    "mfa_reauthenticate": ("login", None),
    "account_change_password": ("login", None),
    "account_signup": ("signup", "email"),
    "account_reset_password": ("password reset", "email"),
    "account_reset_password_from_key": ("password reset", None),
    "account_email": ("account mail", None),
}


# What may be sent at once, in bytes: a form; a document or photo of an owner (10 MB); a list for an import by staff.
BODY_BYTES = 2_500_000
OWNER_BYTES = 11_000_000
STAFF_BYTES = 110_000_000


def small_bodies(get_response):
    """413 for what no form of ours sends, before it is read: files are written to disk while they are read."""

    def most_of(request) -> int:
        if request.path_info.startswith("/admin/"):
            return STAFF_BYTES if request.user.is_staff else BODY_BYTES
        return OWNER_BYTES if is_personal(request) and request.user.is_authenticated else BODY_BYTES

    def answer(request):
        length = request.headers.get("content-length") or "0"
        if length.isdigit() and int(length) > BODY_BYTES and int(length) > most_of(request):
            return render(request, "413.html", {"is_error": True}, status=413)
        return get_response(request)

    return answer


def allowed(action: str, sender: str) -> bool:
    """Count one more `action` of `sender`; False once there were too many."""
    limit = LIMITS[action]
    return RateCount.allows(action, sender, limit.most, limit.minutes)


class FormLimits:
    """Log-in and the like: counted before the form is looked at, so that no flood costs a password hash."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        senders = self.senders(request) if request.method == "POST" else {}
        for action, sender in senders.items():
            if not allowed(action, sender):
                return too_many(request, action)
        response = self.get_response(request)
        if response.status_code == 302:  # a wrong password or code is asked for again
            for action in senders.keys() & {"login", "login by account"}:
                RateCount.forgive(action, senders[action])
        return response

    def senders(self, request) -> dict[str, str]:
        """{limit: who is counted} for a form of FORMS, the address first."""
        try:
            page = resolve(request.path_info).view_name
        except Resolver404:
            return {}
        if page not in FORMS:
            return {}
        action, field = FORMS[page]
        account = request.POST.get(field, "") if field else self.whose(request)
        senders = {action: client_address(request)} | ({f"{action} by account": account} if account else {})
        return {name: " ".join(sender.split()).casefold() for name, sender in senders.items() if name in LIMITS}

    def whose(self, request) -> str:
        """Who is logged in, or has given the password and is asked for a code; "" if nobody."""
        if request.user.is_authenticated:
            return f"user {request.user.pk}"
        return f"user {key}" if (key := request.session.get("account_login", {}).get("user_pk")) else ""


def too_many(request, action: str = "login") -> HttpResponse:
    """429, with a sentence that says when to go on, and the helplines. Also what allauth answers with."""
    seconds = LIMITS[action].seconds_left
    context = {"minutes": -(-seconds // 60), "is_error": True}
    response = render(request, "too_many.html", context, status=429)
    response["Retry-After"] = seconds
    response["Cache-Control"] = "no-store"
    return response
