"""US telephone numbers: one written form, `410-555-0100` or `410-555-0100 x123`, and what a link dials.

One number typed by a person is read strictly (`normalise_phone`); the text of a list may hold several, with words
around them (`find_phones` in core/phone_texts.py).
"""

import re

import phonenumbers

LONGEST_PHONE = 60  # characters; with an extension and its word a number needs 30

# An area code and an exchange never start with 0 or 1. Not phonenumbers.is_valid_number: it refuses the
# 555-01xx numbers kept for examples, and lags behind area codes that were opened lately.
TEN_DIGITS = r"([2-9][0-9]{2})([2-9][0-9]{2})([0-9]{4})"
CANONICAL = re.compile(r"([2-9][0-9]{2})-([2-9][0-9]{2})-([0-9]{4})(?: x([0-9]{1,7}))?")


class NotAPhone(ValueError):  # noqa: N818 - raised as a sentence
    """The text is not one US telephone number; the message names it."""


def normalise_phone(text: str) -> str:
    """`text` as `NNN-NNN-NNNN` or `NNN-NNN-NNNN x123`; "" for blank text.

    Reads letters as the keypad does (`888-304HOPE`). Raises NotAPhone for what cannot be dialled as it stands:
    too few or too many digits, two numbers in one text, another country.
    """
    text = " ".join(text.split())
    if not text or CANONICAL.fullmatch(text):
        return text
    if len(text) > LONGEST_PHONE:
        raise NotAPhone(f"'{text[:LONGEST_PHONE]}...' is too long for a phone number")
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException as error:
        raise NotAPhone(f"'{text}' is not a phone number") from error
    if number.country_code != 1:
        raise NotAPhone(f"'{text}' is not a number in the United States")
    digits, extension = str(number.national_number), number.extension or ""
    if len(digits) > 10 and re.search(rf"[A-Za-z]{{{len(digits) - 9},}}$", text):
        digits = digits[:10]  # 800-RECOVERY: the exchange ignores letters past the tenth place
    if len(digits) < 10 and extension:  # 800-FIX1234: that x belongs to the word
        digits, extension = re.sub(r"[^0-9]", "", phonenumbers.convert_alpha_characters_in_number(text)), ""
    parts = re.fullmatch(TEN_DIGITS, digits)
    if not parts:
        raise NotAPhone(f"'{text}' is not a phone number")
    return "-".join(parts.groups()) + (f" x{extension}" if extension else "")


def without_extension(phone: str) -> str:
    return phone.partition(" x")[0]


def extension_of(phone: str) -> str:
    """ "123" of 410-555-0100 x123; "" without one."""
    return phone.partition(" x")[2]


def tel_uri(phone: str) -> str:
    """What a link to a canonical `phone` dials: `tel:+14105550100,123`; "" for "".

    The comma is a pause, after which phones dial the extension. Not RFC 3966's `;ext=`, which many of them drop.

    Raises NotAPhone if `phone` is not in the form that normalise_phone gives.
    """
    if not phone:
        return ""
    parts = CANONICAL.fullmatch(phone)
    if not parts:
        raise NotAPhone(f"'{phone}' is not in the form 410-555-0100 x123")
    area, exchange, line, extension = parts.groups()
    return f"tel:+1{area}{exchange}{line}" + (f",{extension}" if extension else "")
