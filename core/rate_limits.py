"""How often one sender may do what: all the numbers. core.models.RateCount counts them exactly.

A view that only acts is decorated with `@rate_limit("listing")`. One that shows its form again with what was typed
asks `allowed(request, "report")` once the form is valid, and says `LIMITS["report"].most` in its sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from core.client_ip import client_address
from core.models import RateCount

DAY = RateCount.DAY_MINUTES
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class Limit:
    most: int
    minutes: int = DAY  # the length of a period; the periods of a day begin at midnight

    @property
    def seconds_left(self) -> int:
        """Until the present period ends."""
        now = timezone.localtime()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        passed = now - midnight
        return int((timedelta(minutes=self.minutes) - passed % timedelta(minutes=self.minutes)).total_seconds()) + 1


# By network address, and "by account": by the user who is logged in, or by the name that was typed into the form.
LIMITS = {
    # Successful log-ins are taken back, so these count wrong passwords and codes.
    "login": Limit(30, 10),
    "login by account": Limit(10, 10),
    "signup": Limit(20, 10),
    "signup by account": Limit(5, 60),
    "password reset": Limit(20, 10),
    "password reset by account": Limit(5, 60),
    "account mail by account": Limit(10, 60),
    "report": Limit(5),
    "comment": Limit(10),
    "comment report": Limit(10),
    "same comment report": Limit(1),
    "claim": Limit(30),
    "claim by account": Limit(10),
    "claim code": Limit(30),
    "claim code by account": Limit(10),
    "call of a number": Limit(3),  # by the number, whoever asks: a call disturbs and costs money
    "unwanted call": Limit(5),
    "listing by account": Limit(20),
    "invitation by account": Limit(30),
    "photo by account": Limit(40),
    "export by account": Limit(10),
    "pharmacy by account": Limit(20),
    # Each makes a thread wait for another server (core/page_calls.py).
    "gateway by account": Limit(40, 10),
    "register by account": Limit(30, 60),
    "search api": Limit(settings.SEARCH_API_PER_MINUTE, 1),
}


def senders(request, action: str, *, account: str | None = None, about: object = "") -> dict[str, str]:
    """{name in LIMITS: the sender who is counted} of one `action`, the address first.

    `account` is what was typed into a form; None stands for the user. `about` narrows the count to one object.
    """
    found = {}
    if action in LIMITS:
        found[action] = client_address(request)
    if f"{action} by account" in LIMITS and (user := account_of(request) if account is None else account):
        found[f"{action} by account"] = user
    return {name: " ".join(f"{sender} {about}".split()).casefold() for name, sender in found.items()}


def account_of(request) -> str:
    """Who is logged in, or has given the password and is asked for a code; "" if nobody."""
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    return f"user {key}" if (key := request.session.get("account_login", {}).get("user_pk")) else ""


def count(name: str, sender: str) -> bool:
    """Count one more of the limit `name` for `sender`; False once there were too many."""
    return RateCount.allows(name, sender, LIMITS[name].most, LIMITS[name].minutes)


def first_exceeded(request, action: str, **options) -> str | None:
    """Count one more `action` of the sender; the name of the limit that is exceeded now, if any."""
    for name, sender in senders(request, action, **options).items():
        if not count(name, sender):
            return name
    return None


def allowed(request, action: str, **options) -> bool:
    """Count one more `action` of the sender; False once there were too many."""
    return first_exceeded(request, action, **options) is None


def rate_limit(action: str) -> Callable[[View], View]:
    """Count each POST to a view, and answer 429 once there were too many."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST" and (name := first_exceeded(request, action)):
                return too_many(request, name)
            return view(request, *args, **kwargs)

        return cast(View, answer)

    return decorate


def too_many(request, name: str = "login") -> HttpResponse:
    """429, with a sentence that says when to try again, and the helplines. Also what allauth answers with."""
    seconds = LIMITS[name].seconds_left
    context = {"minutes": -(-seconds // 60), "is_error": True}
    response = render(request, "too_many.html", context, status=429)
    response["Retry-After"] = seconds
    response["Cache-Control"] = "no-store"
    return response
