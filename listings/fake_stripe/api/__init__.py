"""The API of the fake Stripe server: the requests that this project, its contract and its conformance tests make.

The gateway calls `answer` in this process, other programs reach it over HTTP through views.api_view. routing.py finds
the function of a request; the other modules hold these, by theme.
"""

from listings.fake_stripe import encoding
from listings.fake_stripe.api import account, catalog, checkout, customers, invoices, money, subscriptions
from listings.fake_stripe.api.routing import handle, render

__all__ = ["account", "answer", "catalog", "checkout", "customers", "invoices", "money", "render", "subscriptions"]


def answer(method: str, url: str, body: str | bytes, headers: dict[str, str]) -> tuple[int, dict | str]:
    """Status and body for one request; the body is text where a fault has cut it off."""
    return encoding.answer(handle, method, url, body, headers)
