"""An accountant's month: every movement a line, the totals apart, all of it equal to the balance to the cent."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from core.csv import FORMULA_STARTS
from listings.billing import accounting, gateway, sync
from listings.fake_stripe import billing, objects
from listings.fake_stripe.billing import account
from listings.models import LedgerEntry, Order, PlanPrice, Subscription
from tests.factories import make_clinic
from tests.listings.billing.payments import buy, gateway_subscription, order
from tests.listings.factories import LedgerEntryFactory, make_listing, make_owner

pytestmark = pytest.mark.django_db
NOVEMBER = accounting.month_of("2026-11")
BUYERS = 6
PAYMENTS = 60


@pytest.fixture
def taxed(settings):
    """The site asks for automatic tax, and the account at the gateway is registered in Maryland."""
    settings.STRIPE_AUTOMATIC_TAX = True
    account.change_tax({"head_office": {"address": {"country": "US", "state": "MD"}}})
    objects.make("tax.registration", country="US", country_options={"us": {"state": "MD"}}, status="active")
    PlanPrice.objects.update(starts_on="2026-01-01")


def sell(number: int, code: str = "") -> Order:
    """A plan for one more clinic, whose name a spreadsheet would take for a formula; with a coupon if there is one."""
    clinic = make_clinic(f"=Clinic {number}")
    plan = ("group", "year") if number == 3 else ("featured", "month")
    placed = order(make_listing(make_owner(f"owner{number}"), clinic), plan[0], plan[1])
    session = objects.get("checkout.session", placed.session_id)
    if code:
        session = billing.apply_code(session, code)
    billing.complete(session)
    sync.sync_order(placed)
    return placed


def november(day: int, hour: int = 12) -> time_machine.travel:
    return time_machine.travel(datetime(2026, 11, day, hour, tzinfo=UTC))


def make_the_month() -> list[Subscription]:
    """60 payments in November, with tax and coupons; refunds, a lost dispute, a payout; one sale in October."""
    with time_machine.travel(datetime(2026, 10, 31, 22, tzinfo=UTC)):  # 6 p.m. in New York
        sell(0)
        codes = {
            1: gateway.create_promotion_code("QUARTER-OFF", percent_off=25, months=None) and "QUARTER-OFF",
            2: gateway.create_promotion_code("FIVE-DOLLARS", amount_off_cents=500, months=0) and "FIVE-DOLLARS",
        }
    sold = []
    for number in range(1, BUYERS + 1):
        with november(number):
            sold.append(sell(number, codes.get(number, "")))
    subscriptions = [Subscription.objects.get(order=placed) for placed in sold]
    for time in range(PAYMENTS // BUYERS - 1):
        with november(8 + time):
            for subscription in subscriptions:
                billing.renew(gateway_subscription(subscription))
    with november(25):
        first, second, third, *_ = subscriptions
        for subscription, cents in ((first, 1000), (first, 7), (second, None)):
            billing.refund(billing.newest_charge(gateway_subscription(subscription)), cents)
        lost = billing.dispute(billing.newest_charge(gateway_subscription(third)))
    with november(30, hour=23):
        billing.close_dispute(lost, "lost")
        payout = {"amount": -50_000, "fee": 0, "net": -50_000, "currency": "usd", "type": "payout", "source": None}
        objects.make("balance_transaction", **payout, status="available")
        for subscription in subscriptions:
            sync.sync_customer(subscription.customer_id)
        for movement in gateway.movements_since(None):
            sync.record(movement)  # the payout, as the sweep does
    return subscriptions


def read(text: str) -> tuple[list[dict], dict[str, Decimal]]:
    """The lines of the movements, and the totals below them."""
    movements, _, below = text.partition("\r\n\r\n")
    totals = {row["total"]: Decimal(row["amount"]) for row in csv.DictReader(io.StringIO(below))}
    return list(csv.DictReader(io.StringIO(movements))), totals


def cents(amount) -> int:
    return int(Decimal(amount) * 100)


def test_an_accountants_month_equals_the_gateways_balance_to_the_cent(taxed, capsys, tmp_path):
    first, second, *_ = make_the_month()
    file = tmp_path / "november.csv"
    with november(30, hour=23):
        call_command("export_ledger", month="2026-11", output=file)
    assert "equals the gateway's balance" in capsys.readouterr().err
    rows, totals = read(file.read_bytes().decode())
    equals_the_gateway(rows)
    equals_its_totals(rows, totals)
    names_clinic_invoice_and_tax(rows)
    full = LedgerEntry.objects.get(kind="refund", subscription=second)
    payment = LedgerEntry.objects.get(kind="payment", charge_id=full.charge_id)
    assert (full.amount_cents, full.tax_cents) == (-payment.amount_cents, -payment.tax_cents)
    assert payment.tax_cents > 0
    parts = LedgerEntry.objects.filter(kind="refund", subscription=first)
    assert sum(part.tax_cents for part in parts) == -57  # of 220 in 3,895


def equals_the_gateway(rows: list[dict]) -> None:
    start = accounting.bounds(NOVEMBER)[0].timestamp()
    moved = [each for each in objects.list_all("balance_transaction") if each["created"] >= start]
    before = sum(each["net"] for each in objects.list_all("balance_transaction") if each["created"] < start)
    assert {row["movement"] for row in rows} == {each["id"] for each in moved}
    assert len([each for each in moved if each["type"] == "charge"]) == PAYMENTS
    assert sum(cents(row["net"]) for row in rows) == sum(each["net"] for each in moved)
    assert sum(cents(row["net"]) for row in rows) + before == gateway.balance_cents()["usd"]
    assert before > 0
    for row in rows:
        assert cents(row["gross"]) - cents(row["fee"]) == cents(row["net"])


def equals_its_totals(rows: list[dict], totals: dict[str, Decimal]) -> None:
    sums = Counter()
    for row in rows:
        sums[row["description"].partition(":")[0]] += cents(row["gross"])
    assert cents(totals["payments"]) == sums["Payment"]
    assert cents(totals["refunds"]) == sums["Refund"]
    assert cents(totals["disputes"]) == sums["Dispute"] < 0
    assert cents(totals["payouts"]) == -50_000
    assert cents(totals["net"]) == sum(cents(row["net"]) for row in rows) + 50_000
    assert cents(totals["change of the balance"]) == sum(cents(row["net"]) for row in rows)
    assert cents(totals["tax"]) == sum(cents(row["tax"]) for row in rows)


def names_clinic_invoice_and_tax(rows: list[dict]) -> None:
    """As the gateway's invoices have them, and no name is a formula."""
    invoices = {each["number"]: each for each in objects.list_all("invoice")}
    payments = [row for row in rows if row["description"].startswith("Payment")]
    assert len({row["invoice number"] for row in payments}) == PAYMENTS
    for row in payments:
        invoice = invoices[row["invoice number"]]
        assert cents(row["gross"]) == invoice["total"]
        assert cents(row["tax"]) == sum(each["amount"] for each in invoice["total_taxes"]) > 0
        assert row["customer"]
    assert Counter(row["clinic"] for row in payments) == {f"'=Clinic {number}": 10 for number in range(1, 7)}
    assert not [row for row in rows if row["clinic"].startswith(FORMULA_STARTS[:4])]
    quarter_off = [cents(row["gross"]) - cents(row["tax"]) for row in payments if row["clinic"] == "'=Clinic 1"]
    assert quarter_off == [3675] * 10


def test_a_month_begins_and_ends_at_midnight_of_the_site():
    LedgerEntryFactory(happened_at=datetime(2026, 11, 1, 3, 59, tzinfo=UTC), gateway_id="txn_october")
    LedgerEntryFactory(happened_at=datetime(2026, 11, 1, 4, 0, tzinfo=UTC), gateway_id="txn_first")
    LedgerEntryFactory(happened_at=datetime(2026, 12, 1, 4, 59, tzinfo=UTC), gateway_id="txn_last")
    LedgerEntryFactory(happened_at=datetime(2026, 12, 1, 5, 0, tzinfo=UTC), gateway_id="txn_december")
    assert [entry.gateway_id for entry in accounting.entries(NOVEMBER)] == ["txn_first", "txn_last"]
    assert accounting.next_month(accounting.month_of("2026-12")) == accounting.month_of("2027-01")


def test_currencies_are_never_added_up():
    LedgerEntryFactory(happened_at=datetime(2026, 11, 3, tzinfo=UTC))
    LedgerEntryFactory(happened_at=datetime(2026, 11, 3, tzinfo=UTC), currency="cad")
    sums = accounting.totals(accounting.entries(NOVEMBER))
    assert {currency: total.net for currency, total in sums.items()} == {"cad": 4900, "usd": 4900}


def test_a_month_that_differs_from_the_gateway_fails_with_a_sentence(capsys):
    subscription = buy()
    month = f"{subscription.created_at:%Y-%m}"
    billing.refund(billing.newest_charge(gateway_subscription(subscription)), 100)
    with pytest.raises(CommandError, match=r"the gateway's balance changed by 46.28, the ledger says 47.28"):
        call_command("export_ledger", month=month)
    assert "Payment: Featured" in capsys.readouterr().out
    with pytest.raises(CommandError, match="year and month"):
        call_command("export_ledger", month="November")


def test_staff_download_a_month(client, admin_user):
    LedgerEntryFactory(happened_at=datetime(2026, 11, 3, tzinfo=UTC), listing_name="Harbor")
    address = reverse("admin:listings_ledger_export")
    assert client.get(address, {"month": "2026-11"}).status_code == 302
    client.force_login(admin_user)
    response = client.get(address, {"month": "2026-11"})
    assert response["Content-Disposition"] == 'attachment; filename="ledger-2026-11.csv"'
    rows, _ = read(response.content.decode())
    assert [row["clinic"] for row in rows] == ["Harbor"]
    assert client.get(address, {"month": "11/2026"}).status_code == 400
