"""On paper: pages of readers printed to PDF, their sheets counted, and their numbers read back with their colour."""

import pytest

from tests.browser.paper import numbers_of, pages_of
from tests.browser.stack import ALL_PAGES


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_list_of_twenty_is_two_sheets_twelve_on_the_first(printed, site, prefix):
    path = f"{prefix}/clinics/?near=02139&radius=any"
    runs = printed(path)
    assert pages_of(runs) == 2
    own = [page for page, number in numbers_of(runs) if len(number) == 12]
    assert len(own) >= 20
    assert own.count(1) >= 12


@pytest.mark.parametrize("name", ALL_PAGES)
def test_every_number_on_paper_is_black(printed, site, name):
    numbers = [number for _page, number in numbers_of(printed(site.path(name)))]
    assert name == "admin-login" or {"911", "988", "1-800-662-4357"} <= set(numbers)
