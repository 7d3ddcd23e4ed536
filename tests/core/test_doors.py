"""No door lets anybody have much work done for little: tests/doors.py has the doors, docs/security.md the prices."""

import pytest

from core.rate_limits import LIMITS, Limit
from tests import doors

MOST_MEGABYTES = 20

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(monkeypatch) -> doors.Known:
    for name in LIMITS:
        monkeypatch.setitem(LIMITS, name, Limit(10**6))
    return doors.opened_doors()


@pytest.fixture(scope="module")
def bare():
    with doors.bare_view() as found:
        yield found


def test_each_door_costs_a_bounded_number_of_bare_views_and_little_memory(site, bare):
    costs = {door.name: doors.cost_of(door, getattr(site, door.who), bare, few=True) for door in site.doors}
    most = {door.name: doors.most_of(door) for door in site.doors}
    dear = {name: cost for name, cost in costs.items() if cost.bare_views > most[name]}
    large = {name: cost for name, cost in costs.items() if cost.megabytes > MOST_MEGABYTES}
    assert (dear, large) == ({}, {})


def test_the_price_of_work_is_seen(bare):
    assert doors.price(lambda: sum(range(2 * 10**7)), bare) > doors.MOST_BARE_VIEWS
    assert doors.price(lambda: None, bare) < doors.MOST_BARE_VIEWS
