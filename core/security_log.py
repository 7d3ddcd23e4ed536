"""Who logged in and who was refused, a line each: with the number of the user, never name, address or password."""

import logging

from allauth.account import signals as account
from django.contrib.auth import signals

from core.client_ip import cut_address

log = logging.getLogger("core.security")


def connect() -> None:
    signals.user_logged_in.connect(logged_in)
    signals.user_logged_out.connect(logged_out)
    signals.user_login_failed.connect(login_failed)
    for signal in (account.password_changed, account.password_reset, account.password_set):
        signal.connect(password_changed)


def logged_in(sender, request, user, **kwargs):
    write("logged in", request, user)


def logged_out(sender, request, user, **kwargs):
    write("logged out", request, user)


def login_failed(sender, request=None, **kwargs):
    write("log-in failed", request)


def password_changed(sender, request, user, **kwargs):
    write("password changed", request, user)


def write(event: str, request, user=None) -> None:
    fields = {"event": event, "client": cut_address(request) if request else "-"}
    if user is not None:
        fields["user"] = user.pk
    log.info("%s%s", event, f" user {user.pk}" if user is not None else "", extra={"fields": fields})
