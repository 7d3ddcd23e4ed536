"""How amounts of money are written on pages and in mails."""


def amount_text(cents: int, currency: str = "usd") -> str:
    """$1,234.50, or 1,234.50 EUR; a negative amount has a minus sign."""
    sign, number = "−" if cents < 0 else "", f"{abs(cents) / 100:,.2f}"
    return f"{sign}${number}" if currency == "usd" else f"{sign}{number} {currency.upper()}"
