"""Amounts of money in templates."""

from django import template

from listings.billing.amounts import amount_text

register = template.Library()


@register.filter
def dollars(cents: int | None, currency: str = "usd") -> str:
    """`cents` as an amount; nothing if none is known."""
    return "" if cents is None else amount_text(cents, currency)
