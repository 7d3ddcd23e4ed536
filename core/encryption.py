"""Short secrets that a table holds for the site alone: a copy of the database does not tell them."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "core.encryption"
BEGINNING = "gAAAA"  # of what is encrypted: the version of Fernet, and a time before the year 2242


class Unreadable(Exception):  # noqa: N818 - the sentence says it
    """No key of this site made it: SECRET_KEY was replaced, and the former one is not among SECRET_KEY_FALLBACKS."""


def encrypt(text: str) -> str:
    """With a key that comes from SECRET_KEY: AES-128 in CBC mode, signed with HMAC-SHA-256, in ASCII."""
    return _keys().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """What `encrypt` was given, under SECRET_KEY or a former key. Raises Unreadable."""
    try:
        return _keys().decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("This was encrypted with a SECRET_KEY that the site does not know any more.") from error


def renew(text: str) -> str:
    """Encrypted with the present key, whether it was encrypted or is still plain. Raises Unreadable."""
    return encrypt(decrypt(text) if text.startswith(BEGINNING) else text)


def _keys() -> MultiFernet:
    """The present key first: it encrypts, all of them decrypt."""
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac(SALT, "", secret=secret, algorithm="sha256").digest()))
