"""Composes a mail and hands it to the mail server, in a job after the commit."""

import smtplib
from datetime import date

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format

from listings.models import Mail
from listings.models.mail import ACCOUNT


def send(mail_id: int) -> None:
    """Send one mail, never twice: one worker locks it. If the mail server is away, the next sweep tries again."""
    mail = Mail.objects.select_related("subscription__order__listing", "entry").filter(pk=mail_id).first()
    if mail is None or not mail.lock():
        return
    try:
        compose(mail).send()
    except (OSError, smtplib.SMTPException) as error:
        mail.release(f"The mail server did not take it: {type(error).__name__}.")
    else:
        mail.mark_sent()


def compose(mail: Mail) -> EmailMultiAlternatives:
    """The mail in its language. The first line of the text is the subject."""
    context = {"mail": mail, "facts": mail.facts, "entry": mail.entry, "subscription": mail.subscription}
    context |= {"site_name": settings.SITE_NAME, "contact_email": settings.CONTACT_EMAIL}
    with translation.override(mail.language):
        if mail.template == ACCOUNT:
            subject, text = mail.facts["subject"], mail.facts["text"]
            html = render_to_string("listings/mail/_account.html", context)
        else:
            if "day" in mail.facts:
                context["day"] = date_format(date.fromisoformat(mail.facts["day"]))
            subject, text = render_to_string(f"listings/mail/{mail.template}.txt", context).strip().split("\n", 1)
            html = render_to_string(f"listings/mail/{mail.template}.html", context)
    message = EmailMultiAlternatives(" ".join(subject.split()), text.strip() + "\n", to=[mail.to])
    message.attach_alternative(html, "text/html")
    return message
