"""Our settings of the library allauth: the address of the client, and mail that a job sends."""

import uuid

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from django.conf import settings
from django.utils.translation import get_language

from core.client_ip import client_address
from listings.models import Mail, OwnerLanguage


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
        Mail.enqueue(f"account-{uuid.uuid4()}", "account", to=email, language=get_language() or "", facts=finished)
