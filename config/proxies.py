from django.conf import settings


def client_address(request) -> str:
    """The network address of whoever asks, used only to stop floods and never stored as it is.

    Behind proxies of ours it is what the outermost of them wrote; a header that anybody can send is not believed.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if 0 < settings.TRUSTED_PROXIES <= len(hops) and hops[-settings.TRUSTED_PROXIES]:
        return hops[-settings.TRUSTED_PROXIES]
    return request.META["REMOTE_ADDR"]
