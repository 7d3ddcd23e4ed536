"""Reports that come in at the same moment."""

import threading
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection

from clinics.models import Pharmacy, PharmacyReport, ZipCode
from clinics.pharmacies import SaidBy, store_report
from tests.clinics.factories import PharmacyFactory

FILLED_ON, NOON = date(2026, 11, 21), datetime(2026, 12, 1, 17, tzinfo=UTC)
AT_ONCE = 8


def say_at_once(said: dict) -> None:
    """AT_ONCE reports of one sender, from threads that start together."""
    start, failures = threading.Barrier(AT_ONCE), []

    def report():
        try:
            start.wait(30)
            store_report({"filled_on": FILLED_ON, "form": ""} | said, SaidBy.READER, sender="192.0.2.1")
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    with time_machine.travel(NOON, tick=False):
        threads = [threading.Thread(target=report) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert Pharmacy.objects.get().reports.count() == AT_ONCE


@pytest.mark.parametrize("facts", [{"phone": "410-556-0001"}, {"street": "2 Gazebo Way"}], ids=["number", "street"])
def test_reports_of_a_new_pharmacy_at_once_make_one(without_rollback, facts):
    zip_code = ZipCode.objects.get(pk="21201")
    say_at_once({"name": "New", "street": "", "phone": "", "zip_code": zip_code} | facts)


def test_one_sender_at_once_has_one_code(without_rollback):
    say_at_once({"pharmacy": PharmacyFactory()})
    assert PharmacyReport.objects.values("reporter_hash").distinct().count() == 1
