"""Automated calls and text messages, for codes alone: who sends them is settings.PHONE_CODES.

"off": nobody. "console": they are printed, for a development machine. "twilio": the service of that name, by its
public HTTP interface: POST {PHONE_CODES_URL}/2010-04-01/Accounts/{account}/Calls.json with To, From and Twiml, or
Messages.json with To, From and Body, answers 201. This module is the only one that speaks to it. Never inside a
transaction, and never while somebody waits for a page: a job calls it.
"""

import logging
from collections.abc import Callable
from xml.sax.saxutils import escape

import requests
from django.conf import settings

from core.phones import tel_uri

TIMEOUT_SECONDS = 10
CALL, TEXT = "call", "text"
VOICES = {"en": "en-US", "es": "es-US"}
TIMES_SAID = 3

logger = logging.getLogger(__name__)


class NotSent(Exception):  # noqa: N818 - what happened, not a fault of ours
    """The service could not be reached or refused; str() is one plain sentence without number and code."""


def is_on() -> bool:
    return settings.PHONE_CODES != "off"


def send(phone: str, text: str, *, channel: str, language: str) -> None:
    """Say or write `text` to a number such as 410-555-0100 that has no extension. Raises NotSent.

    `channel`: CALL or TEXT. `language`: of the text, "en" or "es".
    """
    senders: dict[str, Callable[[str, str, str, str], None]] = {"console": _print, "twilio": _ask_twilio}
    if settings.PHONE_CODES not in senders:
        raise NotSent("Calls are switched off (PHONE_CODES).")
    senders[settings.PHONE_CODES](tel_uri(phone).removeprefix("tel:"), text, channel, language)


def _print(number: str, text: str, channel: str, language: str) -> None:
    print(f"{channel} to {number}: {text}", flush=True)


def _ask_twilio(number: str, text: str, channel: str, language: str) -> None:
    account = settings.PHONE_CODES_ACCOUNT
    page = "Calls" if channel == CALL else "Messages"
    form = {"To": number, "From": settings.PHONE_CODES_FROM}
    form |= {"Twiml": _spoken(text, language)} if channel == CALL else {"Body": text}
    address = f"{settings.PHONE_CODES_URL}/2010-04-01/Accounts/{account}/{page}.json"
    try:
        answer = requests.post(
            address,
            form,
            auth=(account, settings.PHONE_CODES_TOKEN),
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise NotSent(f"The service for calls does not answer: {type(error).__name__}.") from error
    if answer.status_code != requests.codes.created:
        logger.warning("The service for calls answered with status %s", answer.status_code)
        raise NotSent(f"The service for calls refused: status {answer.status_code}.")


def _spoken(text: str, language: str) -> str:
    """The text in the service's markup, said a few times with a pause between."""
    words = f'<Say language="{VOICES.get(language, VOICES["en"])}">{escape(text)}</Say>'
    said = '<Pause length="1"/>'.join([words] * TIMES_SAID)
    return f"<Response>{said}</Response>"
