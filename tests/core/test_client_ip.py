import pytest
from django.test import RequestFactory

from core.client_ip import client_address


@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        (0, "203.0.113.9", "127.0.0.1"),  # anybody can send the header
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),  # the first was sent by the client itself
        (2, "198.51.100.7, 203.0.113.9", "198.51.100.7"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_trusted(settings, proxies, header, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"x-forwarded-for": header})
    assert client_address(request) == expected
