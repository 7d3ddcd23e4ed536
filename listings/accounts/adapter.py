"""Our settings of the library allauth: the address of the client, and mail that a job sends."""

import uuid

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from django.conf import settings
from django.utils.translation import get_language

from core import email as outbox
from core.client_ip import client_address
from listings.emails.compose import ACCOUNT
from listings.models import OwnerLanguage


def display(user) -> str:
    return user.email or user.get_username()


def remember_language(sender, user, **kwargs) -> None:
    OwnerLanguage.remember(user)


class Adapter(DefaultAccountAdapter):
    def get_client_ip(self, request):
        return client_address(request)

    def send_mail(self, template_prefix, email, context):
        """Enqueue the mail: people can sign up while the mail server is down."""
        site = {"name": settings.SITE_NAME, "domain": settings.SITE_NAME}
        request = current.request
        message = self.render_mail(
            template_prefix, email, {"request": request, "email": email, "current_site": site} | context
        )
        finished = {"subject": message.subject, "text": message.body}
        key, language = f"account-{uuid.uuid4()}", get_language() or ""
        outbox.enqueue(key, ACCOUNT, to=email, language=language, context=finished, is_secret=True)
