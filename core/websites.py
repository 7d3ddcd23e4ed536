"""Which addresses of the web we send a reader to: those of a named public host, and nothing hidden in them."""

import re
from urllib.parse import urlsplit

SCHEMES = ("http", "https")
USUAL_PORTS = (None, 80, 443)
# A name with a dot whose last part has letters, so that it is no number of a machine.
HOST = re.compile(r"(?=.{1,253}\Z)[\w-]{1,63}(\.[\w-]{1,63})*\.(?:xn--[a-z0-9-]+|[^\W\d_]{2,63})")
UNUSUAL = re.compile(r'[\s\\<>"`\x00-\x1f]')  # in an address
# Names of one network or machine (RFC 6761, RFC 6762, RFC 8375, RFC 7686).
PRIVATE = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "arpa",
    "onion",
)


def is_public_website(address: str) -> bool:
    """Whether this is http or https, without a user or an odd port, of a host that anybody may look up."""
    if UNUSUAL.search(address):
        return False
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    is_plain = parts.scheme in SCHEMES and "@" not in parts.netloc and port in USUAL_PORTS
    return is_plain and HOST.fullmatch(host) is not None and host.rpartition(".")[2] not in PRIVATE
