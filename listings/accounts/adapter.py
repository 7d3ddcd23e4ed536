"""Our settings of the library allauth: the address of the client, links that lead on, and mail that a job sends."""

import uuid
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from allauth.core import context as current
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import email as outbox
from core.client_ip import client_address
from listings.emails.compose import ACCOUNT
from listings.models import OwnerLanguage

LONGEST_NEXT = 300  # characters of an address that a mailed link leads on to


def display(user) -> str:
    return user.email or user.get_username()


def remember_language(sender, user, **kwargs) -> None:
    OwnerLanguage.remember(user)


def login_url_of(request) -> str:
    """The path of the log-in, which leads on to where this request was going, if that is a page of this site."""
    where = get_next_redirect_url(request) or ""
    query = {"next": where} if where.startswith("/") and len(where) <= LONGEST_NEXT else {}
    return reverse("account_login", query=query)


class Adapter(DefaultAccountAdapter):
    def get_client_ip(self, request):
        return client_address(request)

    def get_login_stages(self):
        """First of all, so that nobody is mailed for somebody who has guessed a password of staff."""
        return ["core.second_factors.InvitationStage", *super().get_login_stages()]

    def get_reauthentication_methods(self, user):
        names = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a recovery code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        if user.is_authenticated and Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
            names["mfa_reauthenticate"] = _("Use a code of your authenticator app, or a recovery code")
        methods = super().get_reauthentication_methods(user)
        return [method | {"description": names.get(method["id"], method["description"])} for method in methods]

    def get_email_confirmation_url(self, request, emailconfirmation):
        """The link leads on by way of the log-in: the mail may be opened on a phone where nobody is logged in."""
        link = super().get_email_confirmation_url(request, emailconfirmation)
        where = login_url_of(request)
        return f"{link}?{urlencode({'next': where})}" if "?" in where else link

    def send_account_already_exists_mail(self, email):
        links = {"login_url": login_url_of(current.request), "password_reset_url": reverse("account_reset_password")}
        links = {name: current.request.build_absolute_uri(path) for name, path in links.items()}
        self.send_mail("account/email/account_already_exists", email, links)

    def send_mail(self, template_prefix, email, context):
        """Enqueue the mail: people can sign up while the mail server is down."""
        site = {"name": settings.SITE_NAME, "domain": settings.SITE_NAME}
        known = {"request": current.request, "email": email, "current_site": site}
        message = self.render_mail(template_prefix, email, known | {"contact_email": settings.CONTACT_EMAIL} | context)
        finished = {"subject": message.subject, "text": message.body}
        key, language = f"account-{uuid.uuid4()}", get_language() or ""
        outbox.enqueue(key, ACCOUNT, to=email, language=language, context=finished, is_secret=True)
