"""Composes the mails of listings and payments."""

from datetime import date

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.formats import date_format

from core.models import OutgoingEmail
from listings.models import LedgerEntry, Subscription

ACCOUNT = "listings/account"  # the template of mails whose text allauth has written


def compose(mail: OutgoingEmail) -> EmailMultiAlternatives:
    """The mail in the active language."""
    subscription = Subscription.objects.select_related("order__listing").filter(pk=mail.context.get("subscription"))
    entry = LedgerEntry.objects.filter(pk=mail.context.get("entry"))
    return compose_with(mail, subscription.first(), entry.first())


def compose_with(
    mail: OutgoingEmail, subscription: Subscription | None, entry: LedgerEntry | None
) -> EmailMultiAlternatives:
    """The mail about these rows. The first line of its text is the subject."""
    context = {"mail": mail, "facts": mail.context, "entry": entry, "subscription": subscription}
    context |= {"site_name": settings.SITE_NAME, "contact_email": settings.CONTACT_EMAIL}
    if mail.template == ACCOUNT:
        subject, text = mail.context["subject"], mail.context["text"]
        html = render_to_string("listings/mail/_account.html", context)
    else:
        if "day" in mail.context:
            context["day"] = date_format(date.fromisoformat(mail.context["day"]))
        name = mail.template.removeprefix("listings/")
        subject, text = render_to_string(f"listings/mail/{name}.txt", context).strip().split("\n", 1)
        html = render_to_string(f"listings/mail/{name}.html", context)
    message = EmailMultiAlternatives(" ".join(subject.split()), text.strip() + "\n", to=[mail.to])
    message.attach_alternative(html, "text/html")
    return message
