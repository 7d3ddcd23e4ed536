"""Stored cents as staff read them."""

from decimal import Decimal


def dollars(cents: int | None, currency: str = "usd") -> str:
    """$1,234.50, with a minus where money goes out; another currency by its name, a dash where nothing is known."""
    if cents is None:
        return "–"
    sign, amount = "−" if cents < 0 else "", f"{Decimal(abs(cents)) / 100:,.2f}"
    return f"{sign}${amount}" if currency == "usd" else f"{sign}{amount} {currency.upper()}"
