from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings

SENDER_PREFIXES = {4: 32, 6: 64}  # a household has a whole IPv6 network to choose from
LOG_PREFIXES = {4: 24, 6: 48}  # what a log line may hold


def client_address(request) -> str:
    """The network address of the client, used only to stop floods and never stored as it is.

    Behind proxies of ours it is what the outermost of them wrote; a header that anybody can send is not believed.
    Of an IPv6 address only the network, its first 64 bits.
    """
    return _cut(_peer(request), SENDER_PREFIXES)


def cut_address(request) -> str:
    """The client's address for a log line: cut to a network of 256 addresses or, in IPv6, of a whole site."""
    return _cut(_peer(request), LOG_PREFIXES)


def is_from_our_proxy(request) -> bool:
    """Whether one of our own proxies passed this request on: only then are its X- headers ours."""
    return settings.TRUSTED_PROXIES > 0 and bool(request.headers.get("x-forwarded-for"))


def _peer(request) -> str:
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",")]
    if 0 < settings.TRUSTED_PROXIES <= len(hops) and hops[-settings.TRUSTED_PROXIES]:
        return hops[-settings.TRUSTED_PROXIES]
    return request.META.get("REMOTE_ADDR", "")


def _cut(address: str, prefixes: dict[int, int]) -> str:
    """An address or its network, such as "203.0.113.0/24"; "-" for what is none (a Unix socket has no address)."""
    try:
        known: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return "-"
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    network = ip_network((known, prefixes[known.version]), strict=False)
    return str(network if network.num_addresses > 1 else known)
