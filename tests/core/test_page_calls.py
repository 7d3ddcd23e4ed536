"""Pages that wait for other servers: few at once, each with one deadline; jobs have none."""

import pytest

from core import page_calls
from core.page_calls import MOST_PAGES, TooBusy, limit_page_calls, seconds_for_call


def page(within):
    """A request whose view is `within`."""
    return limit_page_calls(lambda _request: within())(None)


def test_a_job_may_take_the_usual_time():
    assert seconds_for_call(30) == 30


def test_all_calls_of_a_page_share_one_deadline(monkeypatch):
    def view():
        first = seconds_for_call(30)
        monkeypatch.setattr(page_calls.time, "monotonic", lambda: began + page_calls.PAGE_SECONDS - 1)
        second = seconds_for_call(30)
        monkeypatch.setattr(page_calls.time, "monotonic", lambda: began + page_calls.PAGE_SECONDS + 1)
        with pytest.raises(TooBusy):
            seconds_for_call(30)
        return first, second

    began = page_calls.time.monotonic()
    monkeypatch.setattr(page_calls.time, "monotonic", lambda: began)
    first, second = page(view)
    assert (first, round(second)) == (page_calls.PAGE_SECONDS, 1)


def test_one_page_too_many_is_refused_at_once_and_a_place_is_free_again_afterwards():
    def nested(depth):
        seconds_for_call(1)
        seconds_for_call(1)  # a second call takes no second place
        return page(lambda: nested(depth - 1)) if depth else None

    page(lambda: nested(MOST_PAGES - 1))
    with pytest.raises(TooBusy):
        page(lambda: nested(MOST_PAGES))
    page(lambda: nested(MOST_PAGES - 1))
