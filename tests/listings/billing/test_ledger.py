"""What the database itself refuses, whatever the code does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from listings.models import LedgerEntry


def enter(kind: str, amount_cents: int, *, charge="ch_1", **values) -> LedgerEntry:
    defaults = {
        "gateway_id": f"txn_{LedgerEntry.objects.count()}_{amount_cents}",
        "net_cents": amount_cents,
        "currency": "usd",
        "livemode": False,
        "charge_id": charge,
        "happened_at": timezone.now(),
    }
    return LedgerEntry.objects.create(kind=kind, amount_cents=amount_cents, **(defaults | values))


@pytest.mark.django_db
def test_refunds_of_a_payment_never_exceed_it():
    payment = enter("payment", 4900)
    enter("refund", -3000)
    with pytest.raises(IntegrityError, match="exceed"), transaction.atomic():
        enter("refund", -1901)
    enter("refund", -1900)
    assert payment.refundable_cents() == 0
    enter("refund-failed", 1900)
    assert payment.refundable_cents() == 1900


@pytest.mark.django_db
def test_a_refund_without_its_payment_is_refused():
    enter("payment", 4900)
    with pytest.raises(IntegrityError, match="exceed"), transaction.atomic():
        enter("refund", -100, charge="ch_2")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "amount_cents", "values"),
    [
        ("payment", -4900, {}),
        ("refund", 100, {}),
        ("payment", 4900, {"charge": ""}),
        ("payment", 4900, {"net_cents": 5000}),
    ],
)
def test_a_contradictory_entry_is_refused(kind, amount_cents, values):
    enter("payment", 100)
    with pytest.raises(IntegrityError), transaction.atomic():
        enter(kind, amount_cents, **values)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["UPDATE listings_ledgerentry SET amount_cents = 1", "DELETE FROM listings_ledgerentry"]
)
def test_an_entry_can_be_neither_changed_nor_deleted(statement):
    enter("payment", 4900)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_parallel_refunds_do_not_exceed_the_payment(without_rollback):
    enter("payment", 1000)

    def give_back(number: int) -> bool:
        try:
            with transaction.atomic():
                enter("refund", -300, gateway_id=f"txn_refund_{number}")
        except IntegrityError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(give_back, range(8))) == 3


@pytest.mark.django_db
def test_no_setting_of_a_session_switches_the_rules_of_the_ledger_off():
    """pgtrigger's own triggers do nothing where this setting names them, and every role may change it."""
    payment = enter("payment", 4900)
    names = [trigger.get_pgid(LedgerEntry) for trigger in LedgerEntry._meta.triggers]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + ",".join(names) + "}"])
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        payment.delete()
