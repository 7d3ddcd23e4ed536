"""Composes the mails of listings and payments."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format

from core.email import NotWanted
from core.models import OutgoingEmail
from listings.billing.amounts import amount_text
from listings.billing.bills import Bill
from listings.billing.statuses import INVOICE_OVERDUE
from listings.models import LedgerEntry, Subscription

PAST_DUE = Subscription.Status.PAST_DUE
ACCOUNT = "listings/account"  # the template of mails whose text allauth has written
# What a mail says may have changed while it waited for the mail server.
STILL_TRUE: dict[str, Callable[[Subscription], bool]] = {
    "listings/plan_cancelled": lambda plan: plan.is_open_at_gateway and plan.ends_at_period_end,
    "listings/payment_failing": lambda plan: (
        (plan.status == PAST_DUE or plan.state is INVOICE_OVERDUE) and not plan.end_wanted_at
    ),
    "listings/payment_waiting": lambda plan: plan.status == Subscription.Status.WAITING,
    "listings/invoice_plan": lambda plan: plan.is_open_at_gateway,
    "listings/renewal": lambda plan: Bill(plan, is_payer=True).renews,
    "listings/card_ending": lambda plan: Bill(plan, is_payer=True).renews,
    "listings/price_change": lambda plan: plan.next_price is not None and plan.is_open_at_gateway,
}


def compose(mail: OutgoingEmail) -> EmailMultiAlternatives:
    """The mail in the active language. Raises NotWanted if it is not true any more."""
    subscriptions = Subscription.objects.select_related("order", "listing", "price__plan", "next_price")
    subscription = subscriptions.filter(pk=mail.context.get("subscription")).first()
    still_true = STILL_TRUE.get(mail.template)
    if still_true and subscription is not None and not still_true(subscription):
        raise NotWanted
    entry = LedgerEntry.objects.filter(pk=mail.context.get("entry"))
    return compose_with(mail, subscription, entry.first())


def compose_with(
    mail: OutgoingEmail, subscription: Subscription | None, entry: LedgerEntry | None
) -> EmailMultiAlternatives:
    """The mail about these rows. The first line of its text is the subject."""
    facts = {name: fact if name == "reason" else _one_line(fact) for name, fact in mail.context.items()}
    context = {"mail": mail, "facts": facts, "entry": entry, "subscription": subscription}
    named = (entry.listing_name if entry else "") or (str(subscription.listing) if subscription else "")
    context["listing"] = _one_line(named)  # as it was named when it was paid
    context |= {"site_name": settings.SITE_NAME, "contact_email": settings.CONTACT_EMAIL}
    context |= _about_money(subscription, entry)
    if mail.template == ACCOUNT:
        subject, text = mail.context["subject"], mail.context["text"]
        html = render_to_string("listings/mail/_account.html", context)
    else:
        if "day" in mail.context:
            context["day"] = date_format(date.fromisoformat(mail.context["day"]))
        if "month" in mail.context:
            context["month"] = date_format(date.fromisoformat(mail.context["month"]), "YEAR_MONTH_FORMAT")
        context["refunded"] = Decimal(mail.context.get("refunded_cents", 0)) / 100
        name = mail.template.removeprefix("listings/")
        subject, text = render_to_string(f"listings/mail/{name}.txt", context).strip().split("\n", 1)
        html = render_to_string(f"listings/mail/{name}.html", context)
    message = EmailMultiAlternatives(_one_line(subject), text.strip() + "\n", to=[mail.to])
    message.attach_alternative(html, "text/html")
    if "off_url" in mail.context:
        message.extra_headers["List-Unsubscribe"] = f"<{mail.context['off_url']}>"
    return message


def _about_money(subscription: Subscription | None, entry: LedgerEntry | None) -> dict[str, object]:
    """Links to the pages about plans, in the active language, and what mails about payments say."""
    context: dict[str, object] = {"billing_url": _url("billing_accounts"), "plans_url": _url("plans")}
    if subscription:
        bill = Bill(subscription, is_payer=True)
        context |= {"bill": bill, "end_url": _url("plan_end", subscription.pk or 0)}
        context["account_url"] = (
            _url("billing_account", subscription.account_id) if subscription.account_id else context["billing_url"]
        )
    if entry:
        context["refund_text"] = amount_text(abs(entry.amount_cents), entry.currency)
    return context


def _url(name: str, *args: int) -> str:
    return f"{settings.SITE_URL}{reverse(f'listings:{name}', args=args)}"


def _one_line(fact):
    """A name with line breaks would be a paragraph of its writer's in our mail. Numbers stay as they are."""
    return " ".join(fact.split()) if isinstance(fact, str) else fact
