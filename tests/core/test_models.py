from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core.models import DailySalt, RateCount

pytestmark = pytest.mark.django_db
NOON = timezone.datetime.fromisoformat("2026-11-23T17:00:00+00:00")


def test_exactly_the_limit_passes_and_the_next_day_starts_again():
    with time_machine.travel(NOON):
        assert [RateCount.allows("comment", "203.0.113.9", 2) for _ in range(3)] == [True, True, False]
    with time_machine.travel(NOON + timedelta(days=1)):
        assert RateCount.allows("comment", "203.0.113.9", 2)


def test_a_sender_has_another_hash_with_each_salt():
    with time_machine.travel(NOON):
        RateCount.allows("comment", "203.0.113.9", 2)
        [first] = RateCount.objects.values_list("key", flat=True)
        DailySalt.objects.all().delete()
        RateCount.objects.all().delete()
        RateCount.allows("comment", "203.0.113.9", 2)
        [second] = RateCount.objects.values_list("key", flat=True)
    assert first != second


def test_a_salt_is_random_used_all_day_and_deleted_after_two_days():
    salts = {}
    for day in range(4):
        with time_machine.travel(NOON + timedelta(days=day)):
            salts[day] = DailySalt.of(timezone.localdate())
            assert DailySalt.of(timezone.localdate()) == salts[day]
    assert len(set(salts.values())) == 4
    kept = set(DailySalt.objects.values_list("salt", flat=True))
    assert kept == {salts[2], salts[3]}
