"""The money home: the month, what is due, what fails, and first of all where the gateway and the site differ."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from core.admin import admin_url, changelist_url
from listings.admin.dollars import dollars
from listings.billing import accounting
from listings.billing.money import Money, Sum
from listings.models import BillingDifference, Subscription

SHOWN_DUE = 50


def money_home(request, admin_site):
    """Figures of this month and what needs a decision; nothing is changed here."""
    if not request.user.has_perm("listings.view_ledgerentry"):
        raise PermissionDenied
    money = Money(timezone.localdate())
    context = {
        **admin_site.each_context(request),
        "title": "Money",
        "money": money,
        "month": _month(money),
        "figures": _figures(money),
        "subscriptions": _lists(money),
        "differences": [
            (words, count, changelist_url(BillingDifference, kind__exact=kind, resolved_at__isempty=1))
            for kind, words, count in money.differences
        ],
        "disputes": [
            (each, admin_url(each), dollars(each.gateway_unit_amount_cents, each.gateway_currency))
            for each in money.disputes
        ],
        "refunds": [(entry, dollars(entry.amount_cents, entry.currency)) for entry in money.refunds],
        "orders": [(order, admin_url(order)) for order in money.orders],
        "export_url": reverse("admin:listings_ledger_export"),
        "months": list(_last_months(money.first)),
    }
    return TemplateResponse(request, "admin/listings/money/home.html", context)


def _figures(money: Money) -> list[tuple[str, str, str, str]]:
    """(what, how much, of how many plans, where they are)."""
    every = changelist_url(Subscription)
    return [
        ("Monthly recurring revenue", in_words(money.mrr), _plans(money.mrr.count), every),
        ("Due in the next 30 days", in_words(money.due_sum), _plans(money.due_sum.count), "#due"),
        ("Failing", in_words(money.failing_sum), _plans(len(money.failing)), "#failing"),
        ("Recovered this month", "", _plans(len(money.recovered)), "#recovered"),
    ]


def _lists(money: Money) -> list[tuple[str, str, list[dict]]]:
    """(anchor, heading, rows)."""
    return [
        ("due", "Due in the next 30 days", [_row(each, each.next_charge_on) for each in money.due[:SHOWN_DUE]]),
        ("failing", "Failing", [_row(each, each.past_due_since, owed=True) for each in money.failing]),
        ("recovered", "Recovered this month", [_row(each, each.next_charge_on) for each in money.recovered]),
        ("given", "Given without charge", [_row(each, each.comp_until, given=True) for each in money.given]),
    ]


def in_words(found: Sum) -> str:
    """$49.00, or several currencies beside each other."""
    return ", ".join(dollars(cents, currency) for currency, cents in found.cents.items()) or "$0.00"


def _plans(count: int) -> str:
    return "1 plan" if count == 1 else f"{count:,} plans"


def _row(subscription: Subscription, day, *, owed: bool = False, given: bool = False) -> dict:
    cents = subscription.owed_cents if owed else subscription.next_charge_cents
    return {
        "url": admin_url(subscription),
        "clinic": subscription.listing,
        "plan": subscription.plan,
        "customer": subscription.account,
        "amount": "$0.00" if given else dollars(cents, subscription.gateway_currency or "usd"),
        "day": day,
    }


def _month(money: Money) -> list[tuple[str, list[str]]]:
    """(what, one amount for each currency) for each line of the month's table; the first line names the currencies."""
    sums = money.month or {"usd": accounting.Totals()}
    lines = [("Currency", [currency.upper() for currency in sums])]
    for name in ("payments", "refunds", "disputes", "other", "fees", "tax", "net", "payouts"):
        lines.append((_LINES[name], [dollars(getattr(each, name), currency) for currency, each in sums.items()]))
    return lines


_LINES = {
    "payments": "Payments",
    "refunds": "Refunds",
    "disputes": "Disputes",
    "other": "Other",
    "fees": "Fees of the gateway",
    "tax": "Tax in the payments, owed to the states",
    "net": "Net: what the month brought",
    "payouts": "Paid out to the bank",
}


def _last_months(first, count: int = 12):
    for _ in range(count):
        yield first
        first = (
            first.replace(year=first.year - 1, month=12) if first.month == 1 else first.replace(month=first.month - 1)
        )


def ledger_csv(request) -> HttpResponse:
    """A month of the ledger for an accountant: ?month=2026-11."""
    if not request.user.has_perm("listings.view_ledgerentry"):
        raise PermissionDenied
    try:
        first = accounting.month_of(request.GET.get("month", ""))
    except ValueError as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="ledger-{first:%Y-%m}.csv"'
    accounting.export(response, first)
    return response
