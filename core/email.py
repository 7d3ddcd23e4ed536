"""The outbox: a mail is a row before it is sent, and no row is sent twice.

An app registers how its mails are put into words, in its AppConfig. `enqueue` stores a mail with the change that
causes it and has a job send it after the commit; what the mail server did not take is tried again by `send_waiting`.
"""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import translation
from django_q.tasks import async_task

from core.models import OutgoingEmail


def _language_of_the_page(address: str) -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


@dataclass(frozen=True)
class Sender:
    """`compose` makes the message, in the active language. `refused` is told an address that takes no mail.

    Without `refused` such a mail is tried again, like one that the server could not take.
    """

    compose: Callable[[OutgoingEmail], EmailMultiAlternatives]
    refused: Callable[[str], object] | None = None


_senders: dict[str, Sender] = {}
_language_of: Callable[[str], str] = _language_of_the_page


def register(app: str, sender: Sender) -> None:
    _senders[app] = sender


def register_languages(language_of: Callable[[str], str]) -> None:
    """`language_of` knows in which language the holder of an address uses the site."""
    global _language_of
    _language_of = language_of


def store(
    key: str, template: str, *, to: str, language: str = "", context: dict | None = None, is_secret: bool = False
) -> OutgoingEmail | None:
    """A mail with this key; None if there was one before, or if there is no address.

    It is in the language of the recipient, unless `language` names another.
    """
    if not to:
        return None
    columns: dict[str, object] = {"template": template, "to": to, "language": language or _language_of(to)}
    columns |= {"context": context or {}, "is_secret": is_secret}
    mail, is_new = OutgoingEmail.objects.get_or_create(key=key, defaults=columns)
    return mail if is_new else None


def enqueue(key: str, template: str, **details) -> None:
    """Store a mail, as `store` does, and have it sent after the commit."""
    if mail := store(key, template, **details):
        transaction.on_commit(lambda: async_task("core.email.send", mail.pk))


def send(mail_id: int) -> bool:
    """Send one mail, never twice: only the worker that locks it sends it. True if the mail server took it."""
    mail = OutgoingEmail.objects.filter(pk=mail_id).first()
    if mail is None or not mail.lock():
        return False
    sender = _senders[mail.app]
    try:
        with translation.override(mail.language):
            message = sender.compose(mail)
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        if sender.refused and isinstance(error, smtplib.SMTPRecipientsRefused):
            mail.mark_bounced()
            sender.refused(mail.to)
        else:
            mail.release(f"The mail server did not take it: {type(error).__name__}.")
        return False
    mail.mark_sent()
    return True


def send_waiting() -> str:
    """A job: what an earlier one did not hand over, or never got to."""
    waiting = list(OutgoingEmail.objects.waiting().values_list("pk", flat=True))
    return f"{sum(send(mail_id) for mail_id in waiting)} of {len(waiting)} mails sent"
