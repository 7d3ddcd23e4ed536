"""The outbox: a mail is a row before it is sent, and no row is sent twice.

An app registers how its mails are put into words, in its AppConfig. `enqueue` stores a mail with the change that
causes it and has a job send it after the commit; what the mail server did not take is tried again by `send_waiting`.
"""

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import translation
from django_q.tasks import async_task

from core.models import OutgoingEmail

logger = logging.getLogger(__name__)


class NotWanted(Exception):  # noqa: N818 - no fault: what the mail was about has changed
    """Raised by `compose`: nobody should get this mail any more. It is removed from the outbox."""


def _language_of_the_page(address: str) -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


@dataclass(frozen=True)
class Sender:
    """`compose` makes the message, in the active language, or raises NotWanted. `refused` is told a dead address.

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
    sender = _senders.get(mail.app) if mail else None
    if mail is None or sender is None or not mail.lock():
        return False
    message = _composed(mail, sender)
    if message is None:
        return False
    try:
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


def _composed(mail: OutgoingEmail, sender: Sender) -> EmailMultiAlternatives | None:
    """The message of a locked mail; None if there is none, and then the mail is not locked any more."""
    try:
        with translation.override(mail.language):
            return sender.compose(mail)
    except NotWanted:
        mail.delete()
    except Exception as error:  # a fault of ours: nothing was sent, so it is tried again once that is mended
        logger.exception("The mail %s cannot be composed", mail.key)
        mail.release(f"It cannot be composed: {type(error).__name__}.")
    return None


def send_waiting() -> str:
    """A job: what an earlier one did not send or never got to. The oldest first; one that fails stops no other."""
    waiting = list(OutgoingEmail.objects.waiting().order_by("created_at").values_list("pk", flat=True))
    sent = 0
    for mail_id in waiting:
        try:
            sent += send(mail_id)
        except Exception:
            logger.exception("The mail %s stays locked: nobody knows whether it left", mail_id)
    return f"{sent} of {len(waiting)} mails sent"
