from ipaddress import IPv6Network, ip_address

from django.conf import settings


def client_address(request) -> str:
    """The network address of whoever asks, used only to stop floods and never stored as it is.

    Behind proxies of ours it is what the outermost of them wrote; a header that anybody can send is not believed.
    Of an IPv6 address only the network, its first 64 bits: one line at home has the whole of it to choose from.
    """
    return _network(_peer(request))


def _peer(request) -> str:
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if 0 < settings.TRUSTED_PROXIES <= len(hops) and hops[-settings.TRUSTED_PROXIES]:
        return hops[-settings.TRUSTED_PROXIES]
    return request.META["REMOTE_ADDR"]


def _network(address: str) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if ip.version == 4:
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Network((ip, 64), strict=False))
