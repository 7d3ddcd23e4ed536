"""The second proof at log-in: a passkey or a code of an authenticator app. Recovery codes stand in for either.

allauth does the work; here is what it asks of a site. Its secrets are encrypted in its table (core/encryption.py), a
passkey is bound to the host of SITE_URL, and a staff account adds its first second factor by invitation alone.
"""

import contextlib
import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from allauth.account.stages import LoginStage
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from core import encryption, security_log, staff_invitations

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Recovery codes alone are none: the log-in asks for them only beside one of these.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
NAME_LENGTH = 60  # of a passkey
NO_ANSWER = (ValidationError, ValueError, TypeError, LookupError, AttributeError, RecursionError, struct.error)


class UnreadableSecret(ValidationError):  # noqa: N818 - the sentence says it
    """Shown beside the field of the code; in a template it is nothing."""

    silent_variable_failure = True


def has_second_factor(user) -> bool:
    return is_mfa_enabled(user, SECOND_FACTORS)


def needs_invitation(request, user) -> bool:
    """Whether this staff account has no second factor yet, and nobody invited this browser to add the first one."""
    if not settings.STAFF_MFA or not user.is_staff or has_second_factor(user):
        return False
    return not staff_invitations.is_invited(request, user)


def remove(authenticator: Authenticator) -> None:
    """Remove what a user has lost, and the recovery codes with the last one. Staff are invited to add another."""
    user = authenticator.user
    authenticator.delete()
    if has_second_factor(user):
        return
    Authenticator.objects.filter(user=user).delete()
    if user.is_staff and settings.STAFF_MFA:
        staff_invitations.mail_to(user)


class InvitationStage(LoginStage):
    """The step of a log-in that turns staff away who have neither a second factor nor an invitation to add one."""

    key = "staff_invitation"
    urlname = "account_staff_invitation"

    def handle(self):
        if not needs_invitation(self.request, self.login.user):
            return None, True
        security_log.write("log-in without an invitation", self.request, self.login.user)
        return redirect("account_staff_invitation"), False


def count_unreadable() -> int:
    """How many second factors no key of this site can read: their users are locked out."""
    rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    return sum(not _is_readable(row.data) for row in rows)


def _is_readable(data: dict) -> bool:
    secrets = [data[name] for name in ("secret", "seed") if name in data]
    try:
        return all(encryption.decrypt(text) for text in [*secrets, *data.get("migrated_codes", [])])
    except encryption.Unreadable:
        return False


def change_secrets(authenticators, change: Callable[[str], str]) -> int:
    """Put `change` of each stored secret in its place; how many rows cannot be read any more, which stay as they are.

    `authenticators` are rows of allauth's table: `secret` of an app, `seed` or `migrated_codes` of recovery codes.
    """
    unreadable = 0
    for row in authenticators.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk"):
        try:
            known = row.data.keys() & {"secret", "seed"}
            changed: dict[str, object] = {name: change(row.data[name]) for name in known}
            if codes := row.data.get("migrated_codes"):
                changed["migrated_codes"] = [change(code) for code in codes]
        except encryption.Unreadable:
            unreadable += 1
            continue
        row.data |= changed
        row.save(update_fields=["data"])
    return unreadable


class Adapter(DefaultMFAAdapter):
    def encrypt(self, text):
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text):
        try:
            return encryption.decrypt(encrypted_text)
        except encryption.Unreadable as error:
            sentence = _("The site cannot read your second factor any more. Ask whoever runs it to reset it.")
            raise UnreadableSecret(sentence) from error

    def generate_authenticator_name(self, user, type):
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("Passkey %(number)s") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self):
        """The host that a passkey is bound to: that of SITE_URL; on a machine with another name, that of the page."""
        site, host = urlsplit(settings.SITE_URL).hostname, current.request.get_host().partition(":")[0]
        return {"id": site if host == site or host.endswith(f".{site}") else host, "name": settings.SITE_NAME}


@contextlib.contextmanager
def _failing_as(sentence: "StrOrPromise") -> Iterator[None]:
    """Refuse with `sentence` what no passkey answers: the library decodes bytes that anybody may have made up."""
    try:
        yield
    except NO_ANSWER as error:
        raise ValidationError(sentence) from error


def _check_invitation(user) -> None:
    if needs_invitation(current.request, user):
        raise ValidationError(_("Staff add their first second factor by an invitation. Ask whoever runs the site."))


class _CodeForm(base.BaseAuthenticateForm):
    """Asks for a code of what this account has: whoever has a passkey alone has no app."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.has_app = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).exists()
        self.fields["code"].label = (
            _("Code of your authenticator app, or a recovery code") if self.has_app else _("Recovery code")
        )
        self.fields["code"].widget.attrs.pop("placeholder", None)


class AuthenticateForm(_CodeForm, base.AuthenticateForm):
    pass


class ReauthenticateForm(_CodeForm, base.ReauthenticateForm):
    pass


class ActivateTOTPForm(totp.ActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code that the app shows now")
        self.fields["code"].widget.attrs.pop("placeholder", None)

    def clean(self):
        _check_invitation(self.user)
        return super().clean()


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=NAME_LENGTH,
        required=False,
        help_text=_("So that you can tell it from others: phone, blue key."),
    )

    def clean(self):
        _check_invitation(self.user)
        with _failing_as(_("This passkey could not be added. Please try again.")):
            return super().clean()


class AuthenticatePasskeyForm(webauthn.AuthenticateWebAuthnForm):
    def clean_credential(self):
        with _failing_as(_("This passkey does not fit the account. Try another one, or a code.")):
            return super().clean_credential()


class ReauthenticatePasskeyForm(AuthenticatePasskeyForm, webauthn.ReauthenticateWebAuthnForm):
    pass


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    name = forms.CharField(label=_("Name of the passkey"), max_length=NAME_LENGTH)
