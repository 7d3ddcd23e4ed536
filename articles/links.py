"""What the address of a link may be: one rule for the editor's dialog, for saving, and for publishing."""

import re

from django.core.exceptions import ValidationError

from core.websites import HOST, UNUSUAL, is_public_website

OTHER_SCHEMES = ("mailto:", "tel:")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)  # a port follows a host: "example.org:443"
PART_OF_THE_PAGE = re.compile(r"#[\w-]+")
HOST_ENDS = re.compile(r"[/?#:]")
LONGEST = 2000  # characters


def whole(address: str) -> str:
    """The address as it is kept: what stands without a scheme and names a website is completed.

    An address of this site begins with one "/". Raises ValidationError with a sentence for whoever typed it.
    """
    typed = address.strip()
    if not typed:
        raise ValidationError("Give the link an address.", "empty")
    if len(typed) > LONGEST or UNUSUAL.search(typed):
        raise ValidationError(f"“{typed[:60]}” is no address: it is too long, or has a space or a sign of no address.")
    if PART_OF_THE_PAGE.fullmatch(typed) or (typed.startswith("/") and not typed.startswith("//")):
        return typed
    if typed.lower().startswith(OTHER_SCHEMES) and not typed.endswith(":"):
        return typed
    return website(_with_scheme(typed))


def website(address: str) -> str:
    """A whole address of the web, at a host that anybody may look up. Raises ValidationError with a sentence."""
    completed = _with_scheme(address.strip())
    if not is_public_website(completed):
        raise ValidationError(
            f"“{address.strip()[:60]}” is no website that readers can open. Begin it with “https://”."
        )
    return completed


def kept(address: str) -> str:
    """The address as it is kept, or as it was typed if it is refused: then `problem` says why."""
    try:
        return whole(address)
    except ValidationError:
        return address.strip()


def problem(address: str) -> str:
    """Why a reader cannot follow it, as a sentence, or ""."""
    try:
        whole(address)
    except ValidationError as refusal:
        return refusal.messages[0]
    return ""


def leads_out(address: str) -> bool:
    """Whether it is an address of the web, and not of this site."""
    return is_public_website(address)


def _with_scheme(typed: str) -> str:
    """Completed, if it names a host. Raises ValidationError of what is neither whole nor can be completed."""
    if typed.startswith("//"):
        return f"https:{typed}"
    if found := SCHEME.match(typed):
        if found[0].lower() in ("http:", "https:"):
            scheme, _, rest = typed.partition(":")
            return f"{scheme.lower()}:{rest}"
        raise ValidationError(
            f"A link cannot begin with “{found[0][:20]}”. Begin it with “https://”, or “/” on this site."
        )
    host = HOST_ENDS.split(typed)[0]
    if "@" in host and HOST.fullmatch(host.rpartition("@")[2]):
        raise ValidationError(f"“{typed[:60]}” is an e-mail address. Begin it with “mailto:”.")
    if not HOST.fullmatch(host):
        raise ValidationError(
            f"“{typed[:60]}” is half an address. Begin a page of this site with “/”, any other one with “https://”."
        )
    return f"https://{typed}"
