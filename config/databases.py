"""Django's settings for the replicas that reader pages are read from (core/replicas.py chooses among them)."""

import environ

CONNECT_TIMEOUT_SECONDS = 2


def replicas_of(primary: dict, urls: list[str]) -> dict[str, dict]:
    """Django's settings for the replicas at `urls`: the primary's, at other addresses."""
    replicas = {}
    for number, url in enumerate(urls, start=1):
        stated = environ.Env.db_url_config(url)
        # One that has vanished is noticed as soon as one that refuses.
        timeouts = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, "tcp_user_timeout": CONNECT_TIMEOUT_SECONDS * 1000}
        options = primary["OPTIONS"] | timeouts | stated.pop("OPTIONS", {})
        fixed = {"ENGINE": primary["ENGINE"], "OPTIONS": options, "TEST": {"MIRROR": "default"}}
        replicas[f"replica{number}"] = primary | stated | fixed
    return replicas
