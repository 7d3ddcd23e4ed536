"""Whether anybody can read this site, or only those who build it or show it around."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

# Names that no public site can have (RFC 6761, RFC 6762), so one there belongs to a developer or a demonstration.
NOT_PUBLIC = (".localhost", ".local", ".test", ".example", ".invalid", ".internal")


def site_is_public() -> bool:
    """By SITE_URL, which says where readers find the site."""
    host = (urlsplit(settings.SITE_URL).hostname or "localhost").rstrip(".")
    try:
        return ip_address(host).is_global
    except ValueError:  # a name
        return "." in host and not host.endswith(NOT_PUBLIC)
