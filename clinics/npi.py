"""National Provider Identifiers: the numbers that CMS gives to people and organizations that treat."""

import re

PREFIX = "80840"  # of health numbers of the United States, ISO/IEC 7812
FORM = re.compile(r"[12][0-9]{9}")  # 1 and 2 are the only first digits that CMS gives out


def is_npi(text: str) -> bool:
    """Whether `text` is ten digits of which the last one checks the others (Luhn, over the prefix and the number)."""
    if not FORM.fullmatch(text):
        return False
    digits = [int(digit) for digit in reversed(PREFIX + text)]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0
