"""What the page of a subscription shows, beside its own fields: each function is one line of it."""

from urllib.parse import quote

from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html
from django.utils.timezone import localtime

from core.admin import bullets, link, table
from core.models import OutgoingEmail
from listings.admin.dollars import dollars
from listings.models import LedgerEntry, Subscription

SHOWN_MAILS = 50
DASHBOARD = "https://dashboard.stripe.com/"


def dashboard_link(kind: str, gateway_id: str, livemode: bool) -> str:
    """A link to an object in Stripe's own dashboard; its id alone where another gateway stands in."""
    if not gateway_id or settings.PAYMENT_GATEWAY != "stripe":
        return gateway_id or "–"
    mode = "" if livemode else "test/"
    return format_html('<a href="{}{}{}/{}">{}</a>', DASHBOARD, mode, kind, quote(gateway_id), gateway_id)


def _day(moment) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}" if moment else "–"


@admin.display(description="given without charge")
def given(subscription: Subscription) -> str:
    return f"until {_day(subscription.comp_until)}" if subscription.is_comp else "no: it is paid"


@admin.display(description="state in words")
def says(subscription: Subscription) -> str:
    return str(subscription.state.says)


@admin.display(description="agreed price")
def agreed(subscription: Subscription) -> str:
    price, count = subscription.price, subscription.quantity
    times = f"{count} × " if count > 1 else ""
    return f"{times}{dollars(price.amount_cents, price.currency)} a {price.get_interval_display()}"


@admin.display(description="price at the gateway")
def charged(subscription: Subscription) -> str:
    if subscription.is_comp:
        return "–"
    times = f"{subscription.gateway_quantity} × "
    cents, currency = subscription.gateway_unit_amount_cents, subscription.gateway_currency or "usd"
    return f"{times}{dollars(cents, currency)} a {subscription.gateway_interval or '?'}"


@admin.display(description="next charge")
def next_charge(subscription: Subscription) -> str:
    if subscription.next_charge_cents is None:
        return "nothing more is charged"
    amount = dollars(subscription.next_charge_cents, subscription.gateway_currency or "usd")
    return f"{amount} before tax, on {_day(subscription.next_charge_on)}"


@admin.display(description="clinics covered")
def covered(subscription: Subscription) -> str:
    rows = subscription.listings.select_related("clinic")
    names = [link(each, f"{each} ({each.get_status_display()})") for each in rows]
    return format_html("{}{} of {}", bullets(names), len(names), subscription.capacity)


@admin.display(description="people who can see and end it")
def payers(subscription: Subscription) -> str:
    if subscription.account is None:
        return "–"
    return bullets([link(payer.user) for payer in subscription.account.payers.select_related("user")])


@admin.display(description="at the gateway")
def at_gateway(subscription: Subscription) -> str:
    if subscription.is_comp:
        return "–"
    found = [
        ("customer", "customers", subscription.customer_id),
        ("subscription", "subscriptions", subscription.gateway_id),
        ("last invoice", "invoices", subscription.last_invoice_id),
        ("last payment", "payments", subscription.last_charge_id),
    ]
    livemode = subscription.livemode
    return bullets(
        [format_html("{}: {}", words, dashboard_link(kind, name, livemode)) for words, kind, name in found if name]
    )


@admin.display(description="payments, refunds, disputes")
def entries(subscription: Subscription) -> str:
    rows = LedgerEntry.objects.filter(subscription=subscription).order_by("-happened_at")
    if not rows:
        return "–"
    lines = [
        [
            _day(entry.happened_at),
            link(entry, entry.get_kind_display()),
            dollars(entry.amount_cents, entry.currency),
            dollars(entry.tax_cents, entry.currency),
            dollars(entry.fee_cents, entry.currency),
            entry.invoice_number or "–",
            entry.listing_name or "–",
            dashboard_link("payments", entry.charge_id, entry.livemode),
        ]
        for entry in rows
    ]
    return table(["When", "What", "Amount", "of it tax", "Fee", "Invoice", "Clinic", "Payment"], lines)


@admin.display(description="mails")
def mails(subscription: Subscription) -> str:
    rows = OutgoingEmail.objects.filter(template__startswith="listings/", context__subscription=subscription.pk)
    lines = [
        [
            _day(mail.created_at),
            link(mail, mail.template.removeprefix("listings/")),
            mail.to,
            _day(mail.sent_at),
            mail.error,
        ]
        for mail in rows.order_by("-created_at")[:SHOWN_MAILS]
    ]
    return table(["Stored", "Mail", "To", "Sent", "Error"], lines) if lines else "–"


@admin.display(description="its end")
def end(subscription: Subscription) -> str:
    if subscription.end_wanted_at is None:
        ends = subscription.cancel_at or subscription.period_end
        return f"with its period, {_day(ends)}" if subscription.ends_at_period_end else "none is wanted"
    done = f"done {_day(subscription.end_done_at)}" if subscription.end_done_at else "not done yet: a job tries again"
    return (
        f"{subscription.get_end_reason_display()}; wanted {_day(subscription.end_wanted_at)}, "
        f"give back {subscription.get_refund_wanted_display()}; {done}"
    )


@admin.display(description="differences")
def differences(subscription: Subscription) -> str:
    rows = subscription.differences.filter(resolved_at=None)
    return bullets([link(each, f"{each.get_kind_display()}: {each.sentence}") for each in rows])


@admin.display(description="dispute")
def dispute(subscription: Subscription) -> str:
    if not subscription.dispute_status:
        return "–"
    due = f", answer by {_day(subscription.dispute_due_by)}" if subscription.dispute_due_by else ""
    return f"{subscription.dispute_status}{due}"


SECTIONS: dict[str, list] = {  # heading: fields and functions of this module
    "": ["listing", "status", says, given, differences],
    "What it costs": [
        *("price", agreed, charged, "discount", next_charge, "past_due_since", "next_price", "next_price_from"),
    ],
    "Who pays": ["account", payers, "order", "card_expires_on"],
    "What it covers": [covered, "period_start", "period_end"],
    "Disputes and end": [dispute, "is_paused", "ends_at_period_end", end],
    "Money": [entries, at_gateway],
    "Mails": [mails],
}
