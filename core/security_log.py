"""Who came in and who was kept out, as one line each: by number, never by name, address or password."""

import logging

from allauth.account import signals as account
from django.contrib.auth import signals

from core.client_ip import cut_address

log = logging.getLogger("core.security")


def note(event: str, request, user=None) -> None:
    fields = {"event": event, "client": cut_address(request) if request else "-"}
    if user is not None:
        fields["user"] = user.pk
    log.info("%s%s", event, f" user {user.pk}" if user is not None else "", extra={"fields": fields})


def came_in(sender, request, user, **kwargs):
    note("logged in", request, user)


def went(sender, request, user, **kwargs):
    note("logged out", request, user)


def kept_out(sender, request=None, **kwargs):
    note("log-in failed", request)


def changed_password(sender, request, user, **kwargs):
    note("password changed", request, user)


def listen() -> None:
    signals.user_logged_in.connect(came_in)
    signals.user_logged_out.connect(went)
    signals.user_login_failed.connect(kept_out)
    for signal in (account.password_changed, account.password_reset, account.password_set):
        signal.connect(changed_password)
